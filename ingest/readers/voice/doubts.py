"""What a Whisper model says that nobody said: phrases over noise, and phrases that it repeats without end. Pure.

Such models learned from subtitles, and write what stands in these where they hear no words; see Koenecke et al.,
"Careless Whisper" (FAccT 2024), and Barański et al., "Investigation of Whisper ASR hallucinations" (ICASSP 2025). The
bounds of silence and of repetition are those of OpenAI's own ``transcribe``.
Not covered: single words that were misheard: they keep their low confidence.
"""

import math
import re
import zlib
from collections.abc import Sequence

from ingest.readers.voice.utterances import Utterance
from ingest.readers.voice.whisper import Word

_SILENT = ((0.6, -1.0), (0.4, -1.3), (-1.0, -2.0))
"""How likely it is at least that nobody speaks, and how unsure the model is at least of the words; the last: of any."""
_RATIO = 2.4  # of a text to its compressed form, from which on it repeats itself
_RATIO_LENGTH = 60  # bytes from which on that says something
_LONGEST_PHRASE = 30  # words, or the signs of languages that write none apart
_FASTEST = 9.0  # words a second; people reach 6
_QUICK = 0.15  # seconds that the shortest word takes
_UNEVEN = 1.5  # times as long as the first time
_FEW = 5  # words of which the speed says nothing
_FILLER_NO_SPEECH, _FILLER_LOG_PROB = 0.3, -0.6  # "Thank you." is often said
_CREDIT_NO_SPEECH, _CREDIT_LOG_PROB = 0.15, -0.3  # credits seldom are
_SOUND = re.compile(r"[\[(*♪♫<][^\])*♪♫>]*[\])*♪♫>]?|[♪♫]+")  # "[Music]", "(wind blowing)", "*sigh*"
_MARKS = re.compile(r"[^\w\s]+")
_CREDITS = re.compile(
    r"amara org|\bsubtitles? (?:by|were)|\bsubtitled by|\btranscri(?:bed|ption) by|\bcaptions? by|\buntertitel"
    r"|\bsous titr|subt[ií]tulos (?:por|realizados|creados)|legendas? (?:por|pela)|\bsottotitoli|\bondertitel|\bnapisy"
    r"|субтитры|редактор субтитров|字幕|자막|altyaz|\bcopyright \w{3,4} (?:19|20)\d\d|\bwww \w+ (?:com|org|net|gov)"
    r"|\b(?:thanks?|thank you)(?: so much| very much)? for (?:watching|listening|viewing)|\bsubscribe\b"
    r"|dank fürs zuschauen|danke fürs zuschauen|merci d avoir regardé|gracias por ver|obrigado por assistir"
    r"|спасибо за просмотр|продолжение следует|ご視聴|請不吝點贊|시청해 주셔서|dziękuję za uwagę"
)
_FILLERS = frozenset(
    "you|the|so|i|oh|ah|uh|um|hmm|mm|bye|bye bye|okay|ok|yeah|thank you|thanks|thank you very much|thank you so much"
    "|i m sorry|i m going to go|see you next time|see you|hey|hello|the end|the next day|a|no|and|is|it|to be continued"
    "|vielen dank|danke|tschüss|ja|so und|merci|gracias|adiós|obrigado|grazie|takk|tack|teşekkürler|tak|спасибо"
    "|ありがとうございました|谢谢|謝謝|감사합니다".split("|")
)


def unsaid(said: Utterance) -> bool:
    """Whether nobody said this."""
    text = _SOUND.sub("", said.text).strip()
    if not any(c.isalnum() for c in text):
        return True
    sure = sureness(said.words)
    if any(said.no_speech > no_speech and sure < log_prob for no_speech, log_prob in _SILENT):
        return True
    plain = _plain(text)
    if plain in _FILLERS and (said.no_speech > _FILLER_NO_SPEECH or sure < _FILLER_LOG_PROB):
        return True
    if _CREDITS.search(plain) and (said.no_speech > _CREDIT_NO_SPEECH or sure < _CREDIT_LOG_PROB):
        return True
    words = sum(word.text.startswith(" ") for word in said.words)  # where words are written apart
    return words > _FEW and words > _FASTEST * (said.end - said.start)


def repeats(words: Sequence[Word]) -> int | None:
    """The index of the word from which on ``words`` repeat what stands before it more often than people do, or None.

    What a person does say again and again takes about as long each time; what a model makes up lies anywhere.

    >>> said = [Word(f" {word}", i / 9, (i + 1) / 9, 0.9) for i, word in enumerate("call me ".split() * 9)]
    >>> repeats(said), repeats(said[:6])
    (2, None)
    """
    found = _repetition(words)
    if found is None:
        return None
    start, size, times = found
    said = _said(words, start, size, times)
    return None if said == times else start + max(said, 1) * size


def compresses(words: Sequence[Word]) -> bool:
    """Whether the text of ``words`` is more alike than speech is."""
    text = "".join(word.text for word in words).strip().encode()
    if len(text) < _RATIO_LENGTH or len(text) / len(zlib.compress(text)) <= _RATIO:
        return False
    found = _repetition(words)
    return found is None or _said(words, *found) < found[2]


def _repetition(words: Sequence[Word]) -> tuple[int, int, int] | None:
    """Where the first phrase begins that comes too often in a row, how many words it has, and how often it comes."""
    plain = [_plain(word.text) for word in words]
    for start in range(len(plain)):
        for size in range(1, min(_LONGEST_PHRASE, (len(plain) - start) // 2) + 1):
            phrase, times = plain[start : start + size], 1
            while plain[start + times * size : start + (times + 1) * size] == phrase:
                times += 1
            if times > _most(size):
                return start, size, times
    return None


def _said(words: Sequence[Word], start: int, size: int, times: int) -> int:
    """How many times, from the first on, last as long as the first, and no shorter than it takes to say it."""
    ends = [(start + i * size, start + (i + 1) * size - 1) for i in range(times)]
    lengths = [words[last].end - words[first].start for first, last in ends]
    if lengths[0] < _QUICK * size:
        return 0
    return next((i for i, length in enumerate(lengths) if not 1 / _UNEVEN <= length / lengths[0] <= _UNEVEN), times)


def sureness(words: Sequence[Word]) -> float:
    """The mean log probability of ``words``; minus infinity for none."""
    return sum(math.log(max(word.confidence, 1e-6)) for word in words) / len(words) if words else -math.inf


def _most(size: int) -> int:
    """How often people say a phrase of ``size`` words in a row: "no, no, no" more often than a sentence."""
    return {1: 8, 2: 5, 3: 4}.get(size, 3)


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub(" ", text).casefold().split())
