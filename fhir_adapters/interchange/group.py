"""A protocol as a FHIR R4 Group of people it asks for, and as the ResearchStudy that enrols them.

A Group's characteristics all hold together, each a code with a value. What has that shape is written so;
everything else is a characteristic in words that has to be true. Nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from eligibility.program import (
    AgeIs,
    All,
    Criterion,
    Exists,
    Given,
    Not,
    PersonIs,
    Pick,
    Picked,
    Polarity,
    Program,
    Rows,
    Selection,
    Statement,
    ValueIs,
)
from fhir_adapters.interchange.parts import Element, concept_of, is_listed, type_of, value_of
from fhir_adapters.interchange.wording import told

_LOINC = "http://loinc.org"
_AGE = {"coding": [{"system": _LOINC, "code": "30525-0", "display": "Age"}], "text": "Age"}
_SEX = {"coding": [{"system": _LOINC, "code": "46098-0", "display": "Sex"}], "text": "Sex"}
_YEARS = {"unit": "years", "system": "http://unitsofmeasure.org", "code": "a"}


def group(program: Program, words: Mapping[str, str], units: Mapping[str, str]) -> dict[str, Any]:
    """An R4 Group. `words` is each criterion in plain English, `units` the declared unit by value set."""
    found = [
        one
        for c in program.criteria
        if c.polarity is not Polarity.COHORT
        for one in _characteristics(program, c, words, units)
    ]
    found += _cohorts(program, words)
    return {
        "resourceType": "Group",
        "id": identity(program),
        "type": "person",
        "actual": False,
        "name": program.title or program.id,
        **({"characteristic": found} if found else {}),
    }


def research_study(program: Program, notes: Sequence[str] = ()) -> dict[str, Any]:
    """An R4 ResearchStudy whose enrolment is the Group. `notes`: what the names in words stand for."""
    return {
        "resourceType": "ResearchStudy",
        "id": identity(program),
        "identifier": [{"value": program.id}],
        "title": program.title,
        "status": "active",
        "note": [{"text": text} for text in (f"Protocol version {program.version}", *notes)],
        "enrollment": [{"reference": f"Group/{identity(program)}"}],
    }


def identity(program: Program) -> str:
    """A protocol's id and version as a FHIR id."""
    text = f"{program.id}-{program.version}"
    return "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in text)[:64]


def _characteristics(
    program: Program, criterion: Criterion, words: Mapping[str, str], units: Mapping[str, str]
) -> Iterator[Element]:
    exclude = criterion.polarity is Polarity.EXCLUDE
    if criterion.cohorts:
        said = f"for cohort {' or '.join(criterion.cohorts)}: {words[criterion.id]}"
        yield {"id": criterion.id, "code": {"text": said}, "valueBoolean": True, "exclude": exclude}
        return
    parts: tuple[Statement, ...] = (criterion.statement,)
    if isinstance(criterion.statement, All) and not exclude and criterion.applies_to is None:
        parts = criterion.statement.parts
    for part in parts:
        inner = part.part if isinstance(part, Not) else part
        turned = inner is not part
        if isinstance(inner, PersonIs) and inner.negated:
            inner, turned = replace(inner, negated=False), not turned
        coded = coded_form(program, inner, units) if criterion.applies_to is None else None
        if coded is None:
            inner, turned = part, False
            said = words[criterion.id] if len(parts) == 1 else told(part) or words[criterion.id]
            coded = {"code": {"text": said}, "valueBoolean": True}
        yield {
            "id": criterion.id if len(parts) == 1 else f"{criterion.id}.{parts.index(part) + 1}",
            **coded,
            "exclude": exclude != turned,
        }


def _cohorts(program: Program, words: Mapping[str, str]) -> list[Element]:
    """The cohorts as one characteristic in words: one of them is enough, which a Group cannot say."""
    cohorts = [c for c in program.criteria if c.polarity is Polarity.COHORT]
    if not cohorts:
        return []
    said = "; ".join(f"cohort {c.id}: {words[c.id]}" for c in cohorts)
    return [{"code": {"text": f"one of: {said}"}, "valueBoolean": True, "exclude": False}]


def coded_form(program: Program, statement: Statement, units: Mapping[str, str]) -> Element | None:
    """A statement as code and value where it has that shape and nothing else; None where it has not.

    The form can say neither a time nor a negation: a statement with one of them has no such shape.
    """
    match statement:
        case AgeIs(at=Given(name="index", shifts=()), low=low, high=high):
            ends = {"low": low, "high": high}
            return {
                "code": _AGE,
                "valueRange": {end: {"value": n, **_YEARS} for end, n in ends.items() if n is not None},
            }
        case PersonIs(column="sex", words=(word,), negated=False):
            system = "http://hl7.org/fhir/administrative-gender"
            return {"code": _SEX, "valueCodeableConcept": {"coding": [{"system": system, "code": word}]}}
        case Exists(rows=rows):
            selection = _plain(program, rows)
            if selection is None:
                return None
            concept = concept_of(program, selection.value_set, selection.term)
            return {"code": type_of(selection), "valueCodeableConcept": concept}
        case ValueIs(
            value=Picked(pick=Pick.MOST_RECENT, place=1, multiple_of=None, rows=rows), range=limits
        ) if limits.multiple_of is None:
            selection = _plain(program, rows)
            if selection is None:
                return None
            value = value_of(limits, units.get(selection.value_set, ""))
            code = concept_of(program, selection.value_set, selection.term)
            return {"code": code, **value} if value else None
    return None


def _plain(program: Program, rows: Rows) -> Selection | None:
    """The one selection of all records of its codes; None where more, less or the opposite is asked for."""
    if len(rows.selections) != 1:
        return None
    selection = rows.selections[0]
    bare = not (selection.tests or selection.excepts or selection.not_done)
    return selection if bare and is_listed(program, selection.value_set) else None
