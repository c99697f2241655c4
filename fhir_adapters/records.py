"""FHIR resources as the fast path decodes them: only the elements that become facts.

Names are those of R4; elements of other editions stand beside them and are restated by `editions`.

Elements whose bytes repeat from record to record (codes, categories, references, units) stay `Raw`
and are looked up by their bytes; plain strings are decoded. A field left at `ABSENT` was not in the
record. Unread elements are skipped by the decoder, which still checks their syntax.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Raw, Struct

from fhir_adapters.background_records import BACKGROUND
from fhir_adapters.medication_records import Medication as Medication
from fhir_adapters.medication_records import MedicationAdministration as MedicationAdministration
from fhir_adapters.medication_records import MedicationDispense as MedicationDispense
from fhir_adapters.medication_records import MedicationRequest as MedicationRequest
from fhir_adapters.medication_records import MedicationStatement as MedicationStatement
from fhir_adapters.record import ABSENT as ABSENT
from fhir_adapters.record import NO_META as NO_META
from fhir_adapters.record import Meta as Meta
from fhir_adapters.record import Record as Record
from fhir_adapters.resource_types import IGNORED_TYPES


class Quantity(Struct, gc=False):
    value: float | None = None
    comparator: str = ""
    unit: str = ""
    system: str = ""
    code: str = ""


class Period(Struct, gc=False):
    start: str = ""
    end: str = ""


_OTHER_VALUES = (
    "valueCodeableConcept", "valueString", "valueBoolean", "valueInteger", "valueDecimal", "valueRange",
    "valueRatio", "valueTime", "valueDateTime", "valuePeriod", "valueSampledData", "dataAbsentReason",
)  # fmt: skip
# Struct name -> element -> those that FHIR allows only where it is absent; looked for only there.
ALTERNATIVES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Observation": {
        "valueQuantity": _OTHER_VALUES,
        "effectiveDateTime": ("effectivePeriod", "effectiveInstant"),
    },
    "Component": {"valueQuantity": _OTHER_VALUES},
    "Condition": {
        "onsetDateTime": ("onsetPeriod", "onsetAge", "onsetRange"),
        "abatementDateTime": (
            "abatementPeriod", "abatementAge", "abatementRange", "abatementString", "abatementBoolean",
        ),
    },
    "Procedure": {"performedDateTime": ("performedPeriod", "performedAge", "performedRange")},
    "DiagnosticReport": {"effectiveDateTime": ("effectivePeriod",)},
}  # fmt: skip


class Ignored(Struct, gc=False, tag_field="resourceType"):
    """A resource of a type that becomes no fact."""


class Nested(Record, tag="Bundle"):
    """A bundle inside an NDJSON line or inside an entry of another bundle."""

    entry: Raw = ABSENT


# ruff: noqa: N815
class Patient(Record, tag=True):
    identifier: Raw = ABSENT
    extension: Raw = ABSENT
    gender: str = ""
    birthDate: str = ""
    deceasedBoolean: bool = False
    deceasedDateTime: str = ""
    address: Raw = ABSENT
    communication: Raw = ABSENT
    link: Raw = ABSENT


class Observation(Record, tag=True):
    status: str = ""
    category: Raw = ABSENT
    code: Raw = ABSENT
    subject: Raw = ABSENT
    encounter: Raw = ABSENT
    effectiveDateTime: str = ""
    issued: str = ""
    valueQuantity: Raw = ABSENT
    valueCodeableConcept: Raw = ABSENT
    component: Raw = ABSENT
    context: Raw = ABSENT  # the encounter, in files older than R4
    effectivePeriod: Raw = ABSENT
    effectiveInstant: Raw = ABSENT
    valueString: Raw = ABSENT
    valueBoolean: Raw = ABSENT
    valueInteger: Raw = ABSENT
    valueDecimal: Raw = ABSENT  # not R4; some senders write it
    valueRange: Raw = ABSENT
    valueRatio: Raw = ABSENT
    valueTime: Raw = ABSENT
    valueDateTime: Raw = ABSENT
    valuePeriod: Raw = ABSENT
    valueSampledData: Raw = ABSENT
    dataAbsentReason: Raw = ABSENT
    interpretation: Raw = ABSENT
    referenceRange: Raw = ABSENT
    bodySite: Raw = ABSENT
    method: Raw = ABSENT
    extension: Raw = ABSENT  # why it was not done


class Condition(Record, tag=True):
    clinicalStatus: Raw = ABSENT
    verificationStatus: Raw = ABSENT
    category: Raw = ABSENT
    severity: Raw = ABSENT
    code: Raw = ABSENT
    subject: Raw = ABSENT
    encounter: Raw = ABSENT
    context: Raw = ABSENT
    onsetDateTime: str = ""
    onsetPeriod: Raw = ABSENT
    onsetAge: Raw = ABSENT
    onsetRange: Raw = ABSENT
    abatementDateTime: str = ""
    abatementPeriod: Raw = ABSENT
    abatementAge: Raw = ABSENT
    abatementRange: Raw = ABSENT
    abatementString: Raw = ABSENT
    abatementBoolean: Raw = ABSENT
    recordedDate: str = ""
    assertedDate: str = ""  # recordedDate, in files older than R4
    bodySite: Raw = ABSENT
    stage: Raw = ABSENT


class Encounter(Record, tag=True):
    status: str = ""
    class_: Raw = msgspec.field(default=ABSENT, name="class")
    type: Raw = ABSENT
    serviceType: Raw = ABSENT
    subject: Raw = ABSENT
    period: Raw = ABSENT
    reasonCode: Raw = ABSENT
    reason: Raw = ABSENT  # reasonCode, in files older than R4; both kinds of reason, since R5
    reasonReference: Raw = ABSENT
    diagnosis: Raw = ABSENT
    hospitalization: Raw = ABSENT
    partOf: Raw = ABSENT
    location: Raw = ABSENT
    actualPeriod: Raw = ABSENT  # period, since R5
    admission: Raw = ABSENT  # hospitalization, since R5


class Procedure(Record, tag=True):
    status: str = ""
    statusReason: Raw = ABSENT
    category: Raw = ABSENT
    code: Raw = ABSENT
    subject: Raw = ABSENT
    encounter: Raw = ABSENT
    context: Raw = ABSENT
    performedDateTime: str = ""
    performedPeriod: Raw = ABSENT
    performedAge: Raw = ABSENT
    performedRange: Raw = ABSENT
    reasonCode: Raw = ABSENT
    reasonReference: Raw = ABSENT
    bodySite: Raw = ABSENT
    outcome: Raw = ABSENT
    partOf: Raw = ABSENT
    notDone: Raw = ABSENT  # status, before R4
    occurrenceDateTime: Raw = ABSENT  # performed[x] and both kinds of reason, since R5
    occurrencePeriod: Raw = ABSENT
    occurrenceAge: Raw = ABSENT
    occurrenceRange: Raw = ABSENT
    reason: Raw = ABSENT


class AllergyIntolerance(Record, tag=True):
    clinicalStatus: Raw = ABSENT
    verificationStatus: Raw = ABSENT
    type: Raw = ABSENT
    category: Raw = ABSENT
    criticality: str = ""
    code: Raw = ABSENT
    patient: Raw = ABSENT
    encounter: Raw = ABSENT
    onsetDateTime: str = ""
    onsetPeriod: Raw = ABSENT
    onsetAge: Raw = ABSENT
    onsetRange: Raw = ABSENT
    recordedDate: str = ""
    assertedDate: str = ""
    reaction: Raw = ABSENT


class Immunization(Record, tag=True):
    status: str = ""
    statusReason: Raw = ABSENT
    vaccineCode: Raw = ABSENT
    patient: Raw = ABSENT
    encounter: Raw = ABSENT
    occurrenceDateTime: str = ""
    date: str = ""  # occurrenceDateTime, in files older than R4
    recorded: str = ""
    reasonCode: Raw = ABSENT
    route: Raw = ABSENT
    notGiven: Raw = ABSENT  # status, before R4
    explanation: Raw = ABSENT  # reasonCode, before R4
    reason: Raw = ABSENT  # reasonCode, since R5


class ServiceRequest(Record, tag=True):
    status: str = ""
    intent: str = ""
    category: Raw = ABSENT
    doNotPerform: bool = False
    code: Raw = ABSENT
    subject: Raw = ABSENT
    encounter: Raw = ABSENT
    authoredOn: str = ""
    reasonCode: Raw = ABSENT
    bodySite: Raw = ABSENT
    extension: Raw = ABSENT
    reason: Raw = ABSENT  # reasonCode, since R5


class ProcedureRequest(ServiceRequest, tag=True):
    """ServiceRequest, before R4."""

    context: Raw = ABSENT


class Code(Struct, gc=False):
    code: str = ""


class Coded(Struct, gc=False):
    """What was a CodeableConcept before R4 and is a code since."""

    coding: list[Code] = []


class DeviceRequest(Record, tag=True):
    status: str = ""
    intent: str | Coded = ""
    code: Raw = ABSENT  # since R5
    reason: Raw = ABSENT
    context: Raw = ABSENT  # the encounter, before R4
    codeCodeableConcept: Raw = ABSENT
    subject: Raw = ABSENT
    encounter: Raw = ABSENT
    authoredOn: str = ""
    reasonCode: Raw = ABSENT
    extension: Raw = ABSENT


class DiagnosticReport(Record, tag=True):
    status: str = ""
    category: Raw = ABSENT
    code: Raw = ABSENT
    subject: Raw = ABSENT
    encounter: Raw = ABSENT
    context: Raw = ABSENT
    effectiveDateTime: str = ""
    effectivePeriod: Raw = ABSENT
    issued: str = ""
    conclusionCode: Raw = ABSENT
    codedDiagnosis: Raw = ABSENT  # conclusionCode, before R4
    presentedForm: Raw = ABSENT


class DocumentReference(Record, tag=True):
    status: str = ""
    docStatus: str = ""
    type: Raw = ABSENT
    category: Raw = ABSENT
    subject: Raw = ABSENT
    date: str = ""
    indexed: Raw = ABSENT  # date, before R4
    content: Raw = ABSENT
    context: Raw = ABSENT


class Composition(Record, tag=True):
    status: str = ""
    type: Raw = ABSENT
    category: Raw = ABSENT
    subject: Raw = ABSENT
    encounter: Raw = ABSENT
    date: str = ""
    section: Raw = ABSENT


class Binary(Record, tag=True):
    """What other records name as their content; no patient's by itself."""

    contentType: str = ""
    data: Raw = ABSENT
    content: Raw = ABSENT  # data, before R4


# Elements of other editions that `editions` has restated before anybody reads a column.
RESTATED = frozenset(
    {
        "actualPeriod", "admission", "notDone", "occurrenceDateTime", "occurrencePeriod", "occurrenceAge",
        "occurrenceRange", "notGiven", "explanation", "codedDiagnosis", "indexed", "medication", "taken",
        "adherence", "occurenceDateTime", "occurencePeriod",
    }
)  # fmt: skip

READ_TYPES: tuple[type[Record], ...] = (
    Patient,
    Observation,
    Condition,
    Encounter,
    Procedure,
    AllergyIntolerance,
    Immunization,
    ServiceRequest,
    ProcedureRequest,
    DeviceRequest,
    DiagnosticReport,
    DocumentReference,
    Composition,
    MedicationRequest,
    MedicationStatement,
    MedicationAdministration,
    MedicationDispense,
    Medication,
    Binary,
    *BACKGROUND,
    Nested,
)

READ_NAMES = {t.__struct_config__.tag: t for t in READ_TYPES}

_ignored = tuple(msgspec.defstruct(name, [], bases=(Ignored,), tag=name, gc=False) for name in IGNORED_TYPES)


def _any_resource() -> Any:
    """The union of all resource types, told apart by `resourceType`."""
    from typing import Union

    return Union[(*READ_TYPES, *_ignored)]


AnyResource: Any = _any_resource()
