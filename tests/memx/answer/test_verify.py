"""Other spellings of the same thing are proved, a changed digit or a foreign name is not."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memx.answer.verify import unproved


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("$1,500", "The deductible is $1500.00"),
        ("1,540", "now 1540.00 a month"),
        ("5.20", "weighs 5.2 kg"),
        ("1 284", "EUR 1.284,00 or 1284"),
        ("14 March 2025", "Date: 03/14/2025"),
        ("April 5, 2025", "bought 05/04/2025"),
        ("May 4, 2025", "bought 05/04/2025"),
        ("24 months", "for a term of twenty-four (24) months"),
        ("two years", "2 years from purchase"),
        ("HP-2231/07", "Policy hp 2231-07"),
        ("HP2231/07", "Policy HP-2231/07"),
        ("01632960158", "tel 01632 960 158"),
        ("608-555-0167", "Phone (608) 555-0167"),
        ("seat 9C", "seat back 9C"),
        ("Dr. Hale", "ask dr. hale"),
        ("Pemberton's", "Harold Pemberton"),
        ("Anna-Maria", "Anna Maria is coming"),
        ("Rent is 12.5% of it", "a rent of 12.5 %"),
        ("The password is maple-otter-62", "Password: maple-otter-62"),
        ("It is three times", "take it three times"),
        ("4:2", "4:2!!! Leni scored twice"),
        ("March 2027", "valid to March 2027"),
        ("Zoë", "zoe\u0308 was there"),
        ("behind the coats", "The router is behind the coats."),
        ("", "anything"),
    ],
)
def test_proved(answer: str, evidence: str) -> None:
    assert unproved(answer, [evidence]) == []


@pytest.mark.parametrize(
    ("answer", "evidence", "missing"),
    [
        ("$5", "costs $15 and 5.20", ["5"]),
        ("150", "1.50 or 1500", ["150"]),
        ("42", "4:2 and 4.2", ["42"]),
        ("15 March 2025", "Date: 03/14/2025", ["15", "March"]),
        ("36 months", "24 months", ["36"]),
        ("HP-2231/08", "Policy HP-2231/07", ["08", "HP-2231/08"]),
        ("XP-2231/07", "Policy HP-2231/07", ["XP-2231/07"]),
        ("seat 9D", "seat back 9C", ["9D"]),
        ("01632 960 159", "tel 01632 960 158", ["01632 960 159"]),
        ("maple-otter-6", "Password: maple-otter-62", ["6", "maple-otter-6"]),
        ("Maria Lopez", "call Anna Lopez", ["Maria"]),
        ("Ann", "Anna", ["Ann"]),
        ("It is Élodie. Then Marc", "the plumber", ["Marc", "Élodie"]),
        ("Plan B", "Plan A", ["B"]),
        ("three times daily", "twice daily", ["three"]),
        ("$1,500", "", ["1,500"]),
    ],
)
def test_not_proved(answer: str, evidence: str, missing: list[str]) -> None:
    assert unproved(answer, [evidence]) == missing


def test_the_evidence_counts_together_but_its_pieces_are_not_glued() -> None:
    assert unproved("$5 to Anna", ["Anna was paid", "$5"]) == []
    assert unproved("12 and Rosemary", ["1", "2", "Rose", "mary"]) == ["12", "Rosemary"]
    assert unproved("Anna", iter(())) == ["Anna"]


SENTENCE = st.lists(
    st.sampled_from(
        "Rent is $1,500.00 from May 1, 2025 with HP-2231/07 by Dr. Hale 3 days 9C (608) 555-0142 %".split()
    ),
    min_size=1,
    max_size=12,
).map(" ".join)


@settings(deadline=None, max_examples=100)
@given(st.one_of(SENTENCE, st.text(max_size=60)), st.text(string.ascii_letters + " .", max_size=20))
def test_a_quote_proves_itself(quote: str, more: str) -> None:
    assert unproved(quote, [quote]) == []
    assert unproved(quote, [more, quote]) == []


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 10**8), st.data())
def test_a_changed_digit_is_not_proved(number: int, data: st.DataObject) -> None:
    digits = str(number)
    at = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[at]]))
    changed = digits[:at] + other + digits[at + 1 :]
    assert unproved(f"it is {changed}", [f"it is {digits}"]) == [changed]
    assert unproved(f"it is ${number:,}", [f"it is {digits}.00 dollars"]) == []
