"""What lasted: conditions, drugs and other events as bars on one axis of time, with the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.pages.charts.axes import Days, Mark, days_between
from api.pages.charts.course import Band, band, edges, parsed

WIDTH = 720
_LEFT, _RIGHT, _TOP, _STEP = 12.0, 708.0, 22.0, 34.0
# Terms that are events, and not numbers.
KINDS = frozenset(
    {
        "condition", "medication", "procedure", "encounter", "allergy", "immunization", "order",
        "device-order", "device", "report", "family-history", "coverage", "consent",
    }
)  # fmt: skip
_MOST = 14
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """A record: perhaps there from `early` to `late`, surely between `x` and `x2` where `sure`."""

    early: float
    late: float
    y: float
    ongoing: bool
    fact: Told
    sure: bool = False
    x: float = 0.0
    x2: float = 0.0


@dataclass(frozen=True, slots=True)
class Spans:
    """All that is drawn."""

    title: str
    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    days: tuple[Mark, ...]
    height: float
    as_of: float | None = None  # where the day is for which the patient was judged
    width: int = WIDTH
    left: float = _LEFT
    right: float = _RIGHT


def spans(terms: Sequence[Told], as_of: datetime | None = None) -> Spans | None:
    """The events of the terms of one exhibit on one axis; None where nothing has a time.

    `as_of` is the day for which the patient was judged; it is marked.
    """
    events = [term for term in terms if term["kind"] in KINDS]
    facts = [(fact, term) for term in events for fact in term["facts"] if fact["start_hi"]]
    # What decided is always there; of the rest the newest.
    facts.sort(key=lambda one: (one[0]["decided"], one[0]["start_lo"] or ""), reverse=True)
    facts = sorted(facts[:_MOST], key=lambda one: one[0]["start_lo"] or "")
    if not facts:
        return None
    windows = {repr(term["window"]): term["window"] for term in events if edges(term["window"])}
    moments = [at for fact, _ in facts for at in (*_begins(fact), *_ends(fact))]
    moments += [at for window in windows.values() for at in edges(window)]
    moments += [] if as_of is None else [as_of]
    days = days_between(moments, _LEFT, _RIGHT)
    bars = [_bar(fact, days, _TOP + number * _STEP) for number, (fact, _) in enumerate(facts)]
    bands = tuple(band(window, days, _LEFT, _RIGHT) for window in windows.values())
    height = _TOP + len(bars) * _STEP + 30
    title = ", ".join(dict.fromkeys(str(term["term"]) for _, term in facts))
    marked = None if as_of is None else days.place(as_of)
    return Spans(title, tuple(bars), bands, tuple(days.marks()), height, marked)


def _bar(fact: Told, days: Days, y: float) -> Bar:
    began, ended = _begins(fact), _ends(fact)
    # Without an earliest or a latest day it may reach beyond the drawing.
    early = _LEFT if fact["start_lo"] is None else days.place(began[0])
    late = _RIGHT if fact["end_hi"] is None else days.place(ended[-1])
    ongoing = not ended
    until = _RIGHT if ongoing else None if fact["end_lo"] is None else days.place(ended[0])
    # Begun by then at the latest, and not ended before: only then it was surely there between.
    if until is None or (ended and began[-1] > ended[0]):
        return Bar(early, late, y, ongoing, fact)
    return Bar(early, late, y, ongoing, fact, True, days.place(began[-1]), until)


def _begins(fact: Told) -> list[datetime]:
    found = [parsed(fact["start_lo"]), parsed(fact["start_hi"])]
    return [at for at in found if at is not None]


def _ends(fact: Told) -> list[datetime]:
    found = [parsed(fact["end_lo"]), parsed(fact["end_hi"])]
    return [at for at in found if at is not None]
