"""What is missing to decide a case, as DataRequirement: types of records with their codes, or an answer.

A requirement is never narrower than what would settle the case: codes are named only where the names are all
there is to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.service.fhir.elements import Element, coding, extension
from eligibility.facts import Kind
from eligibility.judging.evidence import leaves_of
from eligibility.program import Ask, Program, Selection
from eligibility.program.selections import selections_of
from fhir_adapters.interchange.parts import codes_of

Told = dict[str, Any]
_MOST_CODES = 50
# The types of R4 that tell of a kind.
TYPES: Mapping[Kind, tuple[str, ...]] = {
    Kind.DEMOGRAPHIC: ("Patient",),
    Kind.CONDITION: ("Condition",),
    Kind.OBSERVATION: ("Observation",),
    Kind.MEDICATION: (
        "MedicationRequest",
        "MedicationStatement",
        "MedicationAdministration",
        "MedicationDispense",
    ),
    Kind.PROCEDURE: ("Procedure",),
    Kind.ENCOUNTER: ("Encounter",),
    Kind.ALLERGY: ("AllergyIntolerance",),
    Kind.IMMUNIZATION: ("Immunization",),
    Kind.ORDER: ("ServiceRequest",),
    Kind.DEVICE_ORDER: ("DeviceRequest",),
    Kind.REPORT: ("DiagnosticReport",),
    Kind.NOTE: ("DocumentReference", "DiagnosticReport", "Composition"),
    Kind.MENTION: ("DocumentReference", "DiagnosticReport", "Composition"),
    Kind.ANSWER: ("QuestionnaireResponse",),
    Kind.SURVEY: ("QuestionnaireResponse",),
    Kind.FAMILY_HISTORY: ("FamilyMemberHistory",),
    Kind.COVERAGE: ("Coverage",),
    Kind.CONSENT: ("Consent",),
    Kind.DEVICE: ("Device", "DeviceUseStatement"),
}
_CODED_AT = {
    "MedicationRequest": "medication",
    "MedicationStatement": "medication",
    "MedicationAdministration": "medication",
    "MedicationDispense": "medication",
    "Immunization": "vaccineCode",
    "DeviceRequest": "code",
    "Encounter": "type",
    **dict.fromkeys(
        ("Condition", "Observation", "Procedure", "AllergyIntolerance", "ServiceRequest", "DiagnosticReport"),
        "code",
    ),
}


def requirements(program: Program, questions: Sequence[Told]) -> list[Element]:
    """What has to be known, each with the question in words; without doubles."""
    found: list[Element] = []
    for one in questions:
        for told in _answer(one) if one["key"] is not None else _records(program, one):
            if told not in found:
                found.append(told)
    return found


def _answer(question: Told) -> Iterable[Element]:
    yield {
        "extension": [
            extension("asks", valueString=question["text"]),
            extension("question", valueString=question["key"]),
        ],
        "type": "QuestionnaireResponse",
    }


def _records(program: Program, question: Told) -> Iterable[Element]:
    asks = [extension("asks", valueString=question["text"])]
    leaves = [
        leaf
        for criterion in program.criteria
        if criterion.id in question["settles"]
        for leaf in leaves_of(criterion)
        if not isinstance(leaf, Ask)
    ]
    selections = list(dict.fromkeys(selections_of(tuple(leaves))))
    if not selections:
        yield {"extension": asks, "type": "Patient"}
    for one in selections:
        for type_name in TYPES.get(one.kind, ("Patient",)):
            yield {"extension": asks, "type": type_name, **_codes(program, one, type_name)}


def _codes(program: Program, selection: Selection, type_name: str) -> Element:
    """The filter by codes where they are few, all written out and meant without those below them."""
    path, name = _CODED_AT.get(type_name), selection.value_set
    if path is None or name not in program.value_sets:
        return {}
    codes = list(codes_of(program, name))
    if len(_urls(program, name)) or not codes or len(codes) > _MOST_CODES or any(c.below for c in codes):
        return {}
    listed = [{"system": one.system, "code": one.code} for one in codes]
    return {"codeFilter": [{"path": path, "code": listed}]}


def _urls(program: Program, value_set: str) -> list[str]:
    source = program.value_sets[value_set]
    own = [*source.urls, *(["every"] if source.every else [])]
    return own + [url for name in source.union for url in _urls(program, name)]


def needed_types(program: Program) -> set[str]:
    """The types of records that a program reads: those of its criteria, and whoever the patient is."""
    kinds = {one.kind for one in selections_of(program.criteria)}
    return {name for kind in {Kind.DEMOGRAPHIC, *kinds} for name in TYPES.get(kind, ())}


def reason(code: str) -> Element:
    """A reason code of the engine's closed list."""
    return {"coding": [coding("reason", code)]}
