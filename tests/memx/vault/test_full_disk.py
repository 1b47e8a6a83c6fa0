"""A real full disk: a tmpfs of 4 MiB, mounted in a name space of its own."""

import json
from pathlib import Path

from small_disk import run_on_small_disk


def test_a_full_disk_changes_nothing_and_says_so(tmp_path: Path) -> None:
    report = json.loads(run_on_small_disk(tmp_path, Path(__file__).with_name("full_disk.py")))

    full = "StorageFull: The disk is full, nothing of this was stored: free some space and try again."
    assert "choose a folder inside it" in report["create at the root"]
    assert list(tmp_path.parent.glob(".*new*")) == []
    assert report["create"] == full
    assert report["left by create"] == ["filler"]
    before = report["before"]
    assert before[:3] == [[["T", "first", "kept"]], 1, 1]
    for step in ("big original", "big text", "no byte left"):
        assert report[step] == full, step
        assert report[f"after {step}"] == before, step
    assert report["reopened while full"] == before
    assert report["reopened with room"] == before
    assert report["with room"] == "stored"


def test_every_change_is_done_or_not_whatever_room_there_is(tmp_path: Path) -> None:
    report = json.loads(run_on_small_disk(tmp_path, Path(__file__).with_name("full_disk_changes.py")))

    assert sum(map(len, report.values())) == 154
    for change, trials in report.items():
        seen = [(raised, state) for _, raised, state in trials]
        assert seen[0] == ("StorageFull", "before"), change
        assert seen[-1] == ("done", "after"), change
        # A rotation that has no room for the originals goes on when there is.
        begun = {("StorageFull", "after")} if change == "rotate" else set()
        assert set(seen) == {("StorageFull", "before"), ("done", "after")} | begun, change
