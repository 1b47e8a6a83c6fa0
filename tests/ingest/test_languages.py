import pytest

from ingest.errors import MissingTool
from ingest.readers.languages import SCRIPTS, chosen, for_script, missing_script

MANY = ("ara", "deu", "deu_latf", "eng", "equ", "fra", "jpn", "jpn_vert", "osd", "rus", "script/Latin", "snum")


@pytest.mark.parametrize(
    ("installed", "environ", "expected"),
    [
        (("eng", "osd"), {}, ("eng",)),
        (("deu", "eng", "equ", "osd"), {}, ("eng", "deu")),
        (("rus", "deu", "osd"), {"LANG": "fr_FR.UTF-8"}, ("deu", "rus")),
        (("jpn", "jpn_vert", "eng", "rus"), {}, ("eng", "jpn", "rus")),
        (MANY, {"LANG": "de_DE.UTF-8"}, ("eng", "deu")),
        (MANY, {"LANG": "C.UTF-8"}, ("eng",)),
        (MANY, {"LANGUAGE": "fr_CA:de:ru", "LANG": "ar_EG"}, ("eng", "deu", "fra")),
        (MANY, {"LC_ALL": "ru_RU", "LANG": "ar_EG"}, ("eng", "rus")),
        (("ara", "deu", "fra", "ita"), {"LANG": "ja_JP"}, ("ara", "deu", "fra")),
    ],
)
def test_without_a_wish_the_installed_languages_are_used(installed, environ, expected):
    assert chosen(installed, (), environ) == expected


def test_what_is_asked_for_is_used_in_that_order():
    assert chosen(MANY, ("rus", "eng", "rus"), {}) == ("rus", "eng")
    assert chosen(MANY, ("fra", "deu", "ara", "jpn", "script/Latin"), {}) == (
        "fra",
        "deu",
        "ara",
        "jpn",
        "script/Latin",
    )


def test_a_language_that_is_missing_is_named_with_its_package():
    with pytest.raises(MissingTool) as missing:
        chosen(("eng", "osd"), ("eng", "chi_sim", "deu"), {})
    assert str(missing.value) == (
        "the languages chi_sim, deu cannot be read: install tesseract-ocr-chi-sim tesseract-ocr-deu"
        " (macOS: brew install tesseract-lang)"
    )


def test_no_language_at_all():
    with pytest.raises(MissingTool, match="install tesseract-ocr-eng "):
        chosen(("osd", "equ"), (), {})


def test_the_languages_of_a_script():
    assert for_script("Cyrillic", ("bul", "eng", "rus", "srp", "ukr")) == ("rus", "ukr", "bul")
    assert for_script("Greek", ("eng",)) == for_script("Latin", ("eng",)) == ()


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_to_install_for_every_script(script):
    assert f"install tesseract-ocr-{SCRIPTS[script][0].replace('_', '-')}" in missing_script(script)
    assert ("or the language it is in" in missing_script(script)) == (len(SCRIPTS[script]) > 1)
