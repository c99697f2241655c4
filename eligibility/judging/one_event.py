"""Records that may tell of one event: how many events there are at the least.

One stroke stands on the problem list and as the diagnosis of a visit; one result is sent twice; an order and
a statement tell of one drug. What surely tells two records apart is said at `program.Counting`. What is found
here is no more than the events that surely differ, so that nothing is counted which may not be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from eligibility.codesystems import category, is_spread, site_of_spread
from eligibility.concepts import Coding, Concepts
from eligibility.facts import Kind, ValueState
from eligibility.judging.context import Context
from eligibility.judging.kernels.one_event import apart, grouped
from eligibility.judging.pool import Pool, positions
from eligibility.judging.relatives import NOBODY_KNOWS, relatives_apart
from eligibility.judging.speech import WITH_VALUES
from eligibility.judging.told_again import BY_DAY, told_again
from eligibility.judging.truth import Flags

Labels = NDArray[np.int64]


def enough_events(context: Context, entries: Pool, least: int, enough: Flags) -> Flags:
    """Of the patients with enough sure records: who surely has that many events; bool[n_patients]."""
    if not enough.all():
        keep = enough[entries.patient]
        if not keep.any():
            return enough
        entries = entries if keep.all() else entries.take(positions(keep))
    return enough & (events_at_least(context, entries, least, context.n) >= least)


def events_at_least(context: Context, entries: Pool, wanted: int, n: int) -> NDArray[np.int64]:
    """Events at the least, int64[n] by `entries.patient`; exact up to where they are `wanted`."""
    found = np.zeros(n, dtype=np.int64)
    for kind in entries.kinds():
        entries_of_kind = entries.of_kind(kind)
        group, events = _of_kind(context, entries_of_kind, kind, wanted, n)
        whose = np.empty(len(events), dtype=np.int32)
        whose[group] = entries_of_kind.patient
        found += np.bincount(whose, weights=events, minlength=n).astype(np.int64)
    return found


def groups_of_events(context: Context, entries: Pool) -> tuple[Labels, Labels]:
    """For each entry the group of those that may be of one event with it; each group's events at the least.

    Groups are numbered from 0, and are of one patient and one kind each.
    """
    group, events = np.empty(len(entries), dtype=np.int64), np.empty(0, dtype=np.int64)
    for kind in entries.kinds():
        own, told = _of_kind(context, entries.of_kind(kind), kind)
        group[entries.at_kind(kind)] = own + len(events)
        events = np.concatenate([events, told])
    return group, events


def _of_kind(
    context: Context, entries: Pool, kind: Kind, wanted: int | None = None, n: int = 0
) -> tuple[Labels, Labels]:
    """Group of each entry, and events of each group; one of each group of those who have `wanted` groups."""
    low, high, until = told_again(context, entries, kind)
    patient, order = entries.patient, None
    later = (patient[1:] == patient[:-1]) & (low[1:] < low[:-1])
    if later.any():
        order = np.lexsort((low, patient))
        entries = entries.take(order)
        patient, low, high, until = entries.patient, low[order], high[order], until[order]
    group = np.empty(len(patient), dtype=np.int64)
    count = grouped(patient, low, until, group)
    events = np.ones(count, dtype=np.int64)
    if count < len(patient):
        several = np.bincount(group, minlength=count) > 1
        if wanted is not None:
            # Patients whose groups alone are enough need no look at what is in them.
            whose = np.empty(count, dtype=np.int32)
            whose[group] = patient
            several &= np.bincount(whose, minlength=n)[whose] < wanted
        mine = several[group]
        if mine.any():
            at = positions(mine)
            _raise_all(context, entries.take(at), kind, (low[at], high[at], until[at]), group[at], events)
    if order is None:
        return group, events
    written = np.empty(len(group), dtype=np.int64)
    written[order] = group
    return written, events


def _raise_all(
    context: Context,
    few: Pool,
    kind: Kind,
    times: tuple[Labels, Labels, Labels],
    group: Labels,
    events: Labels,
) -> None:
    """Raise each group's events to the most that times and any one trait tell apart."""
    start, end, until = times
    if kind is Kind.MEDICATION:
        _raise(group, np.zeros(len(few), np.int64), start, until, events)
    for label in _labels(context, few, kind):
        _raise(group, label, start, end, events)


def _raise(group: Labels, label: Labels, low: Labels, high: Labels, events: Labels) -> None:
    """Raise each group's events to what a label tells apart, beside times; without one a row is left out."""
    said = np.flatnonzero(label != NOBODY_KNOWS)
    order = said[np.lexsort((high[said], label[said], group[said]))]
    apart(group[order], label[order], low[order], high[order], events)


def _labels(context: Context, entries: Pool, kind: Kind) -> Iterator[Labels]:
    """What tells rows apart, each as int64[rows]: rows whose labels differ tell of different events."""
    alike = np.zeros(len(entries), dtype=np.int64)
    concept = entries.column("concept")
    if kind is Kind.FAMILY_HISTORY:
        yield from relatives_apart(context, entries)
    elif kind is Kind.CONDITION:
        yield alike
        yield from _coded(context.facts.concepts, concept, _categories)
        yield from _coded(context.facts.concepts, concept, _sites_of_spread)
    elif kind is Kind.MEDICATION:
        # Starts and codes tell apart what is told in the same way.
        channel = entries.column("channel")
        for label in (alike, *_coded(context.facts.concepts, concept, _codes)):
            for one in np.unique(channel).tolist():
                yield np.where(channel == one, label, NOBODY_KNOWS)
    elif kind in BY_DAY:
        yield alike
    else:
        yield alike
        if kind in WITH_VALUES:
            # One number is sent in two units, each rounded, under the code of each.
            concept = np.where(entries.column("value_state") == ValueState.NUMBER, 0, concept)
        yield from _coded(context.facts.concepts, concept, _codes)
    if kind in WITH_VALUES:
        coded = entries.column("value_state") == ValueState.CODED
        answered = np.where(coded, entries.column("value_concept"), 0)
        yield from _coded(context.facts.concepts, answered, _codes)


def _coded(
    concepts: Concepts, column: NDArray[np.int32], told: Callable[[tuple[Coding, ...]], Mapping[str, str]]
) -> Iterator[Labels]:
    """For each code system the codes of a column; of a record with several codes of it, none."""
    used, which = np.unique(column, return_inverse=True)
    said = [told(concepts.codings[concept]) for concept in used.tolist()]
    for system in sorted({system for one in said for system in one}):
        codes = [one.get(system) for one in said]
        numbers = {code: number for number, code in enumerate(sorted(c for c in set(codes) if c is not None))}
        yield np.array([NOBODY_KNOWS if c is None else numbers[c] for c in codes], dtype=np.int64)[which]


def _codes(codings: tuple[Coding, ...]) -> Mapping[str, str]:
    return _only_ones((system, code) for system, code in codings if system)


def _categories(codings: tuple[Coding, ...]) -> Mapping[str, str]:
    """Diagnoses are coded more or less exactly: only categories of ICD surely are different ones.

    A disease that has spread, or has no site, is no further one beside where it began.
    """
    lying = ((system, category(system, code)) for system, code in codings if not is_spread(system, code))
    return _only_ones((system, code) for system, code in lying if code is not None)


def _sites_of_spread(codings: tuple[Coding, ...]) -> Mapping[str, str]:
    """Metastases are told apart by their sites."""
    lying = ((system, site_of_spread(system, code)) for system, code in codings)
    return _only_ones((system, code) for system, code in lying if code is not None)


def _only_ones(codes: Iterator[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for system, code in codes:
        found.setdefault(system, set()).add(code)
    return {system: next(iter(named)) for system, named in found.items() if len(named) == 1}
