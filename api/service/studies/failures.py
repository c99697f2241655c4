"""What criteria are about (laboratory, medicines, diagnoses …), and how many people fail for each group.

The group of a criterion is read off its program: the kinds of facts that its statement selects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from api.service.studies.ways import Way
from api.store.tables import Patient, ProtocolVersion, StoredFinding, StoredVerdict
from eligibility.facts import Kind
from eligibility.program import AgeIs, AgeValue, Ask, Died, PersonIs, Program, Selection

PERSON, ANSWERS = "age, sex and person", "answers"
SEVERAL, OTHER, NOT_SAID = "several of these", "other", "not said"
_GROUPS: Mapping[str, frozenset[Kind]] = {
    "laboratory and measurements": frozenset({Kind.OBSERVATION, Kind.REPORT}),
    "medicines": frozenset({Kind.MEDICATION}),
    "diagnoses": frozenset({Kind.CONDITION, Kind.FAMILY_HISTORY}),
    "procedures and devices": frozenset(
        {Kind.PROCEDURE, Kind.ORDER, Kind.DEVICE, Kind.DEVICE_ORDER, Kind.IMMUNIZATION}
    ),
    "allergies": frozenset({Kind.ALLERGY}),
    PERSON: frozenset({Kind.DEMOGRAPHIC}),
    ANSWERS: frozenset({Kind.ANSWER, Kind.SURVEY}),
    "visits, cover and consent": frozenset({Kind.ENCOUNTER, Kind.CONTACT, Kind.COVERAGE, Kind.CONSENT}),
}
# A cohort that somebody is not in is no failure of theirs.
_NOT_REQUIRED = ("population", "cohort")
_GROUP_OF = {kind: name for name, kinds in _GROUPS.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Failures:
    """People who failed by what failed them; who failed for several things counts at each of them.

    `judged` are the patients with a verdict, by their newest one, `failed` those of them who failed.
    """

    judged: int
    failed: int
    by_group: tuple[tuple[str, int], ...]
    by_criterion: tuple[tuple[str, int], ...]


def groups_of(program: Program) -> dict[str, str]:
    """The group of each criterion, by its id."""
    return {one.id: _group(set(_subjects(one.statement))) for one in program.criteria}


def _group(found: set[str]) -> str:
    if not found:
        return OTHER
    return found.pop() if len(found) == 1 else SEVERAL


def _subjects(node: object) -> Iterator[str]:
    """Names of groups that a part of a program speaks of, as often as it does."""
    if isinstance(node, tuple):
        for part in node:
            yield from _subjects(part)
    elif isinstance(node, (AgeIs, AgeValue, PersonIs, Died)):
        yield PERSON
    elif isinstance(node, Ask):
        yield ANSWERS
    elif isinstance(node, Selection):
        # What a selection refers to says when or where, not what it is about.
        yield _GROUP_OF.get(node.kind, OTHER)
    elif is_dataclass(node):
        for field in fields(node):
            yield from _subjects(getattr(node, field.name))


def engine_failures(
    session: Session, protocol_id: str, groups: Mapping[str, str], sites: frozenset[str]
) -> Failures:
    """Who failed the engine's pre-screen, by the newest verdict of each patient."""
    newest = _newest(protocol_id, sites).subquery()
    of_verdict = select(newest.c.verdict, func.count()).where(newest.c.place == 1).group_by(newest.c.verdict)
    counted: dict[str | None, int] = dict(session.execute(of_verdict).all())
    failed = (
        select(StoredFinding.criterion, newest.c.patient_key)
        .join(newest, newest.c.key == StoredFinding.verdict_key)
        .where(
            newest.c.place == 1,
            newest.c.verdict == "fail",
            StoredFinding.outcome == "not met",
            StoredFinding.stage == "pre-screen",
            StoredFinding.polarity.not_in(_NOT_REQUIRED),
        )
        .subquery()
    )
    of_criterion = select(failed.c.criterion, func.count()).group_by(failed.c.criterion)
    by_criterion: dict[str, int] = dict(session.execute(of_criterion).all())
    named: dict[str, list[str]] = {}
    for criterion in by_criterion:
        named.setdefault(groups.get(criterion, OTHER), []).append(criterion)
    people = func.count(failed.c.patient_key.distinct())
    by_group = {
        group: session.scalar(select(people).where(failed.c.criterion.in_(criteria))) or 0
        for group, criteria in named.items()
    }
    return Failures(sum(counted.values()), counted.get("fail", 0), _ordered(by_group), _ordered(by_criterion))


def _newest(protocol_id: str, sites: frozenset[str]) -> Select[tuple[str, str, str | None, int]]:
    """Verdicts of a study with their place among those of the same patient, the newest being 1."""
    place = func.row_number().over(
        partition_by=StoredVerdict.patient_key,
        order_by=(StoredVerdict.judged_at.desc(), StoredVerdict.key.desc()),
    )
    return (
        select(StoredVerdict.key, StoredVerdict.patient_key, StoredVerdict.verdict, place.label("place"))
        .join(ProtocolVersion, ProtocolVersion.key == StoredVerdict.version_key)
        .join(Patient, Patient.key == StoredVerdict.patient_key)
        .where(ProtocolVersion.protocol_id == protocol_id, Patient.site_id.in_(sites))
    )


def candidate_failures(ways: Sequence[Way], groups: Mapping[str, str]) -> list[tuple[str, int]]:
    """Candidates who are out because a criterion is not met, by group; "not said" where nobody named one."""
    counted: Counter[str] = Counter()
    for way in ways:
        if way.is_out and way.last.reason in ("not met", "screen failure"):
            named = way.last.details.get("criteria") or ()
            counted.update({groups.get(str(one), OTHER) for one in named} or {NOT_SAID})
    return list(_ordered(counted))


def _ordered(counted: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))
