"""A recovery key on paper: 24 words (BIP-39), or three shares of which any two are enough (SLIP-39).

Nothing here is written anywhere; messages never repeat a word that was typed. Not covered: which slot a key opens
(``memx.crypto.keyring``), and asking for it.
"""

import os
import re
from collections.abc import Sequence
from functools import cache

from mnemonic import Mnemonic
from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.wordlist import WORD_INDEX_MAP

from memx.crypto.kdf import KEY_SIZE
from memx.crypto.keyring import Secret
from memx.errors import UsageError

_PHRASE_WORDS = 24
_SHARE_WORDS = 33
_THRESHOLD = 2
_SHARES = 3


def new_key() -> bytes:
    """32 random bytes."""
    return os.urandom(KEY_SIZE)


def phrase(key: bytes) -> str:
    """The 32 bytes as 24 English words; the last holds a checksum. BIP-39, "Generating the mnemonic"."""
    return _bip39().to_mnemonic(key)


def from_phrase(text: str) -> bytes | None:
    """The key, or None when ``text`` is not 24 words of the list with a right checksum.

    Case, spaces, line breaks, punctuation and the numbers of a numbered list do not matter.
    """
    words = _words(text)
    if len(words) != _PHRASE_WORDS:
        return None
    try:
        return bytes(_bip39().to_entropy(words))
    except ValueError:
        return None


def mistake(text: str) -> str | None:
    """What to look for in a text that is meant as a phrase and is none; None when it is not meant as one, or is one."""
    words, known = _words(text), set(_bip39().wordlist)
    if sum(word in known for word in words) < _PHRASE_WORDS // 2 or from_phrase(text) is not None:
        return None
    if len(words) != _PHRASE_WORDS:
        return f"A recovery phrase has {_PHRASE_WORDS} words, this has {len(words)}: compare it with the paper."
    unknown = [at for at, word in enumerate(words, 1) if word not in known]
    if unknown:
        return f"Word {unknown[0]} of the recovery phrase is not in the word list: compare it with the paper."
    return "A word of the recovery phrase is not the right one, or two are swapped: compare it with the paper."


def shares(key: bytes) -> tuple[str, str, str]:
    """Three shares of 33 words each; any two give the key, one alone says nothing about it.

    SLIP-39 with one group, no passphrase and iteration exponent 0: the key is uniform already.
    """
    ((first, second, third),) = generate_mnemonics(1, [(_THRESHOLD, _SHARES)], key, iteration_exponent=0)
    return first, second, third


def is_share(text: str) -> bool:
    """Whether ``text`` is meant as a share: 33 words, nearly all of the list; some may be mistyped."""
    words = _words(text)
    return len(words) == _SHARE_WORDS and sum(word in WORD_INDEX_MAP for word in words) >= _SHARE_WORDS - 3


def from_shares(texts: Sequence[str]) -> bytes:
    """The key from two of its shares.

    Raises:
        UsageError: a word is mistyped, there are fewer than two different shares, or they do not belong together.
    """
    read = {_share(text, number): number for number, text in enumerate(texts, 1)}
    if len(read) < _THRESHOLD:
        raise UsageError("One share is not enough: two different shares are needed.")
    try:
        return bytes(combine_mnemonics([share.mnemonic() for share in list(read)[:_THRESHOLD]]))
    except MnemonicError:
        raise UsageError("These shares do not belong together: give two shares of the same set.") from None


def secrets_in(given: Secret) -> tuple[Secret, ...]:
    """What was given may be a key, or a typed line: a recovery phrase or, always, a passphrase."""
    key = from_phrase(given) if isinstance(given, str) else None
    return (given,) if key is None else (key, given)


def _share(text: str, number: int) -> Share:
    words = _words(text)
    if len(words) != _SHARE_WORDS:
        raise UsageError(f"Share {number} has {len(words)} words: a share has {_SHARE_WORDS}.")
    unknown = [at for at, word in enumerate(words, 1) if word not in WORD_INDEX_MAP]
    if unknown:
        raise UsageError(f"Word {unknown[0]} of share {number} is not in the word list: compare it with the paper.")
    try:
        return Share.from_mnemonic(" ".join(words))
    except MnemonicError:  # its message repeats words
        raise UsageError(f"A word of share {number} is not the right one: compare it with the paper.") from None


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\W\d_]+", text.casefold()) if word]


@cache
def _bip39() -> Mnemonic:
    return Mnemonic("english")
