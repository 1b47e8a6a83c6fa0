"""A recovery key on paper: what was printed is read back however a person types it, and nothing else is."""

import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import Share, combine_mnemonics, generate_mnemonics

from memx.errors import UsageError
from memx.vault import recovery

KEY = bytes.fromhex("68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c")
# The phrase of this key in the reference vectors of BIP-39 (trezor/python-mnemonic, vectors.json).
PHRASE = (
    "hamster diagram private dutch cause delay private meat slide toddler razor book "
    "happy fancy gospel tennis maple dilemma loan word shrug inflict delay length"
)


def test_the_phrase_is_bip_39() -> None:
    assert recovery.phrase(KEY) == PHRASE
    assert recovery.from_phrase(PHRASE) == KEY


@given(st.binary(min_size=32, max_size=32))
def test_each_key_comes_back_from_its_phrase(key: bytes) -> None:
    text = recovery.phrase(key)
    assert len(text.split()) == 24
    assert recovery.from_phrase(text) == key


@pytest.mark.parametrize(
    "typed",
    [
        PHRASE.upper(),
        f"  {PHRASE.replace(' ', '   ')}\n",
        PHRASE.replace(" ", "\r\n"),
        PHRASE.replace(" ", ", ") + ".",
        "\n".join(f"{n}. {word}" for n, word in enumerate(PHRASE.split(), 1)),
        " ".join(f"{n}) {word.capitalize()}" for n, word in enumerate(PHRASE.split(), 1)),
        PHRASE.replace(" ", "\u00a0"),
    ],
)
def test_it_does_not_matter_how_the_phrase_is_written(typed: str) -> None:
    assert recovery.from_phrase(typed) == KEY


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "correct horse battery staple",
        PHRASE.rsplit(" ", 1)[0],
        PHRASE + " length",
        PHRASE.replace("gospel", "gospe"),
        PHRASE.replace("gospel", "g\u00f6spel"),
        PHRASE.replace("loan word", "word loan"),
        PHRASE.replace("length", "abandon"),
        "legal winner thank year wave sausage worth useful legal winner thank yellow",
    ],
)
def test_what_is_not_24_right_words_is_no_phrase(typed: str) -> None:
    assert recovery.from_phrase(typed) is None
    assert recovery.secrets_in(typed) == (typed,)


def test_a_phrase_may_also_be_somebodys_passphrase() -> None:
    typed = f" {PHRASE.upper()} "
    assert recovery.secrets_in(typed) == (KEY, typed)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        (PHRASE.replace("gospel", "g\u00f6spel"), "Word 15 of the recovery phrase is not in the word list"),
        (PHRASE.rsplit(" ", 1)[0], "A recovery phrase has 24 words, this has 23"),
        (PHRASE.replace("loan word", "word loan"), "two are swapped"),
    ],
)
def test_a_mistake_in_a_phrase_is_said_without_its_words(typed: str, hint: str) -> None:
    said = recovery.mistake(typed)
    assert said is not None
    assert hint in said
    assert not set(said.casefold().replace(":", "").split()) & (set(PHRASE.split()) - {"word"})


@pytest.mark.parametrize("typed", ["", PHRASE, "correct horse battery staple", " ".join(PHRASE.split()[:11])])
def test_what_is_no_phrase_at_all_has_no_mistake(typed: str) -> None:
    assert recovery.mistake(typed) is None


def test_new_keys_differ() -> None:
    first, second = recovery.new_key(), recovery.new_key()
    assert (len(first), len(second)) == (32, 32)
    assert first != second


@settings(deadline=None, max_examples=25)
@given(st.binary(min_size=32, max_size=32))
def test_any_two_of_the_shares_give_the_key(key: bytes) -> None:
    made = recovery.shares(key)
    assert all(len(share.split()) == 33 for share in made)
    for two in permutations(made, 2):
        assert recovery.from_shares(two) == key
    assert recovery.from_shares(made) == key


def test_the_shares_are_slip_39_as_the_format_says() -> None:
    made = recovery.shares(KEY)
    for index, share in enumerate(map(Share.from_mnemonic, made)):
        assert (share.group_count, share.group_threshold, share.group_index) == (1, 1, 0)
        assert (share.index, share.member_threshold, share.iteration_exponent) == (index, 2, 0)
    assert combine_mnemonics(made[:2], passphrase=b"") == KEY


def test_shares_of_the_same_key_differ_each_time() -> None:
    assert not set(recovery.shares(KEY)) & set(recovery.shares(KEY))


def test_it_does_not_matter_how_the_shares_are_written() -> None:
    first, _, third = recovery.shares(KEY)
    numbered = "\n".join(f"{n}. {word}" for n, word in enumerate(third.split(), 1))
    assert recovery.from_shares([first.upper(), numbered]) == KEY
    assert recovery.is_share(first.upper())
    assert recovery.is_share(numbered)


def test_one_share_twice_is_one_share() -> None:
    first = recovery.shares(KEY)[0]
    for given_ in ([first], [first, f" {first.upper()}"], []):
        with pytest.raises(UsageError, match="two different shares"):
            recovery.from_shares(given_)


def test_shares_of_different_keys_do_not_belong_together() -> None:
    with pytest.raises(UsageError, match="do not belong together"):
        recovery.from_shares([recovery.shares(KEY)[0], recovery.shares(bytes(32))[1]])


@pytest.mark.parametrize(("threshold", "count"), [(3, 5), (1, 1)])
def test_shares_of_another_scheme_do_not_belong_together(threshold: int, count: int) -> None:
    foreign = generate_mnemonics(1, [(threshold, count)], KEY)[0][0]
    with pytest.raises(UsageError, match="do not belong together"):
        recovery.from_shares([recovery.shares(KEY)[0], foreign])
    with pytest.raises(UsageError, match=r"do not belong together|two different shares"):
        recovery.from_shares(generate_mnemonics(1, [(threshold, count)], KEY)[0][:2])


def test_a_mistyped_word_is_said_where_it_can_be_seen() -> None:
    first, second, _ = (share.split() for share in recovery.shares(KEY))
    unknown = [*first[:16], "zzzz", *first[17:]]
    assert recovery.is_share(" ".join(unknown))
    with pytest.raises(UsageError, match=r"^Word 17 of share 1 is not in the word list") as caught:
        recovery.from_shares([" ".join(unknown), " ".join(second)])
    assert "zzzz" not in str(caught.value)

    other = [*second[:16], "acid" if second[16] != "acid" else "acne", *second[17:]]
    assert recovery.is_share(" ".join(other))
    with pytest.raises(UsageError, match=r"^A word of share 2 is not the right one") as caught:
        recovery.from_shares([" ".join(first), " ".join(other)])
    assert not any(word in str(caught.value) for word in (second[0], second[1]))


@pytest.mark.parametrize("words", [20, 32, 34])
def test_a_share_of_another_length_is_refused(words: int) -> None:
    first, second, _ = recovery.shares(KEY)
    cut = " ".join((first.split() * 2)[:words])
    assert not recovery.is_share(cut)
    with pytest.raises(UsageError, match=f"Share 2 has {words} words: a share has 33"):
        recovery.from_shares([second, cut])


@pytest.mark.parametrize("typed", ["", "correct horse battery staple", PHRASE, " ".join(["horse"] * 33)])
def test_what_is_no_share(typed: str) -> None:
    assert not recovery.is_share(typed)


def test_nothing_is_written_or_printed(tmp_path: Path) -> None:
    program = """
import os, sys
def watch(event, arguments):
    if event == "open" and (arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
        os._exit(3)
    if event.startswith(("socket.", "subprocess.", "os.system", "os.mkdir", "os.rename")):
        os._exit(4)
sys.dont_write_bytecode = True
from memx.vault import recovery
sys.addaudithook(watch)
key = recovery.new_key()
assert recovery.from_phrase(recovery.phrase(key)) == key == recovery.from_shares(recovery.shares(key)[1:])
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=tmp_path, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")
    assert not list(tmp_path.iterdir())
