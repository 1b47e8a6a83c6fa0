"""What a person types as a value is read by the rules of records, or the error says what is expected."""

import pytest

from memx.errors import UsageError
from memx.typed import KINDS, fact_kind, typed_value


@pytest.mark.parametrize(
    ("kind", "typed", "before", "value"),
    [
        ("date", "April 3, 2025", None, "2025-04-03"),
        ("date", " 2025-04-03 ", None, "2025-04-03"),
        ("date", "13/04/2025", None, "2025-04-13"),
        ("duration", "1 year and 6 months", None, "P1Y6M"),
        ("duration", "P24M", None, "P24M"),
        ("amount", "$1,540.00", None, "USD 1540.00"),
        ("amount", "1,540.00", "USD 1450.00", "USD 1540.00"),
        ("identifier", "policy ho-12", None, "policy HO-12"),
        ("identifier", "HO-12", "policy HO-11", "policy HO-12"),
        ("phone", "(608) 555-0119", None, "6085550119"),
        ("email", "Nora@Example.org", None, "nora@example.org"),
        ("person", "Nora  Hale", None, "Nora Hale"),
        ("organisation", "Hale Ltd", None, "Hale Ltd"),
        ("type", "Invoice", None, "invoice"),
    ],
)
def test_values(kind: str, typed: str, before: str | None, value: str) -> None:
    assert typed_value(fact_kind(kind), typed, before) == value


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("date", "soon"),
        ("date", "by April 3, 2025"),
        ("date", "$5.00"),
        ("duration", "long"),
        ("amount", "12"),
        ("identifier", "HO-12"),
        ("identifier", "iban GB00"),
        ("phone", "call me"),
        ("email", "nora"),
        ("person", "12"),
        ("type", "thing"),
        ("person", "N" * 121),
    ],
)
def test_what_is_none_is_refused_with_what_is_expected(kind: str, typed: str) -> None:
    with pytest.raises(UsageError, match=f"is no {kind}: give "):
        typed_value(fact_kind(kind), typed)


def test_a_date_in_two_readings_is_refused_with_both() -> None:
    with pytest.raises(UsageError, match="give 2025-03-04 or 2025-04-03"):
        typed_value("date", "03/04/2025")


def test_kinds_by_name() -> None:
    assert [fact_kind(kind.upper()) for kind in KINDS] == list(KINDS)
    with pytest.raises(UsageError, match="it is one of date, duration"):
        fact_kind("colour")
