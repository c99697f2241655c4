"""A protocol as a FHIR R5 EvidenceVariable: lists keep their shape, the rest is coded or said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eligibility.program import All, AnyOf, Criterion, Not, NumberOf, PersonIs, Polarity, Program, Statement
from fhir_adapters.interchange.group import coded_form, identity
from fhir_adapters.interchange.parts import Element
from fhir_adapters.interchange.wording import told


def evidence_variable(
    program: Program, words: Mapping[str, str], units: Mapping[str, str], notes: Sequence[str] = ()
) -> dict[str, Any]:
    """An R5 EvidenceVariable.

    `words`: criteria in plain English; `units`: the declared unit by value set; `notes`: what names mean.
    """
    criteria = [c for c in program.criteria if c.polarity is not Polarity.POPULATION]
    shared = [c for c in criteria if c.polarity is not Polarity.COHORT and not c.cohorts]
    cohorts = [
        _all_of([_criterion(program, c, words, units) for c in criteria if cohort.id in (c.id, *c.cohorts)])
        for cohort in criteria
        if cohort.polarity is Polarity.COHORT
    ]
    found = [_criterion(program, c, words, units) for c in shared]
    if cohorts:
        found.append({"definitionByCombination": {"code": "any-of", "characteristic": cohorts}})
    return {
        "resourceType": "EvidenceVariable",
        "id": identity(program),
        "version": program.version,
        "name": "".join(c if c.isalnum() else "_" for c in program.id),
        "title": program.title,
        "status": "active",
        **({"note": [{"text": text} for text in notes]} if notes else {}),
        "characteristic": [_all_of(found)],
    }


def _all_of(characteristics: list[Element]) -> Element:
    return {"definitionByCombination": {"code": "all-of", "characteristic": characteristics}}


def _criterion(
    program: Program, criterion: Criterion, words: Mapping[str, str], units: Mapping[str, str]
) -> Element:
    exclude = criterion.polarity is Polarity.EXCLUDE
    if criterion.applies_to is not None:
        found: Element = {
            "definitionExpression": {"language": "text/plain", "expression": words[criterion.id]}
        }
    else:
        found = _statement(program, criterion.statement, words[criterion.id], units)
    turned = bool(found.pop("exclude", False))
    return {
        "linkId": criterion.id,
        "description": criterion.label,
        **({"exclude": True} if exclude != turned else {}),
        **found,
    }


def _statement(program: Program, statement: Statement, words: str, units: Mapping[str, str]) -> Element:
    def parts(of: tuple[Statement, ...]) -> list[Element]:
        return [_statement(program, one, told(one) or words, units) for one in of]

    match statement:
        case Not(part=part) if _has_form(program, part, units):
            found = _statement(program, part, words, units)
            return {**found, "exclude": not found.get("exclude", False)}
        case PersonIs(negated=True) as person:
            found = _statement(program, replace(person, negated=False), words, units)
            if "definitionByTypeAndValue" in found:
                return {**found, "exclude": True}
        case All(parts=of):
            return {"definitionByCombination": {"code": "all-of", "characteristic": parts(of)}}
        case AnyOf(parts=of):
            return {"definitionByCombination": {"code": "any-of", "characteristic": parts(of)}}
        case NumberOf(parts=of, least=int(least), most=None):
            combined = {"code": "at-least", "threshold": least, "characteristic": parts(of)}
            return {"definitionByCombination": combined}
        case NumberOf(parts=of, least=None, most=int(most)):
            return {
                "definitionByCombination": {"code": "at-most", "threshold": most, "characteristic": parts(of)}
            }
    coded = coded_form(program, statement, units)
    if coded is None:
        return {"definitionExpression": {"language": "text/plain", "expression": words}}
    return {"definitionByTypeAndValue": {"type": coded.pop("code"), **coded}}


def _has_form(program: Program, statement: Statement, units: Mapping[str, str]) -> bool:
    """Whether a statement is more than words, so that its opposite can be marked as excluded.

    Words say the opposite themselves ("no stroke starting within 90 days").
    """
    match statement:
        case Not(part=part):
            return _has_form(program, part, units)
        case All() | AnyOf() | NumberOf(most=None) | NumberOf(least=None):
            return True
    return coded_form(program, statement, units) is not None
