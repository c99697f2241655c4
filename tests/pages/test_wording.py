"""What is written in a record's way is told in a reader's."""

from __future__ import annotations

from itertools import pairwise

import pytest

from api.pages.charts.course import course
from api.pages.wording import aged, counted, meant, unit


@pytest.mark.parametrize(
    ("person", "day", "told"),
    [
        ("female, born 1970-10-02", "2026-06-01", "female, born 2 Oct 1970 (55 years)"),
        ("male, born 1970-06-01", "2026-06-01", "male, born 1 Jun 1970 (56 years)"),
        ("male, born 1970-06-02", "2026-06-01", "male, born 2 Jun 1970 (55 years)"),
        ("female, born 1950", "2026-06-01", "female, born 1950"),
        ("sex not said, born 1950-04", "2026-06-01", "sex not said, born Apr 1950"),
    ],
)
def test_an_age_is_told_where_the_day_of_birth_is_known(person: str, day: str, told: str) -> None:
    assert aged(person, day) == told


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("mm[Hg]", "mmHg"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("10*9/L", "10⁹/L"),
        ("%", "%"),
        ("[IU]/L", "IU/L"),
        ("mmol/mol", "mmol/mol"),
    ],
)
def test_units_are_written_as_laboratories_do(written: str, told: str) -> None:
    assert unit(written) == told


def test_words_of_the_program_are_put_into_those_of_readers() -> None:
    assert meant("possible") == "suspected"
    assert meant("present, not surely meant") == "stated, perhaps only considered"
    assert counted("unconfirmed") == "not confirmed"


@pytest.mark.parametrize(
    ("ends", "texts"),
    [
        ({"low": 7.0, "high": 10.5, "low_open": False, "high_open": False}, ["at least 7", "at most 10.5"]),
        ({"low": 7.0, "high": 7.1, "low_open": True, "high_open": True}, ["above 7", "below 7.1"]),
        ({"low": None, "high": 3.0, "low_open": False, "high_open": True}, ["below 3"]),
    ],
)
def test_limits_say_on_which_side_they_are_and_can_be_read(ends: dict[str, object], texts: list[str]) -> None:
    fact = {
        "low": 1.0, "high": 60.0, "decided": True,
        "start_lo": "2026-05-01T00:00:00", "start_hi": "2026-05-01T23:59:59",
    }  # fmt: skip
    drawn = course({"facts": [fact], "window": None, "limits": ends, "term": "HbA1c", "unit": "%"})
    assert drawn is not None
    assert [one.text for one in drawn.limits] == texts
    places = [one.text_y for one in drawn.limits]
    assert all(low - high >= 12 for low, high in pairwise(places))
