import re
from pathlib import Path

import pytest

from memx.errors import ModelError, UnknownModel
from memx.models.derive import RECIPES
from memx.models.manifest import HubSource, Manifest, WheelSource, load_manifest

GOOD = """
[[model]]
name = "small"
role = "reader"
default = true
licence = "MIT"
what = "for tests"
[[model.files]]
name = "a.bin"
size = 3
sha256 = "00"
sources = [
    { kind = "hub", repo = "family/small", revision = "main", file = "x/a.bin" },
    { kind = "wheel", packages = ["one==1", "two==1"], members = ["*/a.1", "*/a.2"] },
]
[[model.derived]]
name = "b.bin"
from = "a.bin"
recipe = "gguf-q4_0"
[model.derived.ready]
size = 4
sha256 = "11"
sources = []
"""


def test_the_packaged_manifest_has_a_default_for_each_role_and_a_free_licence_for_each_model() -> None:
    manifest = load_manifest()

    assert {model.role for model in manifest.models if model.default} == {"reader", "embedder", "voice"}
    assert len(manifest.select(None)) == 3
    assert {model.licence for model in manifest.models} <= {"Apache-2.0", "MIT"}
    assert len({model.name for model in manifest.models}) == len(manifest.models) == 5


def test_every_packaged_file_has_a_hash_a_size_and_the_hub_first() -> None:
    for model in load_manifest().models:
        ready = [derived.ready for derived in model.derived if derived.ready]
        for file in (*model.files, *ready):
            assert re.fullmatch("[0-9a-f]{64}", file.sha256), file.name
            assert file.size > 0
            assert isinstance(file.sources[0], HubSource)
        assert len({file.name for file in (*model.files, *model.derived)}) == len(model.files) + len(model.derived)
        assert {derived.recipe for derived in model.derived} <= set(RECIPES)


def test_packages_are_pinned() -> None:
    sources = (s for model in load_manifest().models for file in model.files for s in file.sources)
    packages = [p for s in sources if isinstance(s, WheelSource) for p in s.packages]

    assert packages
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", package) for package in packages)


def test_reads_every_field(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(GOOD)

    (model,) = load_manifest(path).models

    assert (model.name, model.role, model.default, model.licence, model.what) == (
        "small",
        "reader",
        True,
        "MIT",
        "for tests",
    )
    assert model.file("a.bin").sources == (
        HubSource("family/small", "main", "x/a.bin"),
        WheelSource(("one==1", "two==1"), ("*/a.1", "*/a.2")),
    )
    (derived,) = model.derived
    assert (derived.source, derived.recipe) == ("a.bin", "gguf-q4_0")
    assert derived.ready is not None
    assert (derived.ready.name, derived.ready.size) == ("b.bin", 4)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[[model]]", "[[model"),
        ("[[model]]", "[[other]]"),
        ('licence = "MIT"', ""),
        ('role = "reader"', 'role = "writer"'),
        ('kind = "hub"', 'kind = "torrent"'),
        ('["*/a.1", "*/a.2"]', '["*/a.1"]'),
        ('from = "a.bin"', 'from = "c.bin"'),
        ("sources = []", "sources = [1]"),
    ],
)
def test_a_damaged_manifest_is_one_clear_line(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "m.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))

    with pytest.raises(ModelError) as caught:
        load_manifest(path)

    assert "\n" not in str(caught.value)


def test_a_manifest_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"m\.toml cannot be used"):
        load_manifest(tmp_path / "m.toml")


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match="no model is called 'gpt'; known: qwen"):
        load_manifest().select(["gpt"])


def test_a_name_given_twice_counts_once() -> None:
    chosen = load_manifest().select(["whisper-base", "all-minilm-l6-v2", "whisper-base"])

    assert [model.name for model in chosen] == ["whisper-base", "all-minilm-l6-v2"]


def test_no_default() -> None:
    with pytest.raises(UnknownModel, match="no default voice"):
        Manifest(()).default("voice")
