"""The bar of ``memx add``: parts done and to do, and how long that may take.

A part is a page, a minute of a recording, or a window of a chat.
"""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class PageBar:
    """Counts pages over ``sources``. How many a source has is known when it is read; until then it counts as one.

    May be told of progress from several threads.
    """

    def __init__(self, sources: int) -> None:
        self.console = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("parts,"),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        self._bar = Progress(*columns, console=self.console, transient=True)
        self._sources, self._finished = sources, 0
        self._pages: dict[int, tuple[int, int]] = {}
        self._lock = threading.Lock()
        self._task = self._bar.add_task(self._label(), total=sources)

    def of(self, number: int) -> Callable[[int, int], None]:
        """What source ``number`` tells of its pages."""
        return lambda done, total: self._set(number, done, total)

    def finish(self, number: int) -> None:
        """Source ``number`` is done, all of it."""
        self._finished += 1
        _, total = self._pages.get(number, (0, 1))
        self._set(number, total, total)

    def _set(self, number: int, done: int, total: int) -> None:
        with self._lock:
            self._pages[number] = (done, max(total, 1))
            unknown = self._sources - len(self._pages)
            completed = sum(done for done, _ in self._pages.values())
            to_do = sum(total for _, total in self._pages.values()) + unknown
            self._bar.update(self._task, description=self._label(), completed=completed, total=to_do)

    def _label(self) -> str:
        return f"reading file {min(self._finished + 1, self._sources)} of {self._sources}"

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()
