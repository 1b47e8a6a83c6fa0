"""The one tree: each class has a code of its own, and the documents say the same as the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import memx.api  # noqa: F401 (its error class belongs to the tree)
from memx import errors
from memx.errors import MemxError

ROOT = Path(__file__).parents[2]


def tree(root: type[MemxError] = MemxError) -> Iterator[type[MemxError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


def test_exit_codes_are_distinct_and_statuses_are_errors_or_multi_status() -> None:
    classes = [c for c in tree() if c.__module__.startswith(("memx.", "ingest."))]
    codes = [c.exit_code for c in classes]
    assert len(set(codes)) == len(codes)
    assert all(1 <= c.exit_code < 128 for c in classes)
    assert all(c.http_status == 207 or 400 <= c.http_status < 600 for c in classes)


def test_every_class_is_exported_and_drawn_in_a_tree() -> None:
    drawn = (errors.__doc__ or "") + ((ROOT / "ingest" / "errors.py").read_text("utf-8"))
    for cls in tree():
        if cls.__module__ in ("memx.errors", "ingest.errors"):
            assert cls.__name__ in errors.__all__
            assert cls.__name__ in drawn


def test_the_documented_table_is_the_code() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (\d+) \| (\d+) \|", (ROOT / "docs" / "errors.md").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(rows) == sorted(
        (c.__name__, str(c.exit_code), str(c.http_status))
        for c in tree()
        if c.__module__.startswith(("memx.", "ingest."))
    )
