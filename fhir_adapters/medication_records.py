"""Drugs ordered, stated, given and dispensed, and what they are; decoded as in `records`."""

from __future__ import annotations

from msgspec import Raw

from fhir_adapters.record import ABSENT, Record

# ruff: noqa: N815  (element names are FHIR's)


class MedicationRequest(Record, tag=True):
    status: str = ""
    statusReason: Raw = ABSENT
    intent: str = ""
    category: Raw = ABSENT
    doNotPerform: bool = False
    reportedBoolean: Raw = ABSENT
    reportedReference: Raw = ABSENT
    reported: Raw = ABSENT  # since R5
    medicationCodeableConcept: Raw = ABSENT
    medicationReference: Raw = ABSENT
    subject: Raw = ABSENT
    encounter: Raw = ABSENT
    context: Raw = ABSENT
    authoredOn: str = ""
    reasonCode: Raw = ABSENT
    reasonReference: Raw = ABSENT
    dosageInstruction: Raw = ABSENT
    dispenseRequest: Raw = ABSENT
    medication: Raw = ABSENT  # both kinds of medication and of reason, since R5
    reason: Raw = ABSENT


class MedicationStatement(Record, tag=True):
    status: str = ""
    category: Raw = ABSENT
    medicationCodeableConcept: Raw = ABSENT
    medicationReference: Raw = ABSENT
    subject: Raw = ABSENT
    context: Raw = ABSENT
    effectiveDateTime: str = ""
    effectivePeriod: Raw = ABSENT
    dateAsserted: str = ""
    reasonCode: Raw = ABSENT
    reasonReference: Raw = ABSENT
    dosage: Raw = ABSENT
    taken: Raw = ABSENT  # status, before R4
    medication: Raw = ABSENT  # since R5, with the three below
    reason: Raw = ABSENT
    encounter: Raw = ABSENT
    adherence: Raw = ABSENT


class MedicationAdministration(Record, tag=True):
    status: str = ""
    category: Raw = ABSENT
    medicationCodeableConcept: Raw = ABSENT
    medicationReference: Raw = ABSENT
    subject: Raw = ABSENT
    context: Raw = ABSENT
    effectiveDateTime: str = ""
    effectivePeriod: Raw = ABSENT
    reasonCode: Raw = ABSENT
    reasonReference: Raw = ABSENT
    dosage: Raw = ABSENT
    notGiven: Raw = ABSENT  # status, before R4
    medication: Raw = ABSENT  # since R5, with those below; FHIR spells them so
    reason: Raw = ABSENT
    encounter: Raw = ABSENT
    occurenceDateTime: Raw = ABSENT
    occurencePeriod: Raw = ABSENT


class MedicationDispense(Record, tag=True):
    status: str = ""
    category: Raw = ABSENT
    medicationCodeableConcept: Raw = ABSENT
    medicationReference: Raw = ABSENT
    subject: Raw = ABSENT
    context: Raw = ABSENT
    whenPrepared: str = ""
    whenHandedOver: str = ""
    quantity: Raw = ABSENT
    daysSupply: Raw = ABSENT
    dosageInstruction: Raw = ABSENT
    notDone: Raw = ABSENT  # status, before R4
    medication: Raw = ABSENT  # since R5
    encounter: Raw = ABSENT


class Medication(Record, tag=True):
    """Not a fact of its own: what `medicationReference` points to."""

    code: Raw = ABSENT
    ingredient: Raw = ABSENT
