"""Which dosages of one order are taken on the same days, so that the day's dose is their sum.

FHIR R4, Dosage.sequence: dosages of one number are concurrent, those of different numbers follow each other.
Of dosages without a number nothing is said; then they surely go together where they state one and the same
period, or each its own times of day (500 mg in the morning, 1000 mg in the evening). What is written twice to
the letter may be one dosage that was sent twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.json import encode

from fhir_adapters.mapping.dosing_records import Dosage, Repeat


def are_concurrent(dosages: Sequence[Dosage]) -> bool:
    """Whether several dosages surely hold on the same days."""
    if len({_said(dosage) for dosage in dosages}) < len(dosages):
        return False
    periods = {_period(dosage) for dosage in dosages}
    if len(periods) > 1 or any(dosage.timing is not None and dosage.timing.event for dosage in dosages):
        return False
    numbers = {bytes(dosage.sequence) for dosage in dosages}
    if numbers != {b""}:
        return len(numbers) == 1
    return periods != {_NO_PERIOD} or _at_times_of_their_own(dosages)


_NO_PERIOD = (("", ""), b"", b"")


def _period(dosage: Dosage) -> tuple[tuple[str, str], bytes, bytes]:
    """The bounds of a dosage, as written."""
    repeat = dosage.timing.repeat if dosage.timing is not None else None
    if repeat is None:
        return _NO_PERIOD
    bounds = repeat.boundsPeriod
    return (
        (bounds.start, bounds.end) if bounds is not None else ("", ""),
        bytes(repeat.boundsDuration),
        bytes(repeat.boundsRange),
    )


def _at_times_of_their_own(dosages: Sequence[Dosage]) -> bool:
    """Whether each names times of the day, and no two the same."""
    named: list[str] = []
    for dosage in dosages:
        repeat = dosage.timing.repeat if dosage.timing is not None else None
        times = {*_when(repeat), *repeat.timeOfDay} if repeat is not None else set()
        if not times:
            return False
        named += times
    return len(set(named)) == len(named)


def _when(repeat: Repeat) -> Sequence[str]:
    return [repeat.when] if isinstance(repeat.when, str) else repeat.when or ()


def _said(dosage: Dosage) -> bytes:
    """All that is read of a dosage."""
    return encode(dosage)
