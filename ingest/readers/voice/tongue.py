"""The language of a recording: decided once, on speech, and by the person's own languages where speech is too short.

Not covered: how likely a language is, which the model says (``whisper``).
"""

from collections.abc import Mapping, Sequence

from ingest.readers.voice.speech import Window

_LONG = 10.0  # seconds of speech that say which language it is
_SURE, _SURE_IF_SHORT = 0.5, 0.9  # how likely the model must find it
_OTHER_SECONDS, _OTHER = 5.0, 0.8  # when a window is in another language than the recording

Likely = Mapping[str, float]
"""How likely each language (ISO 639-1) is."""


class Tongue:
    """Decides window by window. What the first windows with enough speech are in is ``settled`` for the recording.

    ``own`` are the person's languages (ISO 639-1).
    """

    def __init__(self, own: Sequence[str]) -> None:
        self._own = own
        self.settled: str | None = None

    def of(self, windows: Sequence[Window], likely: Sequence[Likely]) -> list[str]:
        """The language of each of ``windows``, of which there is at least one."""
        main = self.settled or self._main(windows, likely)
        return [self._of_one(window, shares, main) for window, shares in zip(windows, likely, strict=True)]

    def _main(self, windows: Sequence[Window], likely: Sequence[Likely]) -> str:
        together = sum(window.seconds for window in windows)
        mean: dict[str, float] = {}
        for window, shares in zip(windows, likely, strict=True):
            for language, share in shares.items():
                mean[language] = mean.get(language, 0.0) + share * window.seconds / together
        best = max(mean, key=mean.__getitem__)
        long = together >= _LONG
        if mean[best] >= (_SURE if long else _SURE_IF_SHORT):
            self.settled = best if long else None
            return best
        own = [language for language in self._own if language in mean]
        return max(own, key=mean.__getitem__) if own else best

    @staticmethod
    def _of_one(window: Window, likely: Likely, main: str) -> str:
        """People who know several languages change between them; a model that is told the wrong one translates."""
        best = max(likely, key=likely.__getitem__)
        return best if window.seconds >= _OTHER_SECONDS and likely[best] >= _OTHER else main
