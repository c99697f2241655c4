"""When records may be told of again by others: the times that tell two events apart, kind by kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.codesystems import is_spread, seen_again, under_treatment
from eligibility.concepts import Coding
from eligibility.facts import Kind
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, HOUR, floor_day
from eligibility.judging.context import Context
from eligibility.judging.pool import Pool
from eligibility.judging.truth import Flags

Instants = NDArray[np.int64]

# Told by the day, whatever hour and whatever code: of one day nothing surely tells two apart.
BY_DAY = {Kind.PROCEDURE, Kind.IMMUNIZATION, Kind.ENCOUNTER}
# What is told by the day may bear the next one where it was around midnight: at most twice as long apart.
_AROUND_MIDNIGHT = 3 * HOUR
# One illness is dated when it began, at arrival, or when it was found.
_DAYS_OF_A_DIAGNOSIS = 3
# Half of the 90 days for which what follows a major operation belongs to it (global surgical package,
# Medicare Claims Processing Manual, chapter 12, section 40.1): as long an injury may be under treatment.
_HALF_A_TREATMENT = 45
_NO_RECORD = 1 << 32  # above every row of the resources
_PLAIN, _TREATED, _AT_ANY_TIME = range(3)


def told_again(context: Context, entries: Pool, kind: Kind) -> tuple[Instants, Instants, Instants]:
    """Earliest and latest start of each row, and the end of the time in which it may be told again."""
    low, high = entries.starts()
    if kind is Kind.FAMILY_HISTORY:
        # When it was told says nothing of when it was.
        whenever = np.full(len(low), END_OF_TIME)
        return np.full(len(low), BEGINNING), whenever, whenever
    if kind is Kind.MEDICATION:
        return low, high, np.maximum(high, entries.column("end_hi"))
    if kind is Kind.CONDITION:
        since, until = _of_diagnoses(context, entries, low, high)
        return since, until, until
    if kind in BY_DAY:
        since, until = _of_days(low, high)
        if kind is Kind.ENCOUNTER:
            end = entries.column("end_hi")
            until = np.maximum(until, np.where(_finite(end), np.maximum(end, _noon(end)), end))
            since, until = _as_a_whole(entries, since, until)
        return since, until, until
    return low, high, high


def _of_diagnoses(
    context: Context, entries: Pool, low: Instants, high: Instants
) -> tuple[Instants, Instants]:
    codings = context.facts.concepts.codings
    used, which = np.unique(entries.column("concept"), return_inverse=True)
    sort = np.array([_sort(codings[concept]) for concept in used.tolist()])[which]
    treated = sort == _TREATED
    before, after = (
        np.where(treated, _HALF_A_TREATMENT, 0),
        np.where(treated, _HALF_A_TREATMENT, _DAYS_OF_A_DIAGNOSIS),
    )
    since = np.where(_finite(low), floor_day(low) - before * DAY, low)
    until = np.where(_finite(high), floor_day(high) + (after + 1) * DAY - 1, high)
    ever = sort == _AT_ANY_TIME
    return np.where(ever, BEGINNING, since), np.where(ever, END_OF_TIME, until)


def _sort(codings: tuple[Coding, ...]) -> int:
    if any(seen_again(*coding) or is_spread(*coding) for coding in codings):
        return _AT_ANY_TIME
    return _TREATED if any(under_treatment(*coding) for coding in codings) else _PLAIN


def _of_days(low: Instants, high: Instants) -> tuple[Instants, Instants]:
    """Whole days; of a time of day what lies between it and noon, and some hours before and after it."""
    day = floor_day(low)
    timed = _finite(low) & (high < day + DAY - 1)
    since = np.where(timed, np.minimum(_noon(low), low - _AROUND_MIDNIGHT), np.where(_finite(low), day, low))
    whole = np.where(_finite(high), floor_day(high) + DAY - 1, high)
    return since, np.where(timed, np.maximum(_noon(high), high + _AROUND_MIDNIGHT), whole)


def _as_a_whole(entries: Pool, since: Instants, until: Instants) -> tuple[Instants, Instants]:
    """Stays that are parts of one stay, or one of another, may be told of for as long as any of them."""
    whole = entries.column("encounter").astype(np.int64)
    if not (whole >= 0).any():
        return since, until
    stay = entries.column("resource").astype(np.int64)
    stay = np.where(stay >= 0, stay, _NO_RECORD + np.arange(len(stay)))
    of_patient = entries.patient.astype(np.int64) << 33
    ids, place = np.unique(
        np.concatenate([of_patient | stay, of_patient | np.where(whole >= 0, whole, stay)]),
        return_inverse=True,
    )
    stay, whole = place[: len(stay)], place[len(stay) :]
    first = np.arange(len(ids))
    while True:
        least = np.minimum(first[stay], first[whole])
        known = first.copy()
        np.minimum.at(first, stay, least)
        np.minimum.at(first, whole, least)
        if (first == known).all():
            break
    joined = first[stay]
    begin, end = np.full(len(ids), END_OF_TIME), np.full(len(ids), BEGINNING)
    np.minimum.at(begin, joined, since)
    np.maximum.at(end, joined, until)
    return begin[joined], end[joined]


def _noon(instants: Instants) -> Instants:
    result: Instants = floor_day(instants) + DAY // 2
    return result


def _finite(instants: Instants) -> Flags:
    result: Flags = (instants > BEGINNING // 2) & (instants < END_OF_TIME // 2)
    return result
