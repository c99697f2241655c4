"""The fixed workload of the judging benchmark: seeded patients, straight into a fact table.

`make(1_000_000)` gives a million patients with 20 million facts (and the days of contact that the
builder derives from them). What occurs how often stands in `workload.toml`; nothing here is tuned
to the protocol, of whose terms about two thirds of the facts are. Every value goes through the
units door as it would from a record.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.builder import FactsBuilder
from eligibility.facts import Array, Facts, Kind, Standing, ValueFlag, ValueState
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, SECOND, day_start, shift
from eligibility.manifest import Manifest
from eligibility.units import Unit, resolve, to_canonical

AS_OF = date(2026, 6, 1)
SEED = 20260601
_TABLE = Path(__file__).with_name("workload.toml")
_YEARS_OF_HISTORY = 12.0

Ints = NDArray[np.int64]
Draw = np.random.Generator


@dataclass(frozen=True, slots=True)
class Visits:
    """All visits of all patients, ordered by patient: whose, and the first instant of the day."""

    patient: NDArray[np.int32]
    day: Ints

    def pick(self, draw: Draw, share: float, count: int, n: int) -> Visits:
        """`count` visits, drawn with repetition, of a random `share` of the patients."""
        chosen = np.flatnonzero((draw.random(n) < share)[self.patient])
        index = np.sort(chosen[draw.integers(0, len(chosen), count)])
        return Visits(self.patient[index], self.day[index])


def table() -> dict[str, Any]:
    """The content of `workload.toml`."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def make(n: int) -> Facts:
    """A fact table of `n` patients; the same for the same `n` on every machine."""
    draw = np.random.default_rng(SEED)
    builder = FactsBuilder()
    for number in range(n):
        builder.patient(f"patient-{number:07}")
    content = table()
    ids = _vocabulary(content, builder, draw)
    visits = _visits(draw, n)
    builder.add(Kind.DEMOGRAPHIC, _people(draw, builder, n))
    makers = {
        Kind.CONDITION: _condition,
        Kind.OBSERVATION: _observation,
        Kind.MEDICATION: _medication,
        Kind.PROCEDURE: _event,
        Kind.IMMUNIZATION: _event,
        Kind.ENCOUNTER: _event,
    }
    for kind, make_columns in makers.items():
        for term in content[kind.name.lower()]:
            count = round(term["rows"] * n)
            chosen = visits.pick(draw, term["share"], count, n)
            columns = make_columns(draw, builder, chosen, term)
            columns["patient"] = chosen.patient
            columns["concept"] = _weighted(draw, [ids[code] for code in term["codes"]], term["codes"], count)
            builder.add(kind, columns)
    return builder.finish(Manifest(delivered=None))


# --- vocabulary ------------------------------------------------------------------------------------


def _vocabulary(content: dict[str, Any], builder: FactsBuilder, draw: Draw) -> dict[str, int]:
    """Concept ids of all codes, given out in no order, as records bring them."""
    systems = content["systems"]
    codes = sorted(
        {code for kind, terms in content.items() if kind != "systems" for t in terms for code in t["codes"]}
    )
    ids: dict[str, int] = {}
    for index in draw.permutation(len(codes)):
        label, _ = _split(codes[index])
        if label.startswith("'"):
            ids[codes[index]] = builder.concepts.intern((), label.strip("'"))
            continue
        written, _, display = label.partition("=")
        codings = [(systems[s], c) for s, c in (part.split("|") for part in written.split("+"))]
        ids[codes[index]] = builder.concepts.intern(codings, display=display or label)
    return ids


def _split(code: str) -> tuple[str, float]:
    """A code of the table and its weight."""
    label, _, weight = code.rpartition(" ")
    try:
        return (label, float(weight)) if label else (code, 1.0)
    except ValueError:
        return code, 1.0


def _weighted(draw: Draw, values: list[int], codes: list[str], count: int) -> NDArray[np.int32]:
    weights = np.array([_split(code)[1] for code in codes])
    return draw.choice(np.array(values, dtype=np.int32), count, p=weights / weights.sum())


def _shares(draw: Draw, count: int, *shares: float) -> NDArray[np.uint8]:
    """Which of several alternatives each row takes; the first takes what the others leave."""
    place = np.searchsorted(np.cumsum(shares), draw.random(count), side="right")
    return ((place + 1) % (len(shares) + 1)).astype(np.uint8)


# --- people and visits -----------------------------------------------------------------------------


def _visits(draw: Draw, n: int) -> Visits:
    """Visits over up to twelve years before the as-of day, denser towards the last; few have none."""
    history = draw.uniform(0.3, _YEARS_OF_HISTORY, n) * 365
    gap = np.minimum(draw.exponential(75.0, n), history)
    count = draw.poisson(draw.gamma(2.0, 4.0, n)).astype(np.int64)
    patient = np.repeat(np.arange(n, dtype=np.int32), count)
    back = draw.random(len(patient)) ** 2.2 * (history - gap)[patient] + gap[patient]
    day = day_start(AS_OF) - back.astype(np.int64) * DAY
    return Visits(patient, day)


def _people(draw: Draw, builder: FactsBuilder, n: int) -> dict[str, Array]:
    age_days = np.clip(draw.normal(51.0, 20.0, n), 0, 103) * 365.25
    birth_lo = day_start(AS_OF) - age_days.astype(np.int64) * DAY
    birth_hi = birth_lo + DAY - 1
    shape = _shares(draw, n, 0.02, 0.005)
    first, last = _year_of(birth_lo)
    birth_lo, birth_hi = np.where(shape == 1, first, birth_lo), np.where(shape == 1, last, birth_hi)
    birth_lo, birth_hi = (
        np.where(shape == 2, BEGINNING, birth_lo),
        np.where(shape == 2, END_OF_TIME, birth_hi),
    )
    died = draw.random(n) < 0.02
    death = day_start(AS_OF) - (draw.random(n) * 900).astype(np.int64) * DAY
    words = np.array([builder.words.intern(word) for word in ("female", "male", "unknown")], dtype=np.int16)
    return {
        "patient": np.arange(n, dtype=np.int32),
        "concept": np.zeros(n, dtype=np.int32),
        "start_lo": np.full(n, BEGINNING),
        "start_hi": np.full(n, BEGINNING),
        "end_lo": np.full(n, END_OF_TIME),
        "end_hi": np.full(n, END_OF_TIME),
        "birth_lo": birth_lo,
        "birth_hi": birth_hi,
        "deceased": died.astype(np.uint8),
        "death_lo": np.where(died, death, END_OF_TIME),
        "death_hi": np.where(died, death + DAY - 1, END_OF_TIME),
        "sex": words[_shares(draw, n, 0.48, 0.01)],
    }


# --- times -----------------------------------------------------------------------------------------


def _year_of(instants: Ints) -> tuple[Ints, Ints]:
    """First and last instant of each instant's year."""
    years = (instants // DAY).astype("datetime64[D]").astype("datetime64[Y]")
    first = years.astype("datetime64[D]").astype(np.int64) * DAY
    return first, shift(first, 1, "year") - 1


def _month_of(instants: Ints) -> tuple[Ints, Ints]:
    """First and last instant of each instant's month."""
    months = (instants // DAY).astype("datetime64[D]").astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64) * DAY
    return first, shift(first, 1, "month") - 1


def _clock(draw: Draw, day: Ints) -> Ints:
    """A moment between seven and eighteen o'clock, to the second."""
    return day + draw.integers(7 * 3600, 18 * 3600, len(day)) * SECOND


def _dated(draw: Draw, day: Ints, exact: float, month: float, year: float, none: float) -> tuple[Ints, Ints]:
    """Start as records tell it: the day, for some a moment, a month, a year, or only "by this day"."""
    shape = _shares(draw, len(day), exact, month, year, none)
    clock = _clock(draw, day)
    lo = np.where(shape == 1, clock, day)
    hi = np.where(shape == 1, clock, day + DAY - 1)
    for number, whole in ((2, _month_of), (3, _year_of)):
        first, last = whole(day)
        lo, hi = np.where(shape == number, first, lo), np.where(shape == number, last, hi)
    return np.where(shape == 4, BEGINNING, lo), hi


# --- kinds -----------------------------------------------------------------------------------------


def _standing(draw: Draw, count: int, unconfirmed: float, refuted: float) -> NDArray[np.uint8]:
    made = _shares(draw, count, unconfirmed, refuted)
    return np.array([Standing.COUNTS, Standing.UNCONFIRMED, Standing.DOES_NOT_COUNT], dtype=np.uint8)[made]


def _condition(draw: Draw, builder: FactsBuilder, at: Visits, term: dict[str, Any]) -> dict[str, Array]:
    """Recorded on the visit's day, begun then or some time before; most go on."""
    count = len(at.day)
    earlier = np.where(draw.random(count) < 0.7, 0.0, draw.exponential(400.0, count)).astype(np.int64)
    onset = at.day - earlier * DAY
    start_lo, start_hi = _dated(draw, onset, 0.25, 0.05, 0.04, 0.015)
    course = _shares(draw, count, 0.2, 0.15)  # goes on, abated, unknown
    cured = np.maximum(onset + (draw.exponential(60.0, count).astype(np.int64) + 1) * DAY, start_hi)
    end_lo = np.where(course == 0, END_OF_TIME, np.where(course == 1, cured, start_lo))
    end_hi = np.where(course == 1, np.maximum(cured, cured - cured % DAY + DAY - 1), END_OF_TIME)
    words = [builder.words.intern(word) for word in ("active", "resolved", "", "remission")]
    status = np.where(course == 0, words[0], np.where(course == 1, words[1], words[2])).astype(np.int16)
    status[draw.random(count) < 0.02] = words[3]
    return {
        "start_lo": start_lo,
        "start_hi": start_hi,
        "end_lo": end_lo,
        "end_hi": end_hi,
        "recorded": at.day + DAY - 1,
        "standing": _standing(draw, count, 0.05, 0.02),
        "clinical_status": status,
    }


def _observation(draw: Draw, builder: FactsBuilder, at: Visits, term: dict[str, Any]) -> dict[str, Array]:
    count = len(at.day)
    lo, hi = _dated(draw, at.day, 0.88, 0.015, 0.0, 0.003)
    return {
        "start_lo": lo,
        "start_hi": hi,
        "end_lo": lo,
        "end_hi": hi,
        "standing": _standing(draw, count, 0.012, 0.008),
        **_values(draw, term, count),
    }


def _values(draw: Draw, term: dict[str, Any], count: int) -> dict[str, Array]:
    """Numbers as a laboratory writes them, converted through the units door, grid point by grid point."""
    mean, spread, digits = term["mean"], term["spread"], term["digits"]
    if spread < mean / 2:
        drawn = draw.normal(mean, spread, count)
    else:
        drawn = draw.gamma((mean / spread) ** 2, spread**2 / mean, count)
    written = np.round(np.maximum(drawn, mean / 20), digits)
    below, above = written < term.get("below", -np.inf), written > term.get("above", np.inf)
    written = np.clip(written, term.get("below", -np.inf), term.get("above", np.inf))
    other, factor, share = term.get("other", (term["unit"], 1.0, 0.0))
    first, second = _unit(term["unit"]), _unit(other)
    elsewhere = draw.random(count) < share
    value = np.where(elsewhere, _converted(np.round(written * factor, 3), second), _converted(written, first))
    unit = np.where(elsewhere, second.dimension, first.dimension).astype(np.int16)
    # Without a number: no result, words; with one, but without a unit that anybody could convert.
    shape = _shares(draw, count, 0.008, 0.004, 0.01)
    state = np.array(
        [ValueState.NUMBER, ValueState.NONE, ValueState.TEXT, ValueState.UNIT_UNRESOLVED], dtype=np.uint8
    )[shape]
    lone = shape != 0
    numberless = (shape == 1) | (shape == 2)
    value = np.where(numberless, np.nan, np.where(shape == 3, written, value))
    flags = np.where(above, ValueFlag.LOW_OPEN, np.where(below, ValueFlag.HIGH_OPEN, 0)).astype(np.uint8)
    return {
        "value_state": state,
        "value_lo": np.where(below & ~numberless, -np.inf, value),
        "value_hi": np.where(above & ~numberless, np.inf, value),
        "value_flags": np.where(numberless, 0, flags).astype(np.uint8),
        "unit": np.where(lone, -1, unit).astype(np.int16),
    }


def _unit(written: str) -> Unit:
    unit = resolve(written)
    if unit is None:
        raise ValueError(f"the units door does not know {written}")
    return unit


def _converted(written: NDArray[np.float64], unit: Unit) -> NDArray[np.float64]:
    distinct, index = np.unique(written, return_inverse=True)
    return np.array([to_canonical(float(value), unit) for value in distinct])[index]


def _medication(draw: Draw, builder: FactsBuilder, at: Visits, term: dict[str, Any]) -> dict[str, Array]:
    """Ordered on the visit's day: for as long as the supply lasts, or open-ended, or stopped sometime."""
    count = len(at.day)
    start_lo, start_hi = _dated(draw, at.day, 0.5, 0.005, 0.0, 0.0)
    shape = _shares(draw, count, 0.25, 0.12)
    supply = draw.choice(np.array([7, 14, 30, 30, 90, 90, 90, 180]), count).astype(np.int64)
    supplied = at.day + supply * DAY - 1
    supplied = np.maximum(supplied, start_hi)
    stopped = start_hi + draw.exponential(120.0, count).astype(np.int64) * DAY
    own_day = np.maximum(at.day + DAY - 1, start_lo)
    return {
        "start_lo": start_lo,
        "start_hi": start_hi,
        "end_lo": np.where(shape == 0, supplied, np.where(shape == 1, own_day, start_lo)),
        "end_hi": np.where(shape == 0, supplied, np.where(shape == 1, END_OF_TIME, stopped)),
        "standing": _standing(draw, count, 0.02, 0.03),
        "period_known": (shape == 0).astype(np.uint8),
    }


def _event(draw: Draw, builder: FactsBuilder, at: Visits, term: dict[str, Any]) -> dict[str, Array]:
    """Procedures, vaccinations, visits: a moment on the day, or the day."""
    lo, hi = _dated(draw, at.day, 0.8, 0.002, 0.0, 0.0)
    return {
        "start_lo": lo,
        "start_hi": hi,
        "end_lo": lo,
        "end_hi": hi,
        "standing": _standing(draw, len(at.day), 0.005, 0.015),
    }
