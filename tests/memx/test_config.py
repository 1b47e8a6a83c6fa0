"""Settings come from the environment that is handed in."""

from pathlib import Path

import pytest

from ingest.cores import processors
from memx.config import DEFAULT_READER, idle_cpus, settings


def test_nothing_set() -> None:
    found = settings({})
    assert found.home.is_absolute()
    assert found.home.name == "vault"
    assert (found.reader, found.embedder, found.threads) == (DEFAULT_READER, None, None)


def test_everything_set(tmp_path: Path) -> None:
    environ = {
        "MEMX_HOME": str(tmp_path),
        "MEMX_READER": "tiny",
        "MEMX_EMBEDDER": "sentence-transformers:x",
        "MEMX_THREADS": "3",
    }
    found = settings(environ)
    assert (found.home, found.reader, found.embedder, found.threads) == (
        tmp_path,
        "tiny",
        "sentence-transformers:x",
        3,
    )


def test_empty_means_not_set() -> None:
    empty = dict.fromkeys(("MEMX_HOME", "MEMX_READER", "MEMX_EMBEDDER", "MEMX_THREADS"), "")
    assert settings(empty) == settings({})


def test_the_home_folder_may_be_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert settings({"MEMX_HOME": "~/records"}).home == tmp_path / "records"


@pytest.mark.parametrize("threads", ["0", "-1", "two", "1.5", "²", " "])
def test_threads_that_are_no_number_are_not_used(threads: str) -> None:
    assert settings({"MEMX_THREADS": threads}).threads is None


@pytest.mark.parametrize(("running", "busy_others"), [(1, 0), (2, 1), (500, 499)])
def test_idle_cpus_leaves_out_what_others_use(tmp_path: Path, running: int, busy_others: int) -> None:
    loadavg = tmp_path / "loadavg"
    loadavg.write_text(f"0.20 0.18 0.12 {running}/80 11206\n")
    assert idle_cpus(loadavg) == max(1, processors() - busy_others)


@pytest.mark.parametrize("content", ["", "nonsense", "0.2 0.1 0.1 x/80 1"])
def test_idle_cpus_without_a_count_is_all_of_them(tmp_path: Path, content: str) -> None:
    (tmp_path / "loadavg").write_text(content)
    assert idle_cpus(tmp_path / "loadavg") == idle_cpus(tmp_path / "missing") == processors()
