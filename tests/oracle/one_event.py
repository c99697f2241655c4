"""How many events records surely tell of: the most of them of which each two surely differ, found simply.

Records whose times may be the same make groups, by way of others too; of each group counts the trait that
tells most of its records apart. Rows of one trait and one time are one event.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from eligibility.codesystems import ICD_9_CM, ICD_10, ICD_10_CM
from eligibility.concepts import Coding
from eligibility.facts import Kind, ValueState
from eligibility.relatives import role_of
from tests.oracle.instants import Span
from tests.oracle.records import Row
from tests.oracle.run import Run
from tests.oracle.selections import at_different_times
from tests.oracle.told_again import OF_A_DAY, site, spread, times

Trait = Callable[[Row], Hashable | None]  # None: says nothing of which event it is


def surely_different(run: Run, rows: Iterable[Row]) -> int:
    """How many events there are at the least."""
    return sum(events for _, events in groups(run, list(rows)))


def groups(run: Run, rows: list[Row]) -> list[tuple[list[Row], int]]:
    """The rows in groups that may tell of one another, each with how many events it has at the least."""
    kinds = {row.kind: [other for other in rows if other.kind is row.kind] for row in rows}
    found = [group for held in kinds.values() for group in _groups(run, held)]
    return [(group, _of_group(run, group)) for group in found]


def _groups(run: Run, rows: list[Row]) -> list[list[Row]]:
    """Rows whose times touch, or touch those of others of the group."""
    groups: list[list[tuple[Row, Span]]] = []
    for row, time in zip(rows, times(run, rows), strict=True):
        touched = [group for group in groups if any(_touch(time, other) for _, other in group)]
        groups = [group for group in groups if group not in touched]
        groups.append([(row, time), *(other for group in touched for other in group)])
    return [[row for row, _ in group] for group in groups]


def _touch(one: Span, other: Span) -> bool:
    return one.lo <= other.hi and other.lo <= one.hi


def _of_group(run: Run, rows: list[Row]) -> int:
    if len(rows) == 1:
        return 1
    again = times(run, rows)
    starts = [row.start for row in rows] if rows[0].kind is Kind.MEDICATION else again
    found = [at_different_times(again)]
    for trait in _traits(run, rows):
        told: dict[Hashable, list[Span]] = {}
        for row, time in zip(rows, starts, strict=True):
            if trait(row) is not None:
                told.setdefault(trait(row), []).append(time)
        found.append(sum(map(at_different_times, told.values())))
    return max(found)


def _traits(run: Run, rows: list[Row]) -> list[Trait]:
    kind = rows[0].kind
    if kind is Kind.FAMILY_HISTORY:
        return [relative_trait(run, number) for number in range(4)]
    systems = sorted({s for row in rows for s, _ in run.facts.concepts.codings[row.concept] if s})
    traits: list[Trait] = []
    if kind is Kind.CONDITION:
        icd = [system for system in systems if system in (ICD_10_CM, ICD_10, ICD_9_CM)]
        traits += [_category_in(run, system) for system in icd] + [_site_in(run, system) for system in icd]
    elif kind is Kind.MEDICATION:
        ways = {row.columns["channel"] for row in rows}
        traits += [_code_in(run, system, way) for system in systems for way in ways]
        traits += [_told_in(way) for way in ways]
    elif kind not in OF_A_DAY:
        traits += [_code_in(run, system) for system in systems]
    if kind in (Kind.OBSERVATION, Kind.ANSWER):
        traits += _values(run, rows)
    return traits


def _code_in(run: Run, system: str, way: int | None = None) -> Trait:
    """The one code of a system, of records that are told in a way."""

    def trait(row: Row) -> str | None:
        if way is not None and row.columns["channel"] != way:
            return None
        if row.value_state == ValueState.NUMBER:
            return None
        return _one(_of(run.facts.concepts.codings[row.concept], system))

    return trait


def _told_in(way: int) -> Trait:
    """Records told in one way are told apart by their starts alone."""
    return lambda row: "" if row.columns["channel"] == way else None


def _category_in(run: Run, system: str) -> Trait:
    """Where a disease began."""

    def trait(row: Row) -> str | None:
        codings = run.facts.concepts.codings[row.concept]
        return _one({_category(code) for its, code in codings if its == system and not spread((its, code))})

    return trait


def _site_in(run: Run, system: str) -> Trait:
    """Where it has spread to."""

    def trait(row: Row) -> str | None:
        sites = {site(coding) for coding in run.facts.concepts.codings[row.concept] if coding[0] == system}
        return _one({one for one in sites if one is not None})

    return trait


def _answer_in(run: Run, system: str) -> Trait:
    def trait(row: Row) -> str | None:
        if row.value_state != ValueState.CODED:
            return None
        return _one(_of(run.facts.concepts.codings[row.columns["value_concept"]], system))

    return trait


def _of(codings: tuple[Coding, ...], system: str) -> set[str]:
    return {code for its, code in codings if its == system}


def _one(codes: set[str]) -> str | None:
    return codes.copy().pop() if len(codes) == 1 else None


def _category(code: str) -> str:
    return code.replace(".", "").upper()[:3]


def _values(run: Run, rows: list[Row]) -> list[Trait]:
    """Coded values by their system; numbers of one time may be one, rounded in two units."""
    answers = [row.columns["value_concept"] for row in rows if row.value_state == ValueState.CODED]
    systems = {s for concept in answers for s, _ in run.facts.concepts.codings[concept] if s}
    return [_answer_in(run, system) for system in systems]


def relative_trait(run: Run, number: int) -> Trait:
    codings = run.facts.concepts.codings

    def trait(row: Row) -> str | None:
        role = role_of(codings[row.columns["relationship"]], codings[row.columns["relative_sex"]])
        return role.traits()[number] or None

    return trait


def people(run: Run, rows: Iterable[Row]) -> int:
    """How many relatives there are at most: one a record, and one for all of a role that only one has."""
    codings = run.facts.concepts.codings
    found = set()
    for row in rows:
        role = role_of(codings[row.columns["relationship"]])
        found.add(role.sex if role.only else row.columns["resource"])
    return len(found)
