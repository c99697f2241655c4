"""What lasted: conditions, drugs and other events as bars on one axis of time, with the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.pages.charts.axes import Mark, days_between
from api.pages.charts.course import Band, band, edges, parsed, times

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
    """A record: surely there between `x` and `x2`, perhaps from `early` and until `late`."""

    early: float
    x: float
    x2: float
    late: float
    y: float
    ongoing: bool
    dated: bool
    fact: Told


@dataclass(frozen=True, slots=True)
class Spans:
    """All that is drawn."""

    title: str
    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    days: tuple[Mark, ...]
    height: float
    width: int = WIDTH
    left: float = _LEFT
    right: float = _RIGHT


def spans(terms: Sequence[Told]) -> Spans | None:
    """The events of the terms of one exhibit on one axis; None where nothing has a time."""
    events = [term for term in terms if term["kind"] in KINDS]
    facts = [(fact, term) for term in events for fact in term["facts"] if times(fact)]
    # What decided is always there; of the rest the newest.
    facts.sort(key=lambda one: (one[0]["decided"], one[0]["start_lo"] or ""), reverse=True)
    facts = sorted(facts[:_MOST], key=lambda one: one[0]["start_lo"] or "")
    if not facts:
        return None
    windows = {repr(term["window"]): term["window"] for term in events if edges(term["window"])}
    moments = [at for fact, _ in facts for at in (*times(fact), *_ends(fact))]
    moments += [at for window in windows.values() for at in edges(window)]
    days = days_between(moments, _LEFT, _RIGHT)
    bars = []
    for number, (fact, _) in enumerate(facts):
        began, ended = times(fact), _ends(fact)
        ongoing = not ended
        late = _RIGHT if ongoing else days.place(ended[-1])
        early, surely = days.place(began[0]), days.place(began[-1])
        until = late if ongoing else days.place(ended[0])
        bars.append(
            Bar(
                early,
                min(surely, until),
                max(surely, until),
                late,
                _TOP + number * _STEP,
                ongoing,
                True,
                fact,
            )
        )
    bands = tuple(band(window, days, _LEFT, _RIGHT) for window in windows.values())
    height = _TOP + len(bars) * _STEP + 30
    title = ", ".join(dict.fromkeys(str(term["term"]) for _, term in facts))
    return Spans(title, tuple(bars), bands, tuple(days.marks()), height)


def _ends(fact: Told) -> list[datetime]:
    found = [parsed(fact["end_lo"]), parsed(fact["end_hi"])]
    return [at for at in found if at is not None]
