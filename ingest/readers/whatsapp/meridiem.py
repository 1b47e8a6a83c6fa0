"""The words of twelve-hour clocks, before or after the time, in the languages of CLDR 44 that phones offer.

Words are compared casefolded, without spaces, dots and marks, so ``p. m.`` and ``PM`` are one word.
Not covered: calendars and eras.
"""

# Words of all scripts are what this file is about, look-alikes included.
# ruff: noqa: RUF001

import re
from typing import Literal

from ingest.readers.whatsapp.marks import MARKS

Half = Literal["am", "pm", "noon", "night"]

_NOISE = re.compile(
    rf"(?:[\s.·'’״\"?\ufffd\u200c{MARKS}]|â€[\u00af\u2030]|Â)+"
)  # U+202F, U+2009, U+00A0 read as Windows-1252
_DAY_SIGNS = "日일"

_WORDS: dict[Half, str] = {
    "am": (
        "am a ص صباحا صباحًا قظ ق غم قبلازظهر 上午 午前 오전 凌晨 早上 清晨 πμ fm vm vorm vormittag"
        " vormittags"
        " morgens de del délelőtt dop dopoledne dopoludnia dopoldne ap aamupäivä paradite pd öö пробяд проб"
        " прпл претпл препладне дп дополудня утра ночи ранку sa sáng pg pagi f fh לפנהצ"
        " बजेपूर्वाह्न पूर्वाह्न पूर्वाह्ण सुबह मपू मसा পূর্বাহ্ণ முற்பகல் முப ก่อนเที่ยง ກ່ອນທ່ຽງ ព្រឹក"
        " နံနက်"
        " ጥዋት үө тң то таңкы priešpiet priekšp priekšpusdienā prijepodne преподне пријеподне damañana"
        " delamañana delamadrugada demadrugada damanhã damadrugada dumatin matin dimattina mañana"
        " madrugada hommikul"
        " aamulla rano ujutro jutro ráno dimineața förmiddag formiddag ochtends sochtends"
        " 새벽 아침 朝 清早 صبح فجرا فجرًا قبلالظهر asubuhi alfajiri පෙව ಪೂರ್ವಾಹ್ನ ಬೆಳಗ್ಗೆ காலை ఉదయం രാവിലെ સવારે सकाळी पहाटे"
        " সকাল ভোর ਪੂਦੁ ਸਵੇਰੇ পূৰ্বাহ্ন ପୂର୍ବାହ୍ନ պա կա بن چب eparadites inthemorning"
    ),
    "pm": (
        "pm p م مساء مساءً بظ ب غو بعدازظهر 下午 午後 오후 傍晚 μμ em nm nachm nachmittag nachmittags"
        " abends du délután"
        " odp odpoledne odpoludnia pop popoldne ip iltapäivä pasdite md ös следоб слоб попл попладне"
        " поподне пп"
        " пополудни дня вечера вечора ch chiều ptg petang sore siang e eh אחהצ अपराह्न अपराह्ण शाम मउ অপরাহ্ণ"
        " பிற்பகல் பிப หลังเที่ยง ຫຼັງທ່ຽງ ល្ងាច ညနေ ከሰዓት үх тк түштөнкийинки popiet pēcp pēcpusdienā"
        " poslijepodne послијеподне delatarde datarde dusoir soir disera delpomeriggio tarde del'aprèsmidi"
        " delaprèsmidi delaprès-midi õhtul illalla wieczorem popołudniu navečer večer seara eftermiddag"
        " ettermiddag"
        " middags smiddags avonds savonds"
        " 저녁 낮 夕方 شام سہپہر دوپہر ظهرا ظهرًا بعدالظهر عصرا عصرًا jioni mchana trưa tối පව ಅಪರಾಹ್ನ ಸಂಜೆ ಮಧ್ಯಾಹ್ನ"
        " மாலை மதியம் సాయంత్రం మధ్యాహ్నం വൈകുന്നേരം બપોરે સાંજે दुपारी संध्याकाळी दोपहर দুপুর বিকাল সন্ধ্যা ਬਾਦੁ ਸ਼ਾਮ অপৰাহ্ন ଅପରାହ୍ନ կհ دن چك"
        " epasdites intheafternoon intheevening"
    ),
    "noon": "中午 正午 昼 m mittags delmediodía mediodía midi noon tengahhari 정오",
    "night": "晚上 夜 夜晚 半夜 午夜 深夜 真夜中 밤 رات ليلا ليلًا شب usiku đêm रात रात्री রাত રાત્રે இரவு రాత్రి രാത്രി ರಾತ್ರಿ ਰਾਤ"
    " midnight atnight nachts delanoche danoite denoite delanuit dinotte malam snachts noću nocą",
}
_HALVES: dict[str, Half] = {word: half for half, words in _WORDS.items() for word in words.split()}


_UNIT_WORDS = "uhr h hrs hod godz uur horas hora klo kl ч часа น ore óra óh val giờ"
_UNITS = frozenset(_UNIT_WORDS.split())


def fold(word: str) -> str:
    """``word`` as it is compared."""
    return _NOISE.sub("", word).casefold()


def half_of(word: str) -> Half | None:
    """Which half of the day ``word`` means, or None if it is no such word in any language known here.

    >>> half_of("p. m."), half_of("klo")
    ('pm', None)
    """
    folded = fold(word)
    return _HALVES.get(folded) or _HALVES.get(folded.lstrip(_DAY_SIGNS))


def half_in(words: str) -> Half | None:
    """As ``half_of``, for what stands beside a time and may hold other words and commas, too."""
    parts = [part.strip(",،、") for part in words.split()]
    return half_of("".join(parts)) or next((half for part in parts if (half := half_of(part))), None)


def is_unit(word: str) -> bool:
    """Whether ``word`` only says that a time is a time, as in "10:05 Uhr"."""
    return fold(word) in _UNITS


def hour24(hour: int, half: Half | None) -> int:
    """The hour 0..23 of a clock that shows ``hour`` in that half of the day."""
    match half:
        case "am":
            return 0 if hour == 12 else hour
        case "pm":
            return hour + 12 if hour < 12 else hour
        case "noon":
            return hour + 12 if hour < 10 else hour
        case "night":
            return hour % 12 if hour == 12 or hour < 6 else hour + 12 if hour < 12 else hour
    return hour
