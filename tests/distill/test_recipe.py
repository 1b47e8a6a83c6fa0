"""Recipes: what is in them, and one clear line for what should not be."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from distill.errors import BadRecipe, DamagedLabels, DistillError, StaleInputs
from distill.recipe import GgufTeacher, TransformersTeacher, load
from memx.errors import MemxError

SHORT = """
name = "reader-tiny"

[data]
train = "train.jsonl"
valid = "valid.jsonl"
test = "test.jsonl"

[[teachers]]
kind = "gguf"
path = "teacher.gguf"

[student]
base = "base.gguf"

[train]
steps = 10
learning_rate = 1e-4
"""

FULL = """
name = "reader-135m.v2"

[data]
train = "/data/train.jsonl"
valid = "valid.jsonl"
test = "../test.jsonl"
max_tokens = 1024

[[teachers]]
kind = "transformers"
path = "teacher"
weight = 2

[[teachers]]
kind = "self"
run = "runs/first"

[labels]
k = 32
temperatures = [1.0, 2.0]

[student]
base = "base"
layers = [0, 2, 4]
ffn = 768
trim_vocabulary = true
lora = 16

[loss]
kind = "jsd"
alpha = 0.7
temperature = 2.0
beta = 0.3
on_policy = 0.25

[[loss.features]]
kind = "cosine"
weight = 1.0
layers = [[1, 2], [3, 6]]

[[loss.relations]]
kind = "value"
weight = 0.5

[train]
steps = 1000
learning_rate = 5e-5
batch = 2
accumulation = 8
schedule = "linear"
seed = 7
dtype = "float32"

[prune]
depth = 0.2
ffn = 0.25
heads = 0.1
recover = 200

[export]
max_kl = 2e-4

[quantize]
types = ["Q8_0", "Q4_K_M", "IQ4_NL"]
importance = false
aware_steps = 50

[gate]
retention = 0.9
gain = 0.01
max_kl = 0.05
top1 = 0.95
size = 100_000_000
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_short_recipe_has_sensible_defaults_and_paths_of_its_folder(tmp_path: Path) -> None:
    recipe = load(written(tmp_path, SHORT))

    assert recipe.name == "reader-tiny"
    assert recipe.data.train == tmp_path / "train.jsonl"
    assert recipe.teachers == (GgufTeacher("gguf", tmp_path / "teacher.gguf", 1.0),)
    assert recipe.loss.kind == "forward-kl"
    assert recipe.labels.temperatures == (1.0,)
    assert recipe.gate.ends == 0.99
    with pytest.raises(FrozenInstanceError):
        recipe.name = "other"  # type: ignore[misc]


def test_a_full_recipe_says_everything(tmp_path: Path) -> None:
    recipe = load(written(tmp_path, FULL))

    assert recipe.data.train == Path("/data/train.jsonl")
    assert recipe.data.test == tmp_path / "../test.jsonl"
    assert recipe.teachers[0] == TransformersTeacher("transformers", tmp_path / "teacher", 2.0)
    assert isinstance(recipe.teachers[0].weight, float)
    assert recipe.student.layers == (0, 2, 4)
    assert recipe.loss.features[0].layers == ((1, 2), (3, 6))
    assert recipe.loss.relations[0].kind == "value"
    assert recipe.quantize.types == ("Q8_0", "Q4_K_M", "IQ4_NL")
    assert recipe.gate.size == 100_000_000


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("steps = 10", "step = 10", "train.steps is missing; unknown key train.step"),
        ("[student]", "colour = 1\n[student]", r"unknown key teachers\[0\].colour"),
        ('name = "reader-tiny"', 'name = "reader-tiny"\nspeed = 1', "unknown key speed"),
        ("steps = 10", "steps = 10.0", "train.steps: Input should be a valid integer, but it is 10.0"),
        ("steps = 10", "steps = true", "train.steps: Input should be a valid integer, but it is True"),
        ("steps = 10", "steps = 0", "train.steps: Input should be greater than or equal to 1, but it is 0"),
        ("1e-4", "-1e-4", "train.learning_rate: Input should be greater than 0, but it is -0.0001"),
        ("1e-4", "nan", "train.learning_rate: Input should be a finite number"),
        ("1e-4", "inf", "train.learning_rate: Input should be a finite number"),
        ('"base.gguf"', "3", "student.base: Input .*, but it is 3"),
        ('"base.gguf"', "1979-05-27", "student.base: Input .*, but it is .*1979-05-27"),
        (
            'name = "reader-tiny"',
            'name = "Reader Tiny"',
            "name: String should match pattern .*, but it is 'Reader Tiny'",
        ),
        ('name = "reader-tiny"', f'name = "{"r" * 100}"', r"but it is 'r{56}\.\.\."),
        ('kind = "gguf"', 'kind = "ggml"', r"teachers\[0\].kind should be one of gguf, transformers, endpoint, self$"),
        ('kind = "gguf"\n', "", r"teachers\[0\].kind should be one of gguf"),
        ('path = "teacher.gguf"', "", r"teachers\[0\].path is missing$"),
        ("[student]", "[student]\nlayers = [0, 2, 2]", "student: layers must rise, each named once"),
        ("[student]", "[student]\nlayers = []", "student.layers: Tuple should have at least 1 item"),
        ("[student]", "[loss]\ntemperature = 2.0\n[student]", "loss.temperature = 2.0 is none of labels.temperatures"),
        ("[student]", "[loss]\nbeta = 1.0\n[student]", "loss.beta: Input should be less than 1"),
        ("[student]", '[loss]\nkind = "kl"\n[student]', "loss.kind: Input should be 'forward-kl'"),
        ("[student]", '[loss]\nkind = "uld"\ntemperature = 2.0\n[student]', "the kind uld .* its temperature is 1"),
        (
            "[student]",
            '[[loss.features]]\nkind = "mse"\nweight = 1\n[student]',
            "need teachers of the kind transformers",
        ),
        ("[student]", '[quantize]\ntypes = ["Q3_K"]\n[student]', r"quantize.types\[0\]: Input should be 'Q8_0'"),
        ("steps = 10", "steps = ", "is no TOML file: "),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SHORT
    path = written(tmp_path, SHORT.replace(old, new))
    with pytest.raises(BadRecipe, match=message) as raised:
        load(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_teacher_is_refused(tmp_path: Path) -> None:
    before, _, after = SHORT.partition("[[teachers]]")
    text = "teachers = []" + before + after[after.index("[student]") :]
    with pytest.raises(BadRecipe, match="teachers: Tuple should have at least 1 item"):
        load(written(tmp_path, text))


def test_an_endpoint_knows_temperature_1_only(tmp_path: Path) -> None:
    endpoint = 'kind = "endpoint"\nurl = "http://127.0.0.1:8000/v1"\nmodel = "teacher"'
    text = SHORT.replace('kind = "gguf"\npath = "teacher.gguf"', endpoint)
    assert load(written(tmp_path, text)).teachers[0].kind == "endpoint"
    with pytest.raises(BadRecipe, match=r"set labels.temperatures = \[1.0\]"):
        load(written(tmp_path, text + "[labels]\ntemperatures = [1.0, 2.0]\n"))
    with pytest.raises(BadRecipe, match=r"teachers\[0\].url: String should match"):
        load(written(tmp_path, text.replace("http://", "ftp://")))


def test_hard_labels_only_need_no_temperature_of_the_cache(tmp_path: Path) -> None:
    text = SHORT + "[loss]\nalpha = 0.0\ntemperature = 3.0\n"
    assert load(written(tmp_path, text)).loss.alpha == 0


def test_a_recipe_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadRecipe, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    with pytest.raises(BadRecipe, match="is no TOML file"):
        load(tmp_path / "latin.toml")


def test_errors_of_the_workshop_have_codes_of_their_own() -> None:
    classes = [DistillError, *DistillError.__subclasses__()]
    assert {BadRecipe, StaleInputs, DamagedLabels} <= set(classes)
    assert all(issubclass(c, MemxError) and 60 <= c.exit_code < 70 for c in classes)
    assert len({c.exit_code for c in classes}) == len(classes)
