"""The table of words that dates are made of."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Words(NamedTuple):
    """One mapping per column `what` of words.csv."""

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    seasons: Mapping[str, tuple[int, int]]
    holidays: Mapping[str, tuple[int, int]]
    numbers: Mapping[str, tuple[float, float]]
    year_parts: Mapping[str, tuple[int, int]]
    month_parts: Mapping[str, tuple[int, int]]
    decade_parts: Mapping[str, tuple[int, int]]
    hedges: frozenset[str]
    units: Mapping[str, str]
    days: Mapping[str, int]
    parts_of_day: frozenset[str]
    ages: frozenset[str]
    ambiguous: frozenset[str]
    plans: frozenset[str]
    plan_headings: frozenset[str]
    scores: frozenset[str]
    no_duration_behind: frozenset[str]
    no_course: frozenset[str]
    no_month_behind: frozenset[str]
    day_leads: frozenset[str]
    month_leads: frozenset[str]
    no_year_behind: frozenset[str]


@cache
def words() -> Words:
    """The table, read once."""
    rows: dict[str, list[tuple[str, str, str]]] = {}
    text = files("nlp.dates").joinpath("words.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        rows.setdefault(row["what"], []).append((row["word"], row["lo"], row["hi"]))

    def pairs(what: str) -> dict[str, tuple[int, int]]:
        return {word: (int(lo), int(hi)) for word, lo, hi in rows[what]}

    def alone(what: str) -> frozenset[str]:
        return frozenset(word for word, _, _ in rows[what])

    return Words(
        months={word: int(lo) for word, lo, _ in rows["month"]},
        weekdays={word: int(lo) for word, lo, _ in rows["weekday"]},
        seasons=pairs("season"),
        holidays=pairs("holiday"),
        numbers={word: (float(lo), float(hi)) for word, lo, hi in rows["number"]},
        year_parts=pairs("part"),
        month_parts=pairs("month part"),
        decade_parts=pairs("decade part"),
        hedges=alone("hedge"),
        units={word: word for word in alone("unit")} | {word: lo for word, lo, _ in rows["unit as"]},
        days={word: int(lo) for word, lo, _ in rows["today"]},
        parts_of_day=alone("part of day"),
        ages=alone("age"),
        ambiguous=alone("ambiguous"),
        plans=alone("plan"),
        plan_headings=alone("plan heading"),
        scores=alone("score"),
        no_course=alone("no course"),
        no_duration_behind=alone("no duration behind"),
        no_month_behind=alone("no month behind"),
        day_leads=alone("day lead"),
        month_leads=alone("month lead"),
        no_year_behind=alone("no year behind"),
    )
