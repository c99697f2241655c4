"""A record says the same in every edition of FHIR: STU3, R4 and R5 become the same fact rows.

Every record is also valid by the models of its edition, and says the same after a round through them.
"""

from __future__ import annotations

import importlib
import json
import warnings
from typing import Any

import pytest

from eligibility.facts import Kind, Standing
from fhir_adapters import read_bundle
from fhir_adapters.strict import check
from tests.fhir_adapters.records import as_json, bundle, coded, condition, patient, quantity
from tests.fhir_adapters.showing import rows

SNOMED, RXNORM = "http://snomed.info/sct", "http://www.nlm.nih.gov/research/umls/rxnorm"
MODELS = {"STU3": "fhir.resources.STU3", "R4": "fhir.resources.R4B", "R5": "fhir.resources"}
WHO = {"reference": "Patient/p1"}
VISIT = {"reference": "Encounter/e1"}
REASON = {"reference": "Condition/c1"}
DRUG = coded("860975", RXNORM)
WHY = coded("44054006", SNOMED)
EITHER = [{"concept": WHY}, {"reference": REASON}]
BOTH = {"reasonCode": [WHY], "reasonReference": [REASON]}
DAY = "2026-01-05"
SPAN = {"start": "2026-01-05", "end": "2026-01-07"}
DOSE = {"text": "1", "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}
DEVICE = coded("14106009", SNOMED)
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
RELATIVE = coded("FTH", "http://terminology.hl7.org/CodeSystem/v3-RoleCode")
ANSWERS = [{"linkId": "/44261-6", "answer": [{"valueInteger": 12}]}]


def of(resource: str, /, **elements: Any) -> dict[str, Any]:
    return {"resourceType": resource, "id": "x1", **elements}


# name -> edition -> the record
SAME: dict[str, dict[str, dict[str, Any]]] = {
    "order of a drug": {
        "STU3": of("MedicationRequest", status="active", intent="order", medicationCodeableConcept=DRUG,
                   subject=WHO, context=VISIT, authoredOn=DAY, dosageInstruction=[DOSE], **BOTH),
        "R4": of("MedicationRequest", status="active", intent="order", medicationCodeableConcept=DRUG,
                 subject=WHO, encounter=VISIT, authoredOn=DAY, dosageInstruction=[DOSE], **BOTH),
        "R5": of("MedicationRequest", status="active", intent="order", medication={"concept": DRUG},
                 subject=WHO, encounter=VISIT, authoredOn=DAY, dosageInstruction=[DOSE], reason=EITHER),
    },
    "order of a drug that is another record": {
        "R4": of("MedicationRequest", status="completed", intent="order", subject=WHO,
                 medicationReference={"reference": "Medication/m1"}, authoredOn=DAY),
        "R5": of("MedicationRequest", status="ended", intent="order", subject=WHO,
                 medication={"reference": {"reference": "Medication/m1"}}, authoredOn=DAY),
    },
    "statement that a drug is taken": {
        "STU3": of("MedicationStatement", status="active", taken="y", medicationCodeableConcept=DRUG,
                   subject=WHO, context=VISIT, effectivePeriod=SPAN, dateAsserted=DAY, **BOTH),
        "R4": of("MedicationStatement", status="active", medicationCodeableConcept=DRUG,
                 subject=WHO, context=VISIT, effectivePeriod=SPAN, dateAsserted=DAY, **BOTH),
        "R5": of("MedicationStatement", status="recorded", medication={"concept": DRUG},
                 adherence={"code": coded("taking")}, subject=WHO, encounter=VISIT, effectivePeriod=SPAN,
                 dateAsserted=DAY, reason=EITHER),
    },
    "statement that a drug is not taken": {
        "STU3": of("MedicationStatement", status="completed", taken="n", medicationCodeableConcept=DRUG,
                   subject=WHO, effectiveDateTime=DAY),
        "R4": of("MedicationStatement", status="not-taken", medicationCodeableConcept=DRUG,
                 subject=WHO, effectiveDateTime=DAY),
        "R5": of("MedicationStatement", status="recorded", medication={"concept": DRUG},
                 adherence={"code": coded("not-taking")}, subject=WHO, effectiveDateTime=DAY),
    },
    "drug given": {
        "STU3": of("MedicationAdministration", status="completed", medicationCodeableConcept=DRUG,
                   subject=WHO, context=VISIT, effectivePeriod=SPAN, **BOTH),
        "R4": of("MedicationAdministration", status="completed", medicationCodeableConcept=DRUG,
                 subject=WHO, context=VISIT, effectivePeriod=SPAN, **BOTH),
        "R5": of("MedicationAdministration", status="completed", medication={"concept": DRUG},
                 subject=WHO, encounter=VISIT, occurencePeriod=SPAN, reason=EITHER),
    },
    "drug not given": {
        "STU3": of("MedicationAdministration", status="completed", notGiven=True, subject=WHO,
                   medicationCodeableConcept=DRUG, effectiveDateTime=DAY),
        "R4": of("MedicationAdministration", status="not-done", subject=WHO,
                 medicationCodeableConcept=DRUG, effectiveDateTime=DAY),
        "R5": of("MedicationAdministration", status="not-done", subject=WHO,
                 medication={"concept": DRUG}, occurenceDateTime=DAY),
    },
    "drug dispensed": {
        "STU3": of("MedicationDispense", status="completed", medicationCodeableConcept=DRUG, subject=WHO,
                   context=VISIT, whenHandedOver=DAY, daysSupply=quantity(30, "d")),
        "R4": of("MedicationDispense", status="completed", medicationCodeableConcept=DRUG, subject=WHO,
                 context=VISIT, whenHandedOver=DAY, daysSupply=quantity(30, "d")),
        "R5": of("MedicationDispense", status="completed", medication={"concept": DRUG}, subject=WHO,
                 encounter=VISIT, whenHandedOver=DAY, daysSupply=quantity(30, "d")),
    },
    "drug not dispensed": {
        "STU3": of("MedicationDispense", status="stopped", notDone=True, subject=WHO,
                   medicationCodeableConcept=DRUG, whenHandedOver=DAY),
        "R4": of("MedicationDispense", status="declined", subject=WHO, medicationCodeableConcept=DRUG,
                 whenHandedOver=DAY),
    },
    "visit": {
        "STU3": of("Encounter", status="finished", subject=WHO, period=SPAN,
                   **{"class": {"system": ACT, "code": "IMP"}}, type=[coded("32485007", SNOMED)],
                   reason=[WHY], diagnosis=[{"condition": REASON}],
                   hospitalization={"dischargeDisposition": coded("home")},
                   location=[{"location": {"display": "Ward 3"}}], partOf=VISIT),
        "R4": of("Encounter", status="finished", subject=WHO, period=SPAN,
                 **{"class": {"system": ACT, "code": "IMP"}}, type=[coded("32485007", SNOMED)],
                 reasonCode=[WHY], diagnosis=[{"condition": REASON}],
                 hospitalization={"dischargeDisposition": coded("home")},
                 location=[{"location": {"display": "Ward 3"}}], partOf=VISIT),
        "R5": of("Encounter", status="completed", subject=WHO, actualPeriod=SPAN,
                 **{"class": [coded("IMP", ACT)]}, type=[coded("32485007", SNOMED)],
                 reason=[{"value": [{"concept": WHY}]}],
                 diagnosis=[{"condition": [{"reference": REASON}]}],
                 admission={"dischargeDisposition": coded("home")},
                 location=[{"location": {"display": "Ward 3"}}], partOf=VISIT),
    },
    "visit that goes on, for a problem, in a kind of place": {
        "R4": of("Encounter", status="onleave", subject=WHO, period={"start": DAY},
                 **{"class": {"system": ACT, "code": "AMB"}}, reasonReference=[REASON],
                 serviceType=coded("310000008", SNOMED),
                 location=[{"location": {"display": "Ward"}, "physicalType": coded("wa")}]),
        "R5": of("Encounter", status="on-hold", subject=WHO, actualPeriod={"start": DAY},
                 **{"class": [coded("AMB", ACT)]}, reason=[{"value": [{"reference": REASON}]}],
                 serviceType=[{"concept": coded("310000008", SNOMED)}],
                 location=[{"location": {"display": "Ward"}, "form": coded("wa")}]),
    },
    "procedure": {
        "STU3": of("Procedure", status="completed", code=coded("80146002", SNOMED), subject=WHO,
                   context=VISIT, performedPeriod=SPAN, **BOTH),
        "R4": of("Procedure", status="completed", code=coded("80146002", SNOMED), subject=WHO,
                 encounter=VISIT, performedPeriod=SPAN, **BOTH),
        "R5": of("Procedure", status="completed", code=coded("80146002", SNOMED), subject=WHO,
                 encounter=VISIT, occurrencePeriod=SPAN, reason=EITHER),
    },
    "procedure on a day": {
        "STU3": of("Procedure", status="suspended", code=coded("1", SNOMED), subject=WHO,
                   performedDateTime=DAY),
        "R4": of("Procedure", status="on-hold", code=coded("1", SNOMED), subject=WHO,
                 performedDateTime=DAY),
        "R5": of("Procedure", status="on-hold", code=coded("1", SNOMED), subject=WHO,
                 occurrenceDateTime=DAY),
    },
    "procedure at an age": {
        "R4": of("Procedure", status="completed", code=coded("1", SNOMED), subject=WHO,
                 performedAge=quantity(30, "a")),
        "R5": of("Procedure", status="completed", code=coded("1", SNOMED), subject=WHO,
                 occurrenceAge=quantity(30, "a")),
    },
    "procedure not done": {
        "STU3": of("Procedure", status="completed", notDone=True, code=coded("1", SNOMED), subject=WHO,
                   performedDateTime=DAY),
        "R4": of("Procedure", status="not-done", code=coded("1", SNOMED), subject=WHO,
                 performedDateTime=DAY),
        "R5": of("Procedure", status="not-done", code=coded("1", SNOMED), subject=WHO,
                 occurrenceDateTime=DAY),
    },
    "diagnosis": {
        "STU3": of("Condition", clinicalStatus="active", verificationStatus="confirmed", code=WHY,
                   subject=WHO, context=VISIT, onsetDateTime=DAY, assertedDate=DAY,
                   stage={"summary": coded("2", SNOMED)}),
        "R4": of("Condition", clinicalStatus=coded("active"), verificationStatus=coded("confirmed"),
                 code=WHY, subject=WHO, encounter=VISIT, onsetDateTime=DAY, recordedDate=DAY,
                 stage=[{"summary": coded("2", SNOMED)}]),
        "R5": of("Condition", clinicalStatus=coded("active"), verificationStatus=coded("confirmed"),
                 code=WHY, subject=WHO, encounter=VISIT, onsetDateTime=DAY, recordedDate=DAY,
                 stage=[{"summary": coded("2", SNOMED)}],
                 participant=[{"actor": {"reference": "Practitioner/1"}}]),
    },
    "result": {
        "STU3": of("Observation", status="final", code=coded("4548-4", "http://loinc.org"), subject=WHO,
                   context=VISIT, effectiveDateTime=DAY, valueCodeableConcept=WHY,
                   interpretation=coded("H")),
        "R4": of("Observation", status="final", code=coded("4548-4", "http://loinc.org"), subject=WHO,
                 encounter=VISIT, effectiveDateTime=DAY, valueCodeableConcept=WHY,
                 interpretation=[coded("H")]),
        "R5": of("Observation", status="final", code=coded("4548-4", "http://loinc.org"), subject=WHO,
                 encounter=VISIT, effectiveDateTime=DAY, valueCodeableConcept=WHY,
                 interpretation=[coded("H")]),
    },
    "allergy": {
        "STU3": of("AllergyIntolerance", clinicalStatus="active", verificationStatus="confirmed",
                   type="allergy", category=["medication"], code=DRUG, patient=WHO, onsetDateTime=DAY,
                   assertedDate=DAY, reaction=[{"manifestation": [WHY]}]),
        "R4": of("AllergyIntolerance", clinicalStatus=coded("active"),
                 verificationStatus=coded("confirmed"), type="allergy", category=["medication"], code=DRUG,
                 patient=WHO, onsetDateTime=DAY, recordedDate=DAY, reaction=[{"manifestation": [WHY]}]),
        "R5": of("AllergyIntolerance", clinicalStatus=coded("active"),
                 verificationStatus=coded("confirmed"), type=coded("allergy"), category=["medication"],
                 code=DRUG, patient=WHO, onsetDateTime=DAY, recordedDate=DAY,
                 reaction=[{"manifestation": [{"concept": WHY}]}]),
    },
    "vaccine": {
        "STU3": of("Immunization", status="completed", notGiven=False, primarySource=True,
                   vaccineCode=coded("140"), patient=WHO, encounter=VISIT, date=DAY,
                   explanation={"reason": [WHY]}),
        "R4": of("Immunization", status="completed", vaccineCode=coded("140"), patient=WHO,
                 encounter=VISIT, occurrenceDateTime=DAY, reasonCode=[WHY]),
        "R5": of("Immunization", status="completed", vaccineCode=coded("140"), patient=WHO,
                 encounter=VISIT, occurrenceDateTime=DAY, reason=[{"concept": WHY}]),
    },
    "vaccine not given": {
        "STU3": of("Immunization", status="completed", notGiven=True, primarySource=True,
                   vaccineCode=coded("140"), patient=WHO, date=DAY),
        "R4": of("Immunization", status="not-done", vaccineCode=coded("140"), patient=WHO,
                 occurrenceDateTime=DAY),
        "R5": of("Immunization", status="not-done", vaccineCode=coded("140"), patient=WHO,
                 occurrenceDateTime=DAY),
    },
    "order": {
        "R4": of("ServiceRequest", status="active", intent="order", code=coded("1", SNOMED), subject=WHO,
                 encounter=VISIT, authoredOn=DAY, reasonCode=[WHY]),
        "R5": of("ServiceRequest", status="active", intent="order", code={"concept": coded("1", SNOMED)},
                 subject=WHO, encounter=VISIT, authoredOn=DAY, reason=[{"concept": WHY}]),
    },
    "order of a device": {
        "STU3": of("DeviceRequest", status="active", intent=coded("order"), codeCodeableConcept=DEVICE,
                   subject=WHO, context=VISIT, authoredOn=DAY, reasonCode=[WHY]),
        "R4": of("DeviceRequest", status="active", intent="order", codeCodeableConcept=DEVICE,
                 subject=WHO, encounter=VISIT, authoredOn=DAY, reasonCode=[WHY]),
        "R5": of("DeviceRequest", status="active", intent="order", code={"concept": DEVICE}, subject=WHO,
                 encounter=VISIT, authoredOn=DAY, reason=[{"concept": WHY}]),
    },
    "report": {
        "STU3": of("DiagnosticReport", status="final", code=coded("34552-0", "http://loinc.org"),
                   subject=WHO, context=VISIT, effectiveDateTime=DAY, codedDiagnosis=[WHY]),
        "R4": of("DiagnosticReport", status="final", code=coded("34552-0", "http://loinc.org"),
                 subject=WHO, encounter=VISIT, effectiveDateTime=DAY, conclusionCode=[WHY]),
        "R5": of("DiagnosticReport", status="final", code=coded("34552-0", "http://loinc.org"),
                 subject=WHO, encounter=VISIT, effectiveDateTime=DAY, conclusionCode=[WHY]),
    },
    "note": {
        "STU3": of("DocumentReference", status="current", type=coded("1"), subject=WHO,
                   indexed="2026-01-05T10:00:00Z", context={"encounter": VISIT},
                   content=[{"attachment": {"contentType": "text/plain", "data": "QUJD"}}]),
        "R4": of("DocumentReference", status="current", type=coded("1"), subject=WHO,
                 date="2026-01-05T10:00:00Z", context={"encounter": [VISIT]},
                 content=[{"attachment": {"contentType": "text/plain", "data": "QUJD"}}]),
        "R5": of("DocumentReference", status="current", type=coded("1"), subject=WHO,
                 date="2026-01-05T10:00:00Z", context=[VISIT],
                 content=[{"attachment": {"contentType": "text/plain", "data": "QUJD"}}]),
    },
    "illness in the family": {
        "STU3": of("FamilyMemberHistory", status="completed", patient=WHO, date=DAY, relationship=RELATIVE,
                   condition=[{"code": WHY, "onsetAge": quantity(50, "a")}]),
        "R4": of("FamilyMemberHistory", status="completed", patient=WHO, date=DAY, relationship=RELATIVE,
                 condition=[{"code": WHY, "onsetAge": quantity(50, "a")}]),
        "R5": of("FamilyMemberHistory", status="completed", patient=WHO, date=DAY, relationship=RELATIVE,
                 condition=[{"code": WHY, "onsetAge": quantity(50, "a")}]),
    },
    "answers": {
        "STU3": of("QuestionnaireResponse", status="completed", subject=WHO, context=VISIT,
                   authored="2026-01-05T10:00:00Z", questionnaire={"reference": "http://e.org/q/1"},
                   item=ANSWERS),
        "R4": of("QuestionnaireResponse", status="completed", subject=WHO, encounter=VISIT,
                 authored="2026-01-05T10:00:00Z", questionnaire="http://e.org/q/1", item=ANSWERS),
        "R5": of("QuestionnaireResponse", status="completed", subject=WHO, encounter=VISIT,
                 authored="2026-01-05T10:00:00Z", questionnaire="http://e.org/q/1|2", item=ANSWERS),
    },
    "insurance": {
        "R4": of("Coverage", status="active", type=coded("1"), beneficiary=WHO, period=SPAN,
                 payor=[{"display": "Medicare"}],
                 **{"class": [{"type": coded("plan"), "value": "gold"}]}),
        "R5": of("Coverage", status="active", kind="insurance", type=coded("1"), beneficiary=WHO,
                 period=SPAN, insurer={"display": "Medicare"},
                 **{"class": [{"type": coded("plan"), "value": {"value": "gold"}}]}),
    },
    "consent": {
        "R4": of("Consent", status="active", scope=coded("research"), category=[coded("64292-6")],
                 patient=WHO, dateTime=DAY, policyRule=coded("x"),
                 provision={"type": "permit", "period": SPAN, "provision": [{"type": "deny"}]}),
        "R5": of("Consent", status="active", category=[coded("64292-6")], subject=WHO, date=DAY,
                 regulatoryBasis=[coded("x")], decision="permit", period=SPAN, provision=[{"period": SPAN}]),
    },
    "device": {
        "STU3": of("Device", status="active", type=DEVICE, patient=WHO),
        "R4": of("Device", status="active", type=DEVICE, patient=WHO),
    },
}  # fmt: skip
# What R5 no longer has, or renamed a type for: the rest of the row is the same.
LOST = {"consent": "scope research", "device": ""}
CASES = [(name, edition) for name, held in SAME.items() for edition in held]
OTHERS = [
    patient(),
    condition("c1"),
    {"resourceType": "Medication", "id": "m1", "code": DRUG},
    {"resourceType": "Encounter", "id": "e1", "status": "finished", "subject": WHO},
]


def facts_of(record: dict[str, Any]) -> list[str]:
    extract = read_bundle(bundle(*OTHERS, record))
    assert extract.rejects == []
    found = [row for row in rows(extract.facts) if "/x1" in row]
    links = extract.facts.links
    name = extract.facts.resources.name
    related = [
        f"{extract.facts.words.texts[role]} {name(target)}"
        for source, target, role in zip(links.source, links.target, links.role, strict=True)
        if name(int(source)).endswith("/x1")
    ]
    return [row.replace(" | scope research", "") for row in found] + sorted(related)


@pytest.mark.parametrize(("name", "edition"), CASES)
def test_every_edition_says_the_same(name: str, edition: str) -> None:
    found = facts_of(SAME[name][edition])
    assert found
    assert found == facts_of(SAME[name]["R4"])


@pytest.mark.parametrize(("name", "edition"), CASES)
def test_a_round_through_the_models_of_the_edition_changes_nothing(name: str, edition: str) -> None:
    record = SAME[name][edition]
    model = importlib.import_module(MODELS[edition]).get_fhir_model_class(record["resourceType"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        written = json.loads(model.model_validate(complete(record, edition)).model_dump_json())
    assert facts_of(written) == facts_of(record)


def complete(record: dict[str, Any], edition: str) -> dict[str, Any]:
    """The record with what its edition requires and we do not read."""
    kind, more = record["resourceType"], {}
    if kind == "DocumentReference" and edition == "STU3":
        more = {"created": record["indexed"]}
    return {**record, **more}


@pytest.mark.parametrize(("name", "edition"), CASES)
def test_strict_reading_takes_each_by_its_own_edition(name: str, edition: str) -> None:
    assert check(as_json(complete(SAME[name][edition], edition))) is None


def test_a_drug_of_r5_is_known_by_its_ingredients_too() -> None:
    drug = {"resourceType": "Medication", "id": "m1"}
    parts = [{"item": {"concept": DRUG}}, {"item": {"reference": {"reference": "Medication/m2"}}}]
    other = {"resourceType": "Medication", "id": "m2", "code": coded("6809", RXNORM)}
    order = SAME["order of a drug that is another record"]["R5"]
    facts = read_bundle(bundle(patient(), order, {**drug, "ingredient": parts}, other)).facts
    (row,) = [row for row in rows(facts) if row.startswith("medication")]
    assert "6809, 860975" in row


def test_uses_of_devices_say_the_same_under_all_names() -> None:
    uses = [
        of("DeviceUseStatement", status="active", subject=WHO, device={"reference": "Device/d"},
           whenUsed=SPAN, recordedOn=DAY, indication=[WHY]),
        of("DeviceUseStatement", status="active", subject=WHO, device={"reference": "Device/d"},
           timingPeriod=SPAN, recordedOn=DAY, reasonCode=[WHY]),
        of("DeviceUsage", status="active", patient=WHO, device={"reference": {"reference": "Device/d"}},
           timingPeriod=SPAN, dateAsserted=DAY, reason=[{"concept": WHY}]),
        of("DeviceUsage", status="active", patient=WHO, device={"concept": DEVICE},
           timingPeriod=SPAN, dateAsserted=DAY, reason=[{"concept": WHY}]),
    ]  # fmt: skip
    device = {"resourceType": "Device", "id": "d", "type": DEVICE}
    found = {rows(read_bundle(bundle(device, use)).facts)[0].partition("/x1 | ")[2] for use in uses}
    assert len(found) == 1


def test_requests_of_stu3_are_orders() -> None:
    order = of("ProcedureRequest", status="suspended", intent="order", code=WHY, subject=WHO, context=VISIT)
    extract = read_bundle(bundle(*OTHERS, order))
    block = extract.facts.blocks[Kind.ORDER]
    assert block.column("standing").tolist() == [Standing.UNCONFIRMED]
    assert "in Encounter/e1" in " ".join(rows(extract.facts))


@pytest.mark.parametrize(
    ("kind", "element", "value"),
    [
        ("MedicationRequest", "medication", "words"),
        ("MedicationRequest", "reason", [1]),
        ("Encounter", "reason", [{"value": 1}]),
        ("Encounter", "diagnosis", [{"condition": "words"}]),
        ("Procedure", "notDone", "perhaps"),
        ("Procedure", "occurrenceDateTime", 1),
        ("MedicationStatement", "adherence", "good"),
        ("Condition", "stage", 1),
    ],
)
def test_an_element_of_another_shape_refuses_its_record_only(kind: str, element: str, value: Any) -> None:
    record = of(kind, subject=WHO, status="completed", **{element: value})
    extract = read_bundle(bundle(*OTHERS, record, {**condition("c2"), "status": "x"}))
    (reject,) = extract.rejects
    assert reject.code == "TYPE_MISMATCH"
    assert reject.path in (f"{kind}.{element}", "")
    assert extract.lines.accepted == len(OTHERS) + 1
