"""Which languages Tesseract is asked for, and which of them are written in a script. Pure.

Not covered: telling languages of one script apart: those that are installed are tried together.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from ingest.errors import MissingTool

_MOST = 3
"""Languages at once, unless the person asks for more: each makes Tesseract slower, and unsure of the others."""
_LANGUAGE = re.compile(r"[a-z]{3}(_[a-z]+)*")
_NO_LANGUAGES = frozenset(("osd", "equ", "snum"))

SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "Arabic": ("ara", "fas", "kur_ara", "pus", "snd", "uig", "urd"),
    "Armenian": ("hye",),
    "Bengali": ("ben", "asm"),
    "Canadian_Aboriginal": ("iku",),
    "Cherokee": ("chr",),
    "Cyrillic": ("rus", "ukr", "bel", "bul", "srp", "mkd", "kaz", "kir", "mon", "tat", "tgk", "uzb_cyrl", "aze_cyrl"),
    "Devanagari": ("hin", "mar", "nep", "san"),
    "Ethiopic": ("amh", "tir"),
    "Georgian": ("kat", "kat_old"),
    "Greek": ("ell", "grc"),
    "Gujarati": ("guj",),
    "Gurmukhi": ("pan",),
    "Han": ("chi_sim", "chi_tra", "jpn"),
    "Hangul": ("kor",),
    "Hebrew": ("heb", "yid"),
    "Hiragana": ("jpn",),
    "Japanese": ("jpn",),
    "Kannada": ("kan",),
    "Katakana": ("jpn",),
    "Khmer": ("khm",),
    "Korean": ("kor",),
    "Lao": ("lao",),
    "Malayalam": ("mal",),
    "Myanmar": ("mya",),
    "Oriya": ("ori",),
    "Sinhala": ("sin",),
    "Syriac": ("syr",),
    "Tamil": ("tam",),
    "Telugu": ("tel",),
    "Thaana": ("div",),
    "Thai": ("tha",),
    "Tibetan": ("bod", "dzo"),
}
"""Scripts as Tesseract's detection names them, with the languages written in them, the likeliest first."""

# ISO 639-1, as locales have it, to ISO 639-2/T, as Tesseract has it, for languages with a package of their own.
_OF_LOCALE = dict(
    pair.split(":")
    for pair in (
        "af:afr am:amh ar:ara as:asm az:aze be:bel bg:bul bn:ben bs:bos ca:cat cs:ces cy:cym da:dan de:deu"
        " el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas fi:fin fr:fra ga:gle gl:glg gu:guj he:heb hi:hin"
        " hr:hrv hu:hun hy:hye id:ind is:isl it:ita ja:jpn ka:kat kk:kaz km:khm kn:kan ko:kor ky:kir la:lat"
        " lo:lao lt:lit lv:lav mk:mkd ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya nb:nor ne:nep nl:nld nn:nor"
        " no:nor or:ori pa:pan pl:pol ps:pus pt:por ro:ron ru:rus si:sin sk:slk sl:slv sq:sqi sr:srp sv:swe"
        " sw:swa ta:tam te:tel th:tha tr:tur uk:ukr ur:urd uz:uzb vi:vie zh:chi_sim"
    ).split()
)


def chosen(installed: Collection[str], asked: Sequence[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """The languages to read with: those ``asked`` for, else those ``installed``, English first.

    Of more than three installed ones, English and those of the person's locale (``environ``, POSIX and gettext).

    Raises:
        MissingTool: one of them is not installed, or none is; the message says what to install.
    """
    if asked:
        if missing := [language for language in asked if language not in installed]:
            raise MissingTool(f"{_listed(missing)} cannot be read: {_install(*missing)}")
        return tuple(dict.fromkeys(asked))
    here = sorted(filter(_is_language, installed), key=lambda language: (language != "eng", language))
    if not here:
        raise MissingTool(f"Tesseract has no language to read pictures with: {_install('eng')}")
    if len(here) > _MOST:
        wanted = ("eng", *_of_locale(environ))
        here = [language for language in here if language in wanted] or here
    return tuple(here[:_MOST])


def for_script(script: str, installed: Collection[str]) -> tuple[str, ...]:
    """The installed languages that are written in ``script``, three at most."""
    return tuple(language for language in SCRIPTS.get(script, ()) if language in installed)[:_MOST]


def spoken(asked: Sequence[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """ISO 639-1 codes of the languages ``asked`` for (Tesseract's names), else of those of the person's locale.

    >>> spoken(("eng", "deu"), {}), spoken((), {"LANG": "de_AT.UTF-8"}), spoken((), {"LANG": "C.UTF-8"})
    (('en', 'de'), ('de',), ())
    """
    codes = {name: code for code, name in _OF_LOCALE.items()} | {"chi_tra": "zh"}
    names = asked or _of_locale(environ)
    return tuple(dict.fromkeys(codes[name] for name in names if name in codes))


def missing_script(script: str) -> str:
    """What to tell the person whose page is in ``script``, of which no language is installed.

    >>> missing_script("Greek")
    'it is in Greek script: install tesseract-ocr-ell (macOS: brew install tesseract-lang), then memx retry'
    """
    first, *others = SCRIPTS[script]
    choice = " (or the language it is in)" if others else ""
    return f"it is in {script.replace('_', ' ')} script: {_install(first, choice=choice)}, then memx retry"


def _is_language(name: str) -> bool:
    return bool(_LANGUAGE.fullmatch(name)) and name not in _NO_LANGUAGES and not name.endswith("_vert")


def _of_locale(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Of the first of these that says anything: ``LANGUAGE`` may hold several, ``de_AT:fr``."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return tuple(_OF_LOCALE.get(part[:2].lower(), "") for part in value.split(":"))
    return ()


def _install(*languages: str, choice: str = "") -> str:
    packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in languages)
    return f"install {packages}{choice} (macOS: brew install tesseract-lang)"


def _listed(names: Sequence[str]) -> str:
    return ("the language " if len(names) == 1 else "the languages ") + ", ".join(names)
