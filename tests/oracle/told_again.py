"""When records may be told of by others, row by row."""

from __future__ import annotations

from collections.abc import Sequence

from eligibility.codesystems import ICD_9_CM, ICD_10, ICD_10_CM
from eligibility.concepts import Coding
from eligibility.facts import Kind
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, HOUR
from tests.oracle.instants import Span, ceil, day_of, finite, floor
from tests.oracle.records import Row
from tests.oracle.run import Run

OF_A_DAY = (Kind.PROCEDURE, Kind.IMMUNIZATION, Kind.ENCOUNTER)
HEALING_OR_LEFT = "DEFGHIJKLMNOPQRS"
EVER = Span(BEGINNING, END_OF_TIME)


def times(run: Run, rows: Sequence[Row]) -> list[Span]:
    """When each row may be told of again; what is one stay with others, as long as any of them."""
    alone = [_time(run, row) for row in rows]
    found = []
    for row, own in zip(rows, alone, strict=True):
        with_it = [span for other, span in zip(rows, alone, strict=True) if other.at in _stay(rows, row)]
        spans = [own, *with_it] if row.kind is Kind.ENCOUNTER else [own]
        found.append(Span(min(span.lo for span in spans), max(span.hi for span in spans)))
    return found


def _stay(rows: Sequence[Row], row: Row) -> set[int]:
    """The rows that are parts of one stay with a row, or it of them, by way of others too."""
    records, held = _records(row), {row.at}
    while True:
        more = [other for other in rows if other.at not in held and _records(other) & records]
        if not more:
            return held
        for other in more:
            held.add(other.at)
            records |= _records(other)


def _records(row: Row) -> set[int]:
    return {row.visit, row.columns.get("encounter", -1)} - {-1}


def _time(run: Run, row: Row) -> Span:
    codings = run.facts.concepts.codings[row.concept]
    first, last = row.start.lo, row.start.hi
    match row.kind:
        case Kind.FAMILY_HISTORY:
            return EVER
        case Kind.MEDICATION:
            return Span(first, max(last, row.end.hi))
        case Kind.CONDITION:
            letters = {_seventh(code) for system, code in codings if system == ICD_10_CM} - {""}
            if any(letter in HEALING_OR_LEFT for letter in letters) or any(map(spread, codings)):
                return EVER
            before, after = (45, 45) if letters & {"A", "B", "C"} else (0, 3)
            return Span(_later(floor(first), -before), _later(ceil(last), after))
        case Kind.PROCEDURE | Kind.IMMUNIZATION:
            return _around(row.start)
        case Kind.ENCOUNTER:
            end = row.end.hi
            if finite(end):
                end = max(end, floor(end) + DAY // 2)
            return Span(_around(row.start).lo, max(_around(row.start).hi, end))
        case _:
            return row.start


def _around(time: Span) -> Span:
    """The day, or days; of a known time of day what lies between it and noon, and three hours each way."""
    whole = Span(floor(time.lo), ceil(time.hi))
    if not finite(time.lo) or day_of(time.lo) != day_of(time.hi) or time.hi == whole.hi:
        return whole
    noon = whole.lo + DAY // 2
    return Span(min(noon, time.lo - 3 * HOUR), max(noon, time.hi + 3 * HOUR))


def _later(instant: int, days: int) -> int:
    return instant + days * DAY if finite(instant) else instant


def _seventh(code: str) -> str:
    plain = code.upper().replace(".", "")
    return plain[6] if len(plain) == 7 else ""


def spread(coding: Coding) -> bool:
    """Whether a code is of a malignant disease elsewhere than where it began, or of no site."""
    system, code = coding
    plain = code.upper().replace(".", "")
    if system == ICD_9_CM:
        return plain[:3] in ("196", "197", "198", "199") or plain[:4] == "2097"
    return system in (ICD_10, ICD_10_CM) and plain[:3] in ("C77", "C78", "C79", "C80", "C7B")


def site(coding: Coding) -> str | None:
    """Where a disease has spread to."""
    plain = coding[1].upper().replace(".", "")[:4]
    if not spread(coding) or len(plain) < 4 or plain[3] in "89" or plain[:3] in ("C80", "199"):
        return None
    return plain
