"""How well each word of a question is met, with vectors that are known."""

from collections.abc import Sequence

import numpy as np
import pytest
from fakes import BagOfWords

from memx.answer.candidates import Candidate
from memx.answer.late import MIDDLING, OPEN, Kept, look, met
from memx.embed import Tokens


def line(text: str) -> Candidate:
    return Candidate("d", 0, 0, len(text), text)


def tokens(text: str, **states: tuple[float, float]) -> Tokens:
    """One token a word, with the states given by the word, and a mark of the model at the beginning."""
    spans, at = [(0, 0)], 0
    rows = [(5.0, 5.0)]
    for word in text.split(" "):
        spans.append((at, at + len(word)))
        rows.append(states.get(word.strip("()?"), (0.0, 1.0)))
        at += len(word) + 1
    return Tokens(np.array(rows, np.float32), np.array(spans))


def test_each_word_looks_for_the_likest_token_of_the_line_and_of_the_line_with_its_title() -> None:
    states = {"hail": (1.0, 0.0), "damage": (0.6, 0.8), "policy": (0.0, 1.0), "storm": (1.0, 0.1)}
    source = "(policy) storm"
    found = met("hail damage", tokens("hail damage", **states), [source], [5], [tokens(source, **states)])
    assert found.line[0] == pytest.approx([0.995, 0.677], abs=1e-3)
    assert found.around[0] == pytest.approx([0.995, 0.8], abs=1e-3)
    assert 0 < found.similarity[0] <= 1


def test_a_word_of_several_tokens_is_their_mean_and_one_without_any_is_not_met() -> None:
    asked = Tokens(np.array([[1.0, 0.0], [0.0, 1.0]], np.float32), np.array([(0, 3), (3, 7)]))
    read = Tokens(np.array([[1.0, 0.0]], np.float32), np.array([(4, 8)]))
    found = met("frostbite hail", asked, ["(t) ice."], [4], [read])
    assert found.line[0] == pytest.approx([0.5, 0.0])
    nothing = Tokens(np.zeros((1, 2), np.float32), np.array([(0, 0)]))
    assert met("frostbite hail", asked, ["(t) ice."], [4], [nothing]).line.tolist() == [[0.0, 0.0]]


def test_looking_with_an_embedder() -> None:
    found = look(
        "hail deductible", [line("Hail deductible: $5"), line("Rent")], ["policy", "lease"], BagOfWords().tokens
    )
    assert found.line[0] == pytest.approx([1, 1])
    assert found.line[1].max() < 0.5
    assert found.similarity[0] > found.similarity[1]
    assert look("hail", [], [], BagOfWords().tokens).line.shape == (0, 1)


def test_without_an_embedder_words_are_compared_by_stem() -> None:
    found = look("hail deductibles", [line("Deductible: $5")], ["hail policy"], None)
    assert found.line.tolist() == [[OPEN, 1.0]]
    assert found.around.tolist() == [[1.0, 1.0]]
    assert found.similarity.tolist() == [MIDDLING]
    assert look("what is it", [line("ok")], ["t"], None).line.shape == (1, 0)


def test_what_was_read_last_is_kept_until_it_is_forgotten() -> None:
    asked: list[str] = []

    def tokenize(texts: Sequence[str]) -> list[Tokens]:
        asked.extend(texts)
        return BagOfWords().tokens(texts)

    kept = Kept(tokenize, most=2)
    first = kept(["a", "b", "a"])
    assert asked == ["a", "b"]
    assert first[0] is first[2]
    kept(["b"])
    kept(["c"])
    kept(["b"])
    assert asked == ["a", "b", "c"]
    kept(["a"])
    assert asked == ["a", "b", "c", "a"]
    kept.forget()
    kept(["a"])
    assert asked[-1] == "a"
    assert len(asked) == 5
