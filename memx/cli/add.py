"""``memx add`` and ``memx retry``: sources read side by side; a bad one costs only itself, and is named at the end."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

import ingest
from ingest.readers import one_line
from ingest.types import CHATS, Progress, ReadOptions
from memx import reading
from memx.brain import Brain
from memx.cli.pages import PageBar
from memx.cli.passphrase import file_password
from memx.cli.render import plain
from memx.cli.session import Json, open_brain, out, show_json
from memx.errors import NeedsPassword, PartlyDone, ReadError
from memx.intake import Remembered, Reread
from memx.vault import Record

T = TypeVar("T")
R = TypeVar("R")
Lang = Annotated[str, typer.Option("--lang", help="Languages to recognise, as Tesseract names them: deu+eng.")]
DateOrder = Annotated[
    str | None,
    typer.Option(
        "--date-order", help="How the dates of chats are written, where nothing in them tells: dmy, mdy, ymd."
    ),
]
PdfPasswordFd = Annotated[
    int | None, typer.Option("--pdf-password-fd", help="Read the password of locked PDFs from this file descriptor.")
]


def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders, zips, mailboxes and exported chats.")],
    lang: Lang = "",
    date_order: DateOrder = None,
    pdf_password_fd: PdfPasswordFd = None,
    as_json: Json = False,
) -> None:
    """Read files, folders, zips, mailboxes and exported chats into the vault."""
    options = _options(lang, date_order, pdf_password_fd)
    with open_brain() as brain:
        add_all(brain, paths, options, out, as_json=as_json)


def retry(
    document: Annotated[str, typer.Argument(help="An id, or its beginning; without it, all documents.")] = "",
    lang: Lang = "",
    date_order: DateOrder = None,
    pdf_password_fd: PdfPasswordFd = None,
    as_json: Json = False,
) -> None:
    """Read again what was read badly or not at all, and keep what is better."""
    options = _options(lang, date_order, pdf_password_fd)
    with open_brain() as brain:
        retry_all(brain, document, options, out, as_json=as_json)


def add_all(brain: Brain, paths: Sequence[Path], options: ReadOptions, console: Console, *, as_json: bool) -> None:
    """Remember everything under ``paths``. Raises the one error when a single file fails, PartlyDone for several."""
    sources = [s for path in paths for s in ingest.sources(path)]
    done: list[dict[str, Any]] = []
    failures: list[tuple[str, ReadError]] = []

    def remember(source: ingest.Source, progress: Progress) -> Remembered:
        return brain.remember(source.load(), source.name, options, progress)

    with PageBar(len(sources)) as bar:
        for source, result in _side_by_side(brain, sources, remember, bar):
            if isinstance(result, ReadError):
                failures.append((source.name, result))
                done.append({"file": source.name, "error": type(result).__name__, "message": str(result)})
                line = f"[red]failed[/]   {plain(source.name)}"
            else:
                if result.record.locked:
                    failures.append((source.name, _locked(result.record)))
                done.append(_row(source.name, result))
                line = _line(source.name, result)
            if not as_json:
                bar.console.print(line)
    if as_json:
        console.print(json.dumps({"files": done}, ensure_ascii=False, indent=2), markup=False)
    else:
        console.print(_counts(done))
    if failures and len(sources) == 1:
        raise failures[0][1]
    if failures:
        raise PartlyDone(f"{len(failures)} of {len(sources)} files could not be read:{_reasons(failures)}")


def retry_all(brain: Brain, document: str, options: ReadOptions, console: Console, *, as_json: bool) -> None:
    """Read weak and failed pages again, of one document or of all. Raises as ``add_all``."""
    chosen = [brain.vault.document(document)] if document else _with_weak_pages(brain)
    done: list[dict[str, Any]] = []
    failures: list[tuple[str, ReadError]] = []
    lines: list[str] = []

    def again(record: Record, progress: Progress) -> Reread:
        return brain.retry(record.id, options, progress)

    with PageBar(len(chosen)) as bar:
        for record, result in _side_by_side(brain, chosen, again, bar):
            row: dict[str, Any] = {"id": record.id, "file": record.name}
            if isinstance(result, ReadError):
                failures.append((record.name, result))
                done.append({**row, "error": type(result).__name__, "message": str(result)})
            else:
                done.append({**row, "tried": result.tried, "better": result.better})
                lines.append(f"{plain(record.name)} [dim]{record.id[:8]}[/]: {_tried(result)}")
    if as_json:
        show_json({"documents": done})
    elif not chosen:
        console.print("Everything was read well; nothing to try again.")
    for line in () if as_json else lines:
        console.print(line)
    if failures and len(chosen) == 1:
        raise failures[0][1]
    if failures:
        raise PartlyDone(f"{len(failures)} of {len(chosen)} documents could not be read:{_reasons(failures)}")


def _options(lang: str, date_order: str | None, pdf_password_fd: int | None) -> ReadOptions:
    order = reading.date_order(date_order)
    return ReadOptions(file_password(pdf_password_fd), reading.languages(lang), date_order=order)


def _with_weak_pages(brain: Brain) -> list[Record]:
    pages = brain.vault.all_pages()
    readable = (r for r in brain.vault.documents() if r.kind in ("pdf", "image", "voice"))
    return [r for r in readable if r.locked or r.id not in pages or reading.weak(pages[r.id])]


def _side_by_side(
    brain: Brain, items: Iterable[T], work: Callable[[T, Progress], R], bar: PageBar
) -> Iterator[tuple[T, R | ReadError]]:
    """What comes of each item, in their order; as many are worked on as there are workers, and one waits loaded."""
    ahead: deque[tuple[T, Future[R]]] = deque()
    done = count()

    def next_result() -> tuple[T, R | ReadError]:
        item, future = ahead.popleft()
        try:
            return item, future.result()
        except ReadError as error:
            return item, error
        finally:
            bar.finish(next(done))

    with ThreadPoolExecutor(brain.workers.count) as threads:
        try:
            for number, item in enumerate(items):
                ahead.append((item, threads.submit(work, item, bar.of(number))))
                if len(ahead) > brain.workers.count:
                    yield next_result()
            while ahead:
                yield next_result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            brain.workers.close()  # what is being read is given up: nobody waits for a large file after Ctrl-C
            raise


def _line(name: str, remembered: Remembered) -> str:
    record = remembered.record
    inside = f" with {remembered.attachments} attachments" if remembered.attachments else ""
    word = "[yellow]locked[/]  " if record.locked else "[green]stored[/]  " if remembered.new else "[dim]known[/]   "
    if remembered.messages is not None:
        word = "[green]merged[/]  "
        inside = f": {_messages(remembered.messages)}{inside}"
    lines = [f"{word} {plain(name)} [dim]{record.kind}, {record.id[:8]}{inside}[/]"]
    if remembered.new and not record.locked:
        lines += [f"         [yellow]{plain(w)}[/]" for w in record.warnings]
    for other in remembered.alike:
        lines.append(f"         [yellow]The same {other.by} as {plain(other.record.name)} ({other.record.id[:8]}).[/]")
    return "\n".join(lines)


def _messages(count: int) -> str:
    return "1 new message" if count == 1 else f"{count} new messages"


def _row(name: str, remembered: Remembered) -> dict[str, Any]:
    record = remembered.record
    return {
        "file": name,
        "id": record.id,
        "kind": record.kind,
        "title": record.title,
        "new": remembered.new,
        "locked": record.locked,
        "attachments": remembered.attachments,
        "messages": remembered.messages,
        "warnings": list(record.warnings),
        "alike": [{"id": other.record.id, "by": other.by} for other in remembered.alike],
    }


def _counts(done: Sequence[dict[str, Any]]) -> str:
    failed, locked = sum("error" in d for d in done), sum(d.get("locked", False) for d in done)
    new = sum(d.get("new", False) and not d["locked"] for d in done)
    known = len(done) - new - failed - locked
    return f"{new} new, {known} already there, {failed} failed{f', {locked} locked' if locked else ''}."


def _locked(record: Record) -> NeedsPassword:
    return NeedsPassword(
        f"{one_line(record.name)} needs a password; it is kept: memx retry {record.id[:8]} --pdf-password-fd N"
    )


def _reasons(failures: Iterable[tuple[str, ReadError]]) -> str:
    return "".join(f"\n  {error if name in str(error) else f'{name}: {error}'}" for name, error in failures)


def _tried(result: Reread) -> str:
    kind = result.record.kind
    if kind in CHATS:
        return "its dates are settled" if result.better else "its dates were settled before"
    part = "part" if kind == "voice" else "page"
    if not result.tried:
        return f"every {part} was read well before"
    count = len(result.tried)
    return f"{f'1 {part}' if count == 1 else f'{count} {part}s'} read again, {len(result.better)} better than before"
