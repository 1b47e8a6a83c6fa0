"""Whether a text reads like one, judged by the shape of its characters and words. Pure, without a dictionary.

Made for text layers: fonts that do not say what they mean give codes for letters, and poor recognition gives words that
are none. Holds for every language in Latin letters; other scripts are never called illegible for their letters.
Not covered: whether the words are right.
"""

import re
import string
import unicodedata

import numpy as np

_LITTLE = 40  # pairs of letters: fewer say nothing
_ALTERNATE = 0.52
"""Share of neighbouring letters of which one is a vowel: in German, English, Spanish, Romanian and Turkish prose at
least 0.63, in texts whose letters are exchanged for others 0.36 in the middle, and rarely more than this."""
_MANY = 0.1  # share of characters that mean nothing
_APART = 0.2  # share of words of a single letter: a text set letter by letter
_SINGLE = re.compile(r"(?<!\S)(?![aAI])[A-Za-z\xc0-\u024f](?!\S)")
_UNKNOWN = re.compile(r"[\ufffd\ue000-\uf8ff\0-\x08\x0e-\x1f\x7f-\x9f\U000f0000-\U0010fffd]|\(cid:\d{1,6}\)")
_MARKS = re.compile(r"[\u0300-\u036f]")

_EDGES = string.punctuation + "‘’“”„«»…•·–—€£¥§©®™°"
_INSIDE = r"['’.,:/@&+_%#*=-]"  # signs that stand within words, numbers, addresses and identifiers
_WORD = re.compile(rf"(?:[^\W\d_]++{_INSIDE}*+)++")
_NUMBER = re.compile(rf"(?:\d++{_INSIDE}*+)++(?:[^\W\d_]{{1,3}})?")  # 12.50, 31/03/2025, 10th, 500g
_IDENTIFIER = re.compile(rf"(?:[A-Z0-9]++{_INSIDE}*+)++")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1dff\u2c00-\ud7ff\uf900-\U0002ffff]")
_LATIN = re.compile(r"[A-Za-z]+")
_VOWEL = re.compile(r"[AEIOUYaeiouy]")
_TURNED = re.compile(r"[a-z][A-Z](?![a-z]{2})")  # "tHe", but not "McAllister"

_IS_LETTER, _IS_VOWEL = (
    np.isin(np.arange(128), list(map(ord, letters))) for letters in (string.ascii_lowercase, "aeiouy")
)


def unknown(characters: str) -> bool:
    """Whether many of the characters that can be seen mean nothing: private use, controls, ``(cid:12)``."""
    visible = len(characters) - sum(map(characters.count, " \r\n\t"))
    found = sum(len(code) for code in _UNKNOWN.findall(characters))
    return found > _MANY * visible


def scrambled(text: str) -> bool:
    """Whether the letters of the text are apart, or are not those that are meant."""
    single = len(_SINGLE.findall(text))
    return (single > 0 and single > _APART * len(text.split())) or _exchanged(text)


def _exchanged(text: str) -> bool:
    plain = text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFD", text))
    codes = np.frombuffer(plain.lower().encode("ascii", "replace"), np.uint8)
    letter, vowel = _IS_LETTER[codes], _IS_VOWEL[codes]
    pair = letter[1:] & letter[:-1]
    pairs = int(np.count_nonzero(pair))
    alternating = int(np.count_nonzero(pair & (vowel[1:] ^ vowel[:-1])))
    if pairs < _LITTLE or alternating >= _ALTERNATE * pairs:
        return False
    return 2 * int(np.count_nonzero(letter)) > sum(map(str.isalpha, plain))  # most letters are Latin ones


def soundness(text: str) -> float:
    """The share of characters, 0..1, that stand in words, numbers and identifiers of a usual shape."""
    cores = [(word, word.strip(_EDGES)) for word in text.split()]
    total = sum(len(word) for word, _ in cores)
    return sum(len(word) for word, core in cores if _sound(word, core)) / total if total else 0.0


def _sound(word: str, core: str) -> bool:
    if not core:
        return len(set(word)) == 1  # a dash, a bullet, a line of dots
    if _OTHER_SCRIPT.search(core):
        return True
    if _WORD.fullmatch(core):
        latin = _LATIN.fullmatch(core)
        if latin is None or core.isupper():
            return True
        if len(core) == 1:
            return core in "aeiouy"
        return _VOWEL.search(core) is not None and _TURNED.search(core) is None
    return _NUMBER.fullmatch(core) is not None or _IDENTIFIER.fullmatch(core) is not None


def agreement(text: str, recognised: str) -> float:
    """The share of the recognised words of three letters or more, 0..1, that the text has, too."""
    words = _long_words(recognised)
    return len(words & _long_words(text)) / len(words) if words else 0.0


def _long_words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W\d_]{3,}", text)}
