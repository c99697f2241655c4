"""Statements about the person: age at a moment, sex and other demographic columns, death."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import PLACES, Kind
from eligibility.field_words import UNDECIDED
from eligibility.instants import DAY, END_OF_TIME, completed, shift_one, whole_years
from eligibility.judging.context import Context
from eligibility.judging.moments import Bound, fixed, shifted
from eligibility.judging.rowtests import said_of
from eligibility.judging.truth import ANSWERED, FALSE, TRUE, UNKNOWN, Truth
from eligibility.places import could_be
from eligibility.program import AgeIs, Answer, Birth, Died, Given, Literal, Moment, PersonIs
from eligibility.reasons import Cause
from eligibility.stretches import Stretches

_YEAR = 365.25  # days


def demographic(context: Context, column: str, missing: int) -> NDArray[np.generic]:
    """A demographic column per patient; `missing` for patients without a demographic row."""
    block = context.block(Kind.DEMOGRAPHIC)
    if block is None:
        return np.full(context.n, missing, dtype=np.int64)
    held = block.column(column)
    patient = block.columns["patient"]
    if len(patient) == context.n and (patient[1:] > patient[:-1]).all():
        return held
    result = np.full(context.n, missing, dtype=np.int64 if held.dtype != np.float64 else held.dtype)
    result[block.columns["patient"]] = held
    return result


def ages(context: Context, at: Moment) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Least and most completed years of age at a fixed day, and for whom the birth date is known."""
    if not isinstance(at, Given | Literal):
        raise TypeError(f"age is asked at a fixed moment, not at {at}")
    day = fixed(context, at).lo
    then = np.full(context.n, day, dtype=np.int64)
    earliest, latest, known = births(context)
    safe = np.where(known, earliest, 0), np.where(known, latest, 0)
    return whole_years(safe[1], then), whole_years(safe[0], then), known


def births(
    context: Context,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Earliest and latest instant of birth, and for whom both are known."""
    earliest = demographic(context, "birth_lo", -END_OF_TIME).astype(np.int64, copy=False)
    latest = demographic(context, "birth_hi", END_OF_TIME).astype(np.int64, copy=False)
    return earliest, latest, (latest < END_OF_TIME) & (earliest > -END_OF_TIME)


def birth(context: Context, moment: Birth) -> Bound:
    """The day of birth moved by the moment's shifts, per patient; any day where it is not known."""
    earliest, latest, _ = births(context)
    rest = moment.shifts
    if rest and rest[0][0] > 0:
        _, length = rest[0]
        earliest = completed(earliest, length.count, length.unit)
        latest = completed(latest, length.count, length.unit)
        rest = rest[1:]
    return shifted(Bound(earliest, latest), rest)


def day_of(context: Context, at: Moment) -> int:
    """An instant of the day on which an age is asked."""
    if not isinstance(at, Given | Literal):
        raise TypeError(f"age is asked at a fixed moment, not at {at}")
    day = fixed(context, at).lo
    if not isinstance(day, int):
        raise TypeError("a fixed moment is one day for everybody")
    return day


def _born_by(day: int, years: int, later: int = 0) -> int:
    """Last instant of birth of somebody who has completed so many years so many days after a day.

    The calendar agrees with `whole_years`: 28 February minus years is 28 February, so that
    somebody born on the 29th is not yet that old.
    """
    return shift_one(day - day % DAY + later * DAY, -years, "year") + DAY - 1


def age_is(context: Context, leaf: AgeIs) -> Truth:
    """Completed years of age lie in a range of whole years, both ends included."""
    earliest, latest, known = births(context)
    truth = aged(leaf, day_of(context, leaf.at), earliest, latest, known)
    note_person(context, leaf)
    return corrupt_person(context, truth)


def aged(
    leaf: AgeIs,
    day: int,
    earliest: NDArray[np.int64],
    latest: NDArray[np.int64],
    known: NDArray[np.bool_],
) -> Truth:
    """Whether who was born between two instants each is of an age on a day; damaged records left aside."""
    certain, possible = known.copy(), known.copy()
    if leaf.low is not None:
        born_by = _born_by(day, leaf.low)
        certain &= latest <= born_by
        possible &= earliest <= born_by
    if leaf.high is not None:
        too_old = _born_by(day, leaf.high + 1)
        certain &= earliest > too_old
        possible &= latest > too_old
    state = certain.astype(np.uint8) + possible
    causes = np.full(len(known), np.uint32(Cause.DEMOGRAPHIC), dtype=np.uint32)
    causes[state == UNKNOWN] = Cause.PARTIAL_DATE
    for years in (leaf.low, None if leaf.high is None else leaf.high + 1):
        if leaf.borderline and years:
            days = int(leaf.borderline * years * _YEAR)
            near = earliest <= _born_by(day, years, days)
            near &= latest > _born_by(day, years, -days - 1)
            state[near], causes[near] = UNKNOWN, Cause.BORDERLINE
    state[~known], causes[~known] = UNKNOWN, Cause.DATA_NOT_FOUND
    return Truth(state, causes)


def person_is(context: Context, leaf: PersonIs) -> Truth:
    """A demographic column is one of some words, or in a value set.

    Unsaid is unknown; so is what is coded in no system that the value set uses, or less exactly than it
    asks, and a word that FHIR does not have ("F"). Policies settle the statement as it is written, its
    `not` included.
    """
    held = demographic(context, leaf.column, 0).astype(np.int64)
    if leaf.column in PLACES:
        inside, near = _in_places(context, leaf, held)
    elif leaf.value_set is not None:
        inside = context.membership.member[leaf.value_set][held]
        close = context.membership.near[leaf.value_set] | ~context.membership.comparable[leaf.value_set]
        near = close[held] & ~inside
    else:
        said_to_be = said_of(context, Kind.DEMOGRAPHIC, leaf.column, leaf.words)[held]
        inside, near = said_to_be == TRUE, said_to_be == UNKNOWN
    unsaid = held == 0
    if leaf.value_set is None and leaf.column not in PLACES:
        nobody_knows = [context.facts.words.find(word) for word in UNDECIDED.difference(leaf.words)]
        unsaid |= np.isin(held, [at for at in nobody_knows if at > 0])
    near = near & ~unsaid
    said = np.where(inside != leaf.negated, TRUE, FALSE)
    state = np.where(unsaid | near, UNKNOWN, said).astype(np.uint8)
    seen = np.where(near, Cause.CODE_UNMAPPED, Cause.DEMOGRAPHIC)
    cause = np.where(unsaid, Cause.DATA_NOT_FOUND, seen).astype(np.uint32)
    if leaf.policy.unmapped is not Answer.UNKNOWN:
        state[near], cause[near] = ANSWERED[leaf.policy.unmapped], Cause.DEMOGRAPHIC
    missing = leaf.policy.missing
    if missing is not None and missing is not Answer.UNKNOWN:
        state[unsaid], cause[unsaid] = ANSWERED[missing], Cause.ABSENCE_ASSUMED
    note_person(context, leaf)
    return corrupt_person(context, Truth(state, cause))


def _in_places(
    context: Context, leaf: PersonIs, held: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who surely lives in one of the places, and who may; bool[n_patients] each."""
    words, at = np.unique(held, return_inverse=True)
    texts = context.facts.words.texts
    states = np.array([could_be(leaf.column, texts[word], leaf.words) for word in words.tolist()], np.uint8)
    state = states[np.ravel(at)]
    return state == TRUE, state == UNKNOWN


def dead(context: Context) -> NDArray[np.uint8]:
    """State of "died on or before the as-of day" per patient; a death without a date is past."""
    deceased = demographic(context, "deceased", 0) != 0
    earliest = demographic(context, "death_lo", END_OF_TIME).astype(np.int64)
    latest = demographic(context, "death_hi", END_OF_TIME).astype(np.int64)
    end = context.as_of_day + DAY - 1
    undated = deceased & (latest >= END_OF_TIME)
    certain = deceased & (undated | (latest <= end))
    possible = deceased & (undated | (earliest <= end))
    state: NDArray[np.uint8] = certain.astype(np.uint8) + possible
    # Nobody is known to be alive by a record that was not delivered or is damaged.
    block = context.block(Kind.DEMOGRAPHIC)
    told = np.zeros(context.n, dtype=np.bool_)
    if block is not None:
        told[block.columns["patient"]] = True
    damaged = context.facts.corrupt.get(Kind.DEMOGRAPHIC)
    if damaged is not None:
        told &= ~damaged
    state[~told & (state == FALSE)] = UNKNOWN
    return state


def note_person(context: Context, leaf: AgeIs | Died | PersonIs) -> None:
    """Remember demographic rows as evidence, where somebody asked for evidence."""
    block = context.block(Kind.DEMOGRAPHIC)
    if block is not None and context.notes is not None:
        patient = block.columns["patient"]
        context.note(leaf, Kind.DEMOGRAPHIC, Stretches.between([(0, len(patient))]), patient, None, "for")


def corrupt_person(context: Context, truth: Truth) -> Truth:
    """With a damaged demographic record nothing about the person is known."""
    damaged = context.facts.corrupt.get(Kind.DEMOGRAPHIC)
    if damaged is None:
        return truth
    state = np.where(damaged, UNKNOWN, truth.state).astype(np.uint8)
    causes = np.where(damaged, np.uint32(Cause.DATA_CORRUPT), truth.causes).astype(np.uint32)
    return Truth(state, causes)
