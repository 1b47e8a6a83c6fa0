from pathlib import Path

import pytest
from shelf import Hub, file_of, hub_source, wheel

from memx.errors import SourceUnavailable
from memx.models import sources
from memx.models.manifest import WheelSource

DATA = bytes(range(256)) * 40  # 10,240 bytes


def silent(_: int) -> None:
    pass


def test_the_local_folder_is_asked_only_if_there_is_one(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="names no folder"):
        sources.from_folder("small", file_of("a", DATA), tmp_path, silent)


def test_a_file_that_is_not_in_the_local_folder(local: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="No such file"):
        sources.from_folder("small", file_of("a", DATA), tmp_path, silent)


def test_a_local_file_is_copied_and_reported(local: Path, tmp_path: Path) -> None:
    (local / "a").write_bytes(DATA)
    told: list[int] = []

    assert sources.from_folder("small", file_of("a", DATA), tmp_path, told.append).read_bytes() == DATA
    assert told == [len(DATA)]


def test_the_hub_gives_a_file(hub: Hub, tmp_path: Path) -> None:
    source = hub.put("onnx/model.onnx", DATA)

    assert sources.Hub().fetch(source, file_of("model.onnx", DATA), tmp_path, silent).read_bytes() == DATA
    assert hub.asked == [("/family/small/resolve/main/onnx/model.onnx", "bytes=0-")]


def test_a_broken_line_is_taken_up_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    source = hub.put("a", DATA)
    hub.cuts = [1000, 2000]

    assert sources.Hub().fetch(source, file_of("a", DATA), tmp_path, silent).read_bytes() == DATA
    assert [wanted for _, wanted in hub.asked] == ["bytes=0-", "bytes=1000-", "bytes=3000-"]


def test_a_second_pull_goes_on_where_the_first_stopped(hub: Hub, tmp_path: Path) -> None:
    source = hub.put("a", DATA)
    hub.cuts = [1000, 0]
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        sources.Hub().fetch(source, file_of("a", DATA), tmp_path, silent)

    assert sources.Hub().fetch(source, file_of("a", DATA), tmp_path, silent).read_bytes() == DATA
    assert hub.asked[-1][1] == "bytes=1000-"


def test_a_hub_without_ranges_starts_again(hub: Hub, tmp_path: Path) -> None:
    source = hub.put("a", DATA)
    hub.ranges = False
    hub.cuts = [1000]

    assert sources.Hub().fetch(source, file_of("a", DATA), tmp_path, silent).read_bytes() == DATA
    assert len(hub.asked) == 2


def test_no_more_than_one_byte_too_many_is_taken(hub: Hub, tmp_path: Path) -> None:
    source = hub.put("a", DATA + b"much more" * 1000)

    fetched = sources.Hub().fetch(source, file_of("a", DATA), tmp_path, silent)

    assert fetched.stat().st_size == len(DATA) + 1


def test_a_file_that_is_shorter_at_the_hub_ends_the_download(hub: Hub, tmp_path: Path) -> None:
    source = hub.put("a", b"")

    assert sources.Hub().fetch(source, file_of("a", DATA), tmp_path, silent).read_bytes() == b""


def test_a_hub_that_does_not_know_the_file(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="answers 404 for family/small/a"):
        sources.Hub().fetch(hub_source("a"), file_of("a", DATA), tmp_path, silent)


def test_a_hub_that_is_down_is_asked_once_in_a_pull(hub: Hub, tmp_path: Path) -> None:
    source = hub.put("a", DATA)
    hub.cuts = [0]
    one = sources.Hub()

    for _ in range(2):
        with pytest.raises(SourceUnavailable, match="cannot be reached"):
            one.fetch(source, file_of("a", DATA), tmp_path, silent)

    assert len(hub.asked) == 1


def test_the_hub_can_be_switched_off(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(SourceUnavailable, match="switched off"):
        sources.Hub().fetch(hub.put("a", DATA), file_of("a", DATA), tmp_path, silent)

    assert hub.asked == []


def test_the_hub_has_to_be_a_web_address(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")

    with pytest.raises(SourceUnavailable, match="not a web address"):
        sources.Hub().fetch(hub.put("a", DATA), file_of("a", DATA), tmp_path, silent)


def test_members_of_two_wheels_are_put_together(house: Path, tmp_path: Path) -> None:
    packages = (
        wheel(house, "small-one", {"small_one/data/a.1": DATA[:5000]}),
        wheel(house, "small-two", {"small_two/data/a.2": DATA[5000:], "small_two/data/b": b"not this"}),
    )
    source = WheelSource(packages, ("*/data/a.1", "*/data/a.2"))

    assert sources.from_wheels(source, file_of("a", DATA), tmp_path, silent).read_bytes() == DATA
    assert len(list((tmp_path / "wheels").iterdir())) == 2, "the wheels stay until the model is complete"


def test_a_wheel_that_is_there_is_not_downloaded_again(house: Path, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    package = wheel(tmp_path / "wheels", "small-one", {"small_one/a": DATA})
    source = WheelSource((package,), ("small_one/a",))

    assert sources.from_wheels(source, file_of("a", DATA), tmp_path, silent).read_bytes() == DATA


def test_a_package_that_pip_does_not_find(house: Path, tmp_path: Path) -> None:
    source = WheelSource(("small-one==1.0",), ("*/a",))

    with pytest.raises(SourceUnavailable, match=r"pip could not get small-one==1\.0"):
        sources.from_wheels(source, file_of("a", DATA), tmp_path, silent)


def test_a_source_package_is_refused_and_its_code_not_run(house: Path, tmp_path: Path) -> None:
    import io
    import tarfile

    setup = f"open({str(tmp_path / 'ran')!r}, 'w').close()\n".encode()
    with tarfile.open(house / "small-one-1.0.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("small-one-1.0/setup.py")
        member.size = len(setup)
        archive.addfile(member, io.BytesIO(setup))

    with pytest.raises(SourceUnavailable):
        sources.from_wheels(WheelSource(("small-one==1.0",), ("*/a",)), file_of("a", DATA), tmp_path, silent)

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("pattern", ["*/missing", "small_one/*"])
def test_a_pattern_has_to_match_one_member(tmp_path: Path, pattern: str) -> None:
    (tmp_path / "wheels").mkdir()
    package = wheel(tmp_path / "wheels", "small-one", {"small_one/a": DATA, "small_one/b": DATA})

    with pytest.raises(SourceUnavailable, match="not one"):
        sources.from_wheels(WheelSource((package,), (pattern,)), file_of("a", DATA), tmp_path, silent)


def test_a_damaged_wheel_is_thrown_away(tmp_path: Path) -> None:
    damaged = tmp_path / "wheels" / "small_one-1.0-py3-none-any.whl"
    damaged.parent.mkdir()
    damaged.write_bytes(b"PK\x03\x04 cut off")

    with pytest.raises(SourceUnavailable, match="damaged"):
        sources.from_wheels(WheelSource(("small-one==1.0",), ("*/a",)), file_of("a", DATA), tmp_path, silent)

    assert not damaged.exists()
