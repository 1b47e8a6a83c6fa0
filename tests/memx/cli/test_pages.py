import threading

from memx.cli.pages import PageBar


def state(bar: PageBar) -> tuple[float, float | None, str]:
    task = bar._bar.tasks[0]
    return task.completed, task.total, task.description


def test_pages_are_counted_as_they_become_known() -> None:
    with PageBar(3) as bar:
        assert state(bar) == (0, 3, "reading file 1 of 3")
        bar.of(0)(2, 10)
        assert state(bar)[:2] == (2, 12)
        bar.of(1)(1, 4)
        assert state(bar)[:2] == (3, 15)
        bar.finish(0)
        assert state(bar) == (11, 15, "reading file 2 of 3")
        bar.finish(2)  # it never said how many pages it has
        assert state(bar)[:2] == (12, 15)
        bar.finish(1)
        assert state(bar) == (15, 15, "reading file 3 of 3")


def test_several_threads_may_tell() -> None:
    with PageBar(4) as bar:
        threads = [threading.Thread(target=lambda n=n: [bar.of(n)(done, 50) for done in range(51)]) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert state(bar)[:2] == (200, 200)


def test_no_sources_are_no_error() -> None:
    with PageBar(0) as bar:
        assert state(bar)[:2] == (0, 0)
