import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.legible import agreement, scrambled, soundness, unknown

PROSE = {
    "English": "The policy covers water damage in the kitchen and the bathroom, but not what seeps in from outside.",
    "German": "Die Versicherung deckt Wasserschäden in Küche und Bad, nicht aber Feuchtigkeit, die durch Wände dringt.",
    "Polish": "Polisa obejmuje szkody wodne w kuchni i łazience, ale nie obejmuje wilgoci przenikającej przez ściany.",
    "Finnish": "Vakuutus kattaa keittiön ja kylpyhuoneen vesivahingot, mutta ei seinien läpi tihkuvaa kosteutta.",
    "Spanish": "La póliza cubre los daños por agua en la cocina y el baño, pero no la humedad que entra por los muros.",
    "Czech": "Pojistka kryje škody způsobené vodou v kuchyni a koupelně, nikoli však vlhkost pronikající zdmi.",
    "Russian": "Полис покрывает ущерб от воды на кухне и в ванной, но не влагу, которая проникает через стены.",
    "Greek": "Το συμβόλαιο καλύπτει ζημιές από νερό στην κουζίνα και στο μπάνιο, όχι όμως την υγρασία των τοίχων.",  # noqa: RUF001
    "Chinese": "本 保 单 承 保 厨 房 和 浴 室 的 水 损 , 但 不 包 括 从 墙 壁 渗 入 的 潮 气 。",
    "Arabic": "تغطي الوثيقة أضرار المياه في المطبخ والحمام ولا تغطي الرطوبة التي تتسرب عبر الجدران.",
    "Hindi": "यह पॉलिसी रसोई और स्नानघर में पानी से हुए नुकसान को कवर करती है, दीवारों की सीलन को नहीं।",
    "a price list": "Oat milk 1L  2.49\nWhole bread  3.85\nCoffee beans 500g  11.90\nTOTAL  18.24 EUR\nPaid 03/11/2025",
    "identifiers": "HX-4471 HP-2231/07 A1B2C3 4402-118-93 INV_2025_004 DE89 3704 0044 0532 0130 00 nora@example.org",
}


@pytest.mark.parametrize("language", PROSE)
def test_what_people_write_is_legible(language):
    text = PROSE[language]
    assert not unknown(text)
    assert not scrambled(text)
    assert soundness(text) > 0.85


def exchanged(text: str, seed: int) -> str:
    letters = list(string.ascii_lowercase)
    random.Random(seed).shuffle(letters)  # noqa: S311
    return text.translate(str.maketrans(string.ascii_lowercase, "".join(letters)))


def glyph_numbers(text: str) -> str:
    """The text as the numbers of its glyphs, taken for characters: what PDFium gives for many fonts."""
    return "".join(chr(ord(c) - 29) if " " < c < "\x7f" else c for c in text)


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_exchanged_letters_are_not(seed):
    assert scrambled(exchanged(PROSE["English"] + PROSE["Spanish"], seed))


def test_glyph_numbers_are_not():
    assert scrambled(glyph_numbers(PROSE["English"]))


def test_letters_apart_are_not():
    assert scrambled("G r e e n f i e l d m a r k e t")
    assert not scrambled("I saw a plan B")


@pytest.mark.parametrize("mark", ["\ue004", "\ufffd", "\x03", "\x99", "(cid:17)", "\U000f0001"])
def test_characters_that_mean_nothing(mark):
    assert unknown("some words " + 3 * mark)
    assert not unknown(3 * "some words that go on for so long that one mark is nothing to them " + mark)


def test_white_space_does_not_make_controls_rare():
    assert unknown("\x01\x02" + 400 * " ")
    assert not unknown("")


@pytest.mark.parametrize(
    "word",
    [
        "Vicksburg",
        "dan-",
        "McAllister",
        "don’t",
        "EUR",
        "y",
        "18.24",
        "10th",
        "500g",
        "HX-4471",
        "(€250.00)",
        "—",
        "......",
    ],
)
def test_a_word_of_a_usual_shape(word):
    assert soundness(word) == 1


@pytest.mark.parametrize("word", ["thE", "j", "bcdf", "l1ke", "a{b", "^~", "wh|ch"])
def test_a_word_of_no_usual_shape(word):
    assert soundness(word) == 0


def test_soundness_is_a_share_of_characters():
    assert soundness("abcdef wh|ch") == pytest.approx(6 / 11)
    assert soundness(" \n") == 0


@given(st.text(max_size=300))
def test_any_text_has_an_answer_soon(text):
    assert 0 <= soundness(text) <= 1
    assert scrambled(text) in (True, False)
    assert unknown(text) in (True, False)


def test_a_long_word_takes_no_long_time():
    assert soundness("ab.-" * 50_000 + "|x") == 0


def test_agreement_is_about_words():
    assert agreement("The lease begins", "the Lease") == 1
    assert agreement("The lease begins", "the rent is due") == pytest.approx(1 / 3)
    assert agreement("The lease", "18.24") == 0
