"""`eligibility diff`: which criteria an amendment changed, and whose outcome flips with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from api.authoring.rendering.reading import read_protocol
from api.errors import UserError
from api.findings import OUTCOMES, VERDICTS
from api.loading import Given, Question, compiled_program
from api.screening import run
from criteria_dsl.formatting.plain import PlainBlock, plain_blocks
from eligibility import program as ir
from eligibility.program import Amendment, Criterion, Program, ValueSetSource
from eligibility.reasons import Outcome, reasons_of
from fhir_adapters import Extract


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    MEANING = "meaning"
    WORDING = "wording"  # label or quoted words only: nobody's outcome can change
    HANDLING = "handling"  # priority, route or whom it is asked of: nobody's outcome can change


@dataclass(frozen=True, slots=True)
class CriterionChange:
    """One criterion that differs, with its statement in plain words before and after."""

    id: str
    label: str
    change: Change
    before: tuple[str, ...]
    after: tuple[str, ...]
    amended: tuple[str, ...] = ()  # what its new lines `changed by amendment …` say


@dataclass(frozen=True, slots=True)
class Flip:
    """A patient whose verdict differs, with the criteria whose outcome differs and why."""

    patient: str
    before: str
    after: str
    criteria: tuple[tuple[str, str, str], ...]  # id, "outcome (REASON)" before, and after


@dataclass(frozen=True, slots=True)
class Difference:
    old: Program
    new: Program
    changes: tuple[CriterionChange, ...]
    patients: int | None = None  # None: no input was given
    flips: tuple[Flip, ...] = ()


def given_to_each(old: Path, new: Path, given: Given) -> tuple[Given, Given]:
    """To each protocol the parameters that it declares. Raises UserError for one that neither does."""
    before, after = (
        {parameter.name for parameter in compiled_program(path).parameters} for path in (old, new)
    )
    for name in (*given.dates, *given.values):
        if name not in before | after:
            raise UserError("PARAMETER_UNKNOWN", "--param", f"neither protocol has a parameter `{name}`")
    return given.only(before), given.only(after)


def compare(old: Path, new: Path, given: tuple[Given, Given] | None = None) -> Difference:
    """What changed from one protocol to another, with the parameters given to each.

    Raises UserError where one does not compile.
    """
    values = (given[0].values, given[1].values) if given is not None else (None, None)
    before, after = read_protocol(old, values[0]), read_protocol(new, values[1])
    olds, news = _Side(before.program, before.criteria), _Side(after.program, after.criteria)
    return Difference(before.program, after.program, tuple(_changes(olds, news)))


def compare_texts(old: tuple[Program, str], new: tuple[Program, str]) -> Difference:
    """What changed from one text to another, each with the program that was compiled of it."""
    before, after = (_Side(program, plain_blocks(text)) for program, text in (old, new))
    return Difference(before.program, after.program, tuple(_changes(before, after)))


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two that are compared, with its criteria in plain words."""

    program: Program
    criteria: Mapping[str, PlainBlock]


def _changes(before: _Side, after: _Side) -> Iterator[CriterionChange]:
    olds = {criterion.id: criterion for criterion in before.program.criteria}
    news = {criterion.id: criterion for criterion in after.program.criteria}
    for name in dict.fromkeys((*olds, *news)):
        old, new = olds.get(name), news.get(name)
        change = _change(old, new, before.program, after.program)
        if change is not None:
            label = new.label if new is not None else old.label if old is not None else ""
            said = _said(before, name), _said(after, name)
            yield CriterionChange(name, label, change, *said, _new_changes(old, new))


def _change(old: Criterion | None, new: Criterion | None, before: Program, after: Program) -> Change | None:
    if old is None or new is None:
        return Change.ADDED if old is None else Change.REMOVED
    if _meaning(old, before) != _meaning(new, after):
        return Change.MEANING
    if (old.label, old.source) != (new.label, new.source):
        return Change.WORDING
    handled = (old.priority, old.route, old.responder) != (new.priority, new.route, new.responder)
    return Change.HANDLING if handled else None


def _new_changes(old: Criterion | None, new: Criterion | None) -> tuple[str, ...]:
    """What the newer text says that amendments changed in a criterion, where the older one does not."""
    known = old.changes if old is not None else ()
    later = new.changes if new is not None else ()
    return tuple(f"amendment {one.number}: {one.what}" for one in later if one not in known)


def _meaning(criterion: Criterion, program: Program) -> tuple[object, ...]:
    """Everything that can change an outcome: the statement, and what its value sets are made of."""
    asked = (criterion.statement, criterion.applies_to)
    names = sorted(set(_value_sets(asked)))
    days = set(_days(asked)) | set(_days(program.index))
    return (
        criterion.polarity,
        criterion.cohorts,
        criterion.stage,
        criterion.statement,
        criterion.applies_to,
        tuple((name, _made_of(name, program.value_sets)) for name in names),
        program.index,
        tuple((p.name, p.default) for p in program.parameters if p.name in days),
    )


def _days(node: object) -> Iterator[str]:
    """Names of the given days and periods in a node. Numbers and durations are part of it already."""
    if isinstance(node, ir.Given):
        yield node.name
    elif isinstance(node, tuple):
        for part in node:
            yield from _days(part)
    elif is_dataclass(node):
        for item in fields(node):
            yield from _days(getattr(node, item.name))


def _value_sets(node: object) -> Iterator[str]:
    """Keys of the value sets that a node names anywhere."""
    if isinstance(node, tuple):
        for part in node:
            yield from _value_sets(part)
    elif is_dataclass(node):
        for item in fields(node):
            value = getattr(node, item.name)
            if item.name == "value_set" and isinstance(value, str):
                yield value
            elif isinstance(value, tuple) or is_dataclass(value):
                yield from _value_sets(value)


def _made_of(name: str, sets: Mapping[str, ValueSetSource]) -> object:
    source = sets[name]
    parts = tuple(_made_of(one, sets) for one in (*source.union, "", *source.minus) if one)
    return source.codes, source.urls, parts, len(source.minus), source.names


def _said(side: _Side, name: str) -> tuple[str, ...]:
    block = side.criteria.get(name)
    return () if block is None else tuple(f"{'  ' * line.depth}{line.text}" for line in block.statement)


# --- on patients


def with_patients(difference: Difference, old: Question, new: Question, extract: Extract) -> Difference:
    """The same, with everybody of an extract whose verdict differs."""
    first, second = run(old, extract), run(new, extract)
    before, after = first.judgement.verdict, second.judgement.verdict
    findings = {f.criterion.id: f for f in first.judgement.findings}
    later = {f.criterion.id: f for f in second.judgement.findings}
    flips: list[Flip] = []
    for row in np.flatnonzero(before != after).tolist():
        changed = [
            (name, _outcome(findings.get(name), row), _outcome(later.get(name), row))
            for name in dict.fromkeys((*findings, *later))
        ]
        flips.append(
            Flip(
                extract.facts.patients[row],
                VERDICTS[int(before[row])],
                VERDICTS[int(after[row])],
                tuple(one for one in changed if one[1] != one[2]),
            )
        )
    flips.sort(key=lambda flip: flip.patient)
    return Difference(
        difference.old, difference.new, difference.changes, extract.facts.n_patients, tuple(flips)
    )


def _outcome(finding: Any, row: int) -> str:
    if finding is None:
        return "no such criterion"
    outcome = Outcome(int(finding.outcome[row]))
    return f"{OUTCOMES[outcome]} ({reasons_of(outcome, int(finding.causes[row]))[0]})"


# --- shown


def as_data(difference: Difference) -> dict[str, Any]:
    """The difference as plain data."""
    return {
        "old": {"id": difference.old.id, "version": difference.old.version},
        "new": {"id": difference.new.id, "version": difference.new.version},
        "amendments": [
            {"number": one.number, "date": one.date.isoformat(), "what": one.what}
            for one in _new_amendments(difference)
        ],
        "criteria": [
            {
                "id": one.id,
                "label": one.label,
                "change": one.change.value,
                "before": list(one.before),
                "after": list(one.after),
                "amended": list(one.amended),
            }
            for one in difference.changes
        ],
        "patients": difference.patients,
        "flips": [
            {
                "patient": flip.patient,
                "before": flip.before,
                "after": flip.after,
                "criteria": [{"id": name, "before": old, "after": new} for name, old, new in flip.criteria],
            }
            for flip in difference.flips
        ],
    }


def _new_amendments(difference: Difference) -> list[Amendment]:
    return [one for one in difference.new.amendments if one not in difference.old.amendments]


def print_difference(difference: Difference, most: int = 20) -> None:
    """Changed criteria, then how verdicts moved and the first patients of each move."""
    out = sys.stdout.write
    out(f"{difference.old.id} {difference.old.version} → {difference.new.id} {difference.new.version}\n")
    for amendment in _new_amendments(difference):
        out(f"amendment {amendment.number} of {amendment.date}: {amendment.what}\n")
    for one in difference.changes:
        both = one.change not in (Change.ADDED, Change.REMOVED)
        out(f"\n{one.id} {one.label}: {one.change.value}{' changed' if both else ''}\n")
        out("".join(f"  {line}\n" for line in one.amended))
        if one.change in (Change.WORDING, Change.HANDLING):
            continue
        if one.before == one.after:
            out("  the same words, through a definition, a term, a policy or a parameter\n")
            continue
        out("".join(f"  - {line}\n" for line in one.before))
        out("".join(f"  + {line}\n" for line in one.after))
    if not difference.changes:
        out("no criterion differs\n")
    if difference.patients is None:
        return
    out(f"\n{len(difference.flips)} of {difference.patients} patients have another verdict\n")
    for (before, after), flips in _by_move(difference.flips).items():
        out(f"  {before} → {after}: {len(flips)}\n")
        for flip in flips[:most]:
            why = "; ".join(f"{name}: {old} → {new}" for name, old, new in flip.criteria)
            out(f"    {flip.patient}  {why}\n")
        if len(flips) > most:
            out(f"    … and {len(flips) - most} more (--json lists all)\n")


def _by_move(flips: Sequence[Flip]) -> dict[tuple[str, str], list[Flip]]:
    moves: dict[tuple[str, str], list[Flip]] = {}
    for flip in flips:
        moves.setdefault((flip.before, flip.after), []).append(flip)
    return moves
