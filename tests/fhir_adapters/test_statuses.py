"""Every code of every status value set of R4 is in the table, and counts as the table says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from eligibility.facts import Kind, Standing
from fhir_adapters import read_bundle
from fhir_adapters.statuses import INTENT, STATUS, VERIFICATION
from tests.fhir_adapters.records import bundle, coded, condition, order

# http://hl7.org/fhir/R4/valueset-<name>.html
VALUE_SETS: Mapping[str, str] = {
    "Observation": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "DiagnosticReport": "registered partial preliminary final amended corrected appended cancelled"
    " entered-in-error unknown",
    "DocumentReference": "current superseded entered-in-error",
    "Composition": "preliminary final amended entered-in-error",
    "Encounter": "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    "Procedure": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
    "Immunization": "completed entered-in-error not-done",
    "ServiceRequest": "draft active on-hold revoked completed entered-in-error unknown",
    "DeviceRequest": "draft active on-hold revoked completed entered-in-error unknown",
    "MedicationRequest": "active on-hold cancelled completed entered-in-error stopped draft unknown",
    "MedicationStatement": "active completed entered-in-error intended stopped on-hold unknown not-taken",
    "MedicationAdministration": "in-progress not-done on-hold completed entered-in-error stopped unknown",
    "MedicationDispense": "preparation in-progress cancelled on-hold completed entered-in-error stopped"
    " declined unknown",
    # http://hl7.org/fhir/STU3/valueset-request-status.html
    "ProcedureRequest": "draft active suspended completed entered-in-error cancelled unknown",
    "FamilyMemberHistory": "partial completed entered-in-error health-unknown",
    "QuestionnaireResponse": "in-progress completed amended entered-in-error stopped",
    "Coverage": "active cancelled draft entered-in-error",
    "Consent": "draft proposed active rejected inactive entered-in-error",
    "Device": "active inactive entered-in-error unknown",
    "DeviceUseStatement": "active completed entered-in-error intended stopped on-hold",
    # http://hl7.org/fhir/R5/valueset-deviceusage-status.html
    "DeviceUsage": "active completed not-done entered-in-error intended stopped on-hold",
}


@pytest.mark.parametrize("name", STATUS)
def test_every_status_has_a_standing(name: str) -> None:
    assert set(VALUE_SETS[name].split()) <= set(STATUS[name])
    assert STATUS[name]["entered-in-error"] is Standing.DOES_NOT_COUNT


def test_every_verification_and_intent_has_a_standing() -> None:
    given = "unconfirmed provisional differential confirmed refuted entered-in-error"
    assert set(given.split()) <= set(VERIFICATION)
    intents = "proposal plan directive order original-order reflex-order filler-order instance-order option"
    assert set(intents.split()) <= set(INTENT)


@pytest.mark.parametrize("status", STATUS["MedicationRequest"])
@pytest.mark.parametrize("intent", INTENT)
def test_the_worse_of_status_and_intent_stands(status: str, intent: str) -> None:
    facts = read_bundle(bundle(order(status=status, intent=intent))).facts
    standing = facts.blocks[Kind.MEDICATION].column("standing")[0]
    # Perhaps a drug's plan is what the patient reports to take.
    own = Standing.UNCONFIRMED if intent == "plan" else INTENT[intent]
    assert standing == max(STATUS["MedicationRequest"][status], own)


WHO = {"reference": "Practitioner/1"}


@pytest.mark.parametrize(
    ("intent", "reported", "expected"),
    [
        ("plan", {"reportedBoolean": True}, Standing.COUNTS),
        ("plan", {"reportedReference": WHO}, Standing.COUNTS),
        ("plan", {"reported": True}, Standing.COUNTS),
        ("plan", {"reportedBoolean": False}, Standing.UNCONFIRMED),
        ("proposal", {"reportedBoolean": True}, Standing.UNCONFIRMED),
        ("option", {"reportedReference": WHO}, Standing.UNCONFIRMED),
        ("proposal", {"reportedBoolean": False}, Standing.DOES_NOT_COUNT),
        ("directive", {"reportedBoolean": True}, Standing.UNCONFIRMED),
        ("order", {"reportedBoolean": True}, Standing.COUNTS),
    ],
)
def test_what_is_reported_to_be_taken_is_no_mere_plan(
    intent: str, reported: dict[str, Any], expected: Standing
) -> None:
    for other in ([], [order("m0", intent="order")], [order("m0", intent="plan")]):
        facts = read_bundle(bundle(*other, order(intent=intent, **reported))).facts
        assert facts.blocks[Kind.MEDICATION].column("standing")[-1] == expected
    draft = read_bundle(bundle(order(intent=intent, status="draft", **reported))).facts
    assert draft.blocks[Kind.MEDICATION].column("standing")[0] == Standing.DOES_NOT_COUNT


def test_the_plan_of_a_procedure_is_no_order() -> None:
    record = {"resourceType": "ServiceRequest", "id": "s1", "status": "active", "intent": "plan",
              "code": coded("1", "http://snomed.info/sct"), "subject": {"reference": "Patient/p1"},
              "reportedBoolean": True}  # fmt: skip
    facts = read_bundle(bundle(record)).facts
    assert facts.blocks[Kind.ORDER].column("standing")[0] == Standing.DOES_NOT_COUNT


@pytest.mark.parametrize("status", [*VERIFICATION, "presumably"])
def test_verification_of_a_condition(status: str) -> None:
    given = {"verificationStatus": {"coding": [{"code": status}]}} if status else {}
    facts = read_bundle(bundle(condition(**given))).facts
    assert facts.blocks[Kind.CONDITION].column("standing")[0] == VERIFICATION.get(
        status, Standing.UNCONFIRMED
    )


HL7 = "http://terminology.hl7.org/CodeSystem/"
UNREADABLE: Mapping[str, Any] = {
    "only words": {"text": "suspected"},
    "only an extension": {"extension": [{"url": "x", "valueCode": "confirmed"}]},
    "nothing": {},
    "no code": {"coding": [{"system": HL7 + "condition-ver-status"}]},
    "a local system": coded("confirmed", "http://hospital.example/status"),
    "two codes without a system": {"coding": [{"code": "confirmed"}, {"code": "active"}]},
    "an empty string": "",
}


def allergy(**more: Any) -> dict[str, Any]:
    return {"resourceType": "AllergyIntolerance", "id": "a1", "code": coded("91936005", "http://snomed.info/sct"),
            "patient": {"reference": "Patient/p1"}, **more}  # fmt: skip


def standing_of(record: dict[str, Any]) -> Standing:
    facts = read_bundle(bundle(record)).facts
    kind = Kind.ALLERGY if record["resourceType"] == "AllergyIntolerance" else Kind.CONDITION
    return Standing(int(facts.blocks[kind].column("standing")[0]))


@pytest.mark.parametrize("make", [condition, allergy])
@pytest.mark.parametrize("element", ["verificationStatus", "clinicalStatus"])
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_status_that_cannot_be_read_confirms_nothing(make: Any, element: str, name: str) -> None:
    assert standing_of(make()) is Standing.COUNTS
    assert standing_of(make(**{element: UNREADABLE[name]})) is Standing.UNCONFIRMED


@pytest.mark.parametrize(
    ("make", "system"),
    [(condition, HL7 + "condition-ver-status"), (condition, "http://hl7.org/fhir/condition-ver-status"),
     (allergy, HL7 + "allergyintolerance-verification"), (condition, HL7 + "condition-ver-status|4.0.1")],
)  # fmt: skip
@pytest.mark.parametrize("code", ["confirmed", "unconfirmed", "refuted"])
def test_the_coding_of_fhirs_own_system_counts_wherever_it_stands(make: Any, system: str, code: str) -> None:
    own = {"system": system, "code": code}
    local = {"system": "http://hospital.example/status", "code": "confirmed"}
    for codings in ([own, local], [local, own]):
        assert standing_of(make(verificationStatus={"coding": codings})) is VERIFICATION[code]


def test_an_unknown_clinical_status_confirms_nothing() -> None:
    record = condition(clinicalStatus=coded("unknown", HL7 + "condition-clinical"))
    assert standing_of(record) is Standing.UNCONFIRMED
