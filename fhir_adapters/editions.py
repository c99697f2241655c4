"""Elements as other editions of FHIR name and shape them, brought to the names and shapes of R4.

Which edition a record follows is seen element by element: no name means one thing in one edition and
another in the next, save for a few that differ in shape, and the shape tells. So nobody has to say which
edition a file is of. What only one edition can say (a medication "not taken", an immunization "not
given") becomes the R4 status that says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fhir_adapters import records
from fhir_adapters.background_records import Consent, DeviceUseStatement
from fhir_adapters.batch import READ_ERRORS, problem_of
from fhir_adapters.record import ABSENT, Record
from fhir_adapters.rejects import Problem
from fhir_adapters.vocabulary import CodeableConcept

Restate = Callable[[Any, bytes], None]


class CodeableReference(Struct, gc=False):
    """A code or a record, since R5."""

    concept: Raw = ABSENT
    reference: Raw = ABSENT


class Reason(Struct, gc=False):
    """Of an Encounter: CodeableReferences under `value` since R5, a CodeableConcept before R4."""

    value: list[CodeableReference] | None = None


class Place(Struct, gc=False):
    location: Raw = ABSENT
    form: Raw = ABSENT


class Adherence(Struct, gc=False):
    code: CodeableConcept | None = None


class Explanation(Struct, gc=False):
    reason: Raw = ABSENT


_one = msgspec.json.Decoder(CodeableReference).decode
_many = msgspec.json.Decoder(list[CodeableReference]).decode
_raws = msgspec.json.Decoder(list[Raw]).decode
_reason = msgspec.json.Decoder(Reason).decode
_places = msgspec.json.Decoder(list[Place]).decode
_adherence = msgspec.json.Decoder(Adherence).decode
_explanation = msgspec.json.Decoder(Explanation).decode
_concept = msgspec.json.Decoder(CodeableConcept).decode
_text = msgspec.json.Decoder(str).decode
_flag = msgspec.json.Decoder(bool).decode

# How somebody takes a drug (R5 medication-statement-adherence) as a status of R4.
_TAKEN = {
    "taking": "active",
    "taking-as-directed": "active",
    "taking-not-as-directed": "active",
    "not-taking": "not-taken",
    "on-hold": "on-hold",
    "on-hold-as-directed": "on-hold",
    "on-hold-not-as-directed": "on-hold",
    "stopped": "stopped",
    "stopped-as-directed": "stopped",
    "stopped-not-as-directed": "stopped",
}
# STU3 MedicationStatement.taken; `y` leaves the status as it is.
_WAS_TAKEN = {"n": "not-taken", "unk": "unknown", "na": "unknown"}


def _renamed(element: str) -> Restate:
    """The same content under another name."""

    def restate(row: Any, raw: bytes) -> None:
        if not bytes(getattr(row, element)):
            setattr(row, element, Raw(raw))

    return restate


def _dated(element: str) -> Restate:
    """A dateTime under another name."""

    def restate(row: Any, raw: bytes) -> None:
        setattr(row, element, getattr(row, element) or _text(raw))

    return restate


def _medication(row: Any, raw: bytes) -> None:
    held = _one(raw)
    row.medicationCodeableConcept = held.concept
    row.medicationReference = held.reference


def _device_code(row: Any, raw: bytes) -> None:
    row.codeCodeableConcept = _one(raw).concept


def _reasons(row: Any, raw: bytes) -> None:
    _set_reasons(row, _many(raw) if raw[:1] == b"[" else [_one(raw)])


def _set_reasons(row: Any, held: Sequence[CodeableReference]) -> None:
    codes = [bytes(one.concept) for one in held if bytes(one.concept)]
    references = [bytes(one.reference) for one in held if bytes(one.reference)]
    if codes:
        row.reasonCode = _listed(codes)
    if references and hasattr(row, "reasonReference"):
        row.reasonReference = _listed(references)


def _listed(parts: Sequence[bytes]) -> Raw:
    return Raw(b"[" + b",".join(parts) + b"]")


def _only_subject(row: Any, raw: bytes) -> None:
    """Since R5 a list; of several nobody is the one whose record it is."""
    if raw[:1] == b"[":
        held = _raws(raw)
        row.subject = held[0] if len(held) == 1 else ABSENT


def _encounter_reasons(row: Any, raw: bytes) -> None:
    held: list[CodeableReference] = []
    for one in _raws(raw):
        value = _reason(one).value
        held += [CodeableReference(concept=one)] if value is None else value
    _set_reasons(row, held)
    row.reason = ABSENT


def _encounter_period(row: Any, raw: bytes) -> None:
    """Since R5 the kind of a place has another name, too."""
    row.period = Raw(raw)
    places = bytes(row.location)
    if b'"form"' not in places:
        return
    found = []
    for held in _places(places):
        parts = (("location", held.location), ("physicalType", held.form))
        said = [f'"{name}":'.encode() + bytes(part) for name, part in parts if bytes(part)]
        found.append(b"{" + b",".join(said) + b"}")
    row.location = _listed(found)


def _one_stage(row: Any, raw: bytes) -> None:
    if raw[:1] == b"{":
        row.stage = _listed([raw])


def _intent(row: Any) -> None:
    """A code, before R4 a CodeableConcept."""
    if isinstance(row.intent, records.Coded):
        row.intent = next((held.code for held in row.intent.coding if held.code), "")


def _allergy_type(row: Any, raw: bytes) -> None:
    if raw[:1] == b"{":
        codes = [coding.code for coding in _concept(raw).coding if coding.code]
        row.type = Raw(msgspec.json.encode(codes[0])) if codes else ABSENT


def _not_done(row: Any, raw: bytes) -> None:
    if _flag(raw) and row.status != "entered-in-error":
        row.status = "not-done"


def _not_dispensed(row: Any, raw: bytes) -> None:
    if _flag(raw) and row.status != "entered-in-error":
        row.status = "declined"


def _adheres(row: Any, raw: bytes) -> None:
    code = _adherence(raw).code
    codes = [coding.code for coding in code.coding if coding.code] if code is not None else []
    if row.status == "recorded":
        row.status = _TAKEN.get(codes[0], "unknown") if codes else row.status


def _taken(row: Any, raw: bytes) -> None:
    if row.status not in ("entered-in-error", "intended"):
        row.status = _WAS_TAKEN.get(_text(raw), row.status)


def _explained(row: Any, raw: bytes) -> None:
    reason = _explanation(raw).reason
    if bytes(reason):
        row.reasonCode = reason


# Type -> element of another edition, or one whose shape tells -> how to restate it.
_OF_TYPE: Mapping[type[Record], Mapping[str, Restate]] = {
    records.Condition: {"stage": _one_stage},
    records.Encounter: {
        "actualPeriod": _encounter_period,
        "admission": _renamed("hospitalization"),
        "reason": _encounter_reasons,
    },
    records.Procedure: {
        "occurrenceDateTime": _dated("performedDateTime"),
        "occurrencePeriod": _renamed("performedPeriod"),
        "occurrenceAge": _renamed("performedAge"),
        "occurrenceRange": _renamed("performedRange"),
        "reason": _reasons,
        "notDone": _not_done,
    },
    records.AllergyIntolerance: {"type": _allergy_type},
    records.Immunization: {"reason": _reasons, "notGiven": _not_done, "explanation": _explained},
    records.ServiceRequest: {"reason": _reasons},
    records.DeviceRequest: {"code": _device_code, "reason": _reasons},
    records.DiagnosticReport: {"codedDiagnosis": _renamed("conclusionCode")},
    records.Composition: {"subject": _only_subject},
    records.DocumentReference: {"indexed": _dated("date")},
    records.MedicationRequest: {"medication": _medication, "reason": _reasons},
    records.MedicationStatement: {
        "medication": _medication,
        "reason": _reasons,
        "adherence": _adheres,
        "taken": _taken,
        "encounter": _renamed("context"),
    },
    records.MedicationAdministration: {
        "medication": _medication,
        "reason": _reasons,
        "occurenceDateTime": _dated("effectiveDateTime"),
        "occurencePeriod": _renamed("effectivePeriod"),
        "notGiven": _not_done,
        "encounter": _renamed("context"),
    },
    records.MedicationDispense: {
        "medication": _medication,
        "encounter": _renamed("context"),
        "notDone": _not_dispensed,
    },
    Consent: {"subject": _renamed("patient"), "regulatoryBasis": _renamed("policyRule")},
    DeviceUseStatement: {
        "whenUsed": _renamed("timingPeriod"),
        "indication": _renamed("reasonCode"),
    },
}


class _Probe:
    """Finds the records of one type that hold an element of another edition."""

    def __init__(self, elements: Mapping[str, Restate]) -> None:
        self.elements = elements
        names = tuple(elements)
        # A getter of one name answers no tuple, so a second one keeps it company.
        self.fetch = attrgetter(*names, names[0])
        self.blank = (ABSENT,) * (len(names) + 1)


_PROBES = {record: _Probe(elements) for record, elements in _OF_TYPE.items()}


def restated_elements(record: Any) -> frozenset[str]:
    """Elements of a type that may have to be restated."""
    return frozenset(_OF_TYPE.get(record, ()))


def restate(rows: Sequence[Any]) -> dict[int, Problem]:
    """Change records of one type to what R4 would have written; answers those that cannot be read."""
    probe = _PROBES.get(type(rows[0]))
    problems: dict[int, Problem] = {}
    if type(rows[0]) is records.DeviceRequest:
        for row in rows:
            _intent(row)
    if probe is None:
        return problems
    fetched = list(map(probe.fetch, rows))
    if fetched.count(probe.blank) == len(fetched):
        return problems
    for i, held in enumerate(fetched):
        if held == probe.blank:
            continue
        for (name, change), raw in zip(probe.elements.items(), map(bytes, held), strict=False):
            if not raw or raw == b"null":
                continue
            try:
                change(rows[i], raw)
            except READ_ERRORS as problem:
                problems[i] = problem_of(problem, name)
    return problems
