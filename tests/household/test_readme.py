"""What the README shows is what the product prints."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from memx.brain import Brain
from memx.cli.render import show_answer

README = Path(__file__).parents[2] / "README.md"
TRANSCRIPT = re.search(r"```console\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


def shown(brain: Brain, question: str) -> str:
    out = io.StringIO()
    show_answer(Console(file=out, soft_wrap=True, highlight=False, emoji=False), brain.ask(question))
    return out.getvalue()


def without_ids(text: str) -> str:
    """Document ids are keyed hashes: another vault gives others."""
    return re.sub(r"\([0-9a-f]{8}\)|(?<=memx show )[0-9a-f]{8}", "(id)", text)


def exchanges() -> list[tuple[str, str]]:
    assert TRANSCRIPT is not None
    return re.findall(r"^\$ memx ask (.+)\n((?:(?!\$ ).*\n)+)", TRANSCRIPT[1], re.MULTILINE)


def test_the_transcript_is_there() -> None:
    assert len(exchanges()) >= 4


@pytest.mark.models
@pytest.mark.parametrize(("question", "printed"), exchanges(), ids=[q for q, _ in exchanges()])
def test_each_exchange_of_the_readme(household: Brain, question: str, printed: str) -> None:
    assert without_ids(shown(household, question)).strip() == without_ids(printed).strip()
