"""Each kind of fact as the resource that carries it, from what a case says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from api.authoring.cases import background
from api.authoring.cases.given import GivenError
from api.authoring.cases.writing import Resource, Writing, quantity, start
from criteria_dsl.cases import GivenFact
from criteria_dsl.cases.tree import FieldValue, Quantity
from criteria_dsl.tree import Word
from eligibility.facts import Kind

Maker = Callable[[Writing, GivenFact, str, Resource], Resource]


def _condition(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    when = given.when
    ended = when is not None and not when.single and when.end is not None
    status = "resolved" if ended else "active"
    clinical = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": status}]
    }
    resource = writer.base("Condition", identity) | {"clinicalStatus": clinical, "code": code}
    if ended and when is not None and when.end is not None:
        resource["abatementDateTime"] = writer.date(when.end)
    return resource | start(writer, given, "onsetDateTime")


def _observation(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    resource = writer.base("Observation", identity) | {"status": "final", "code": code}
    if given.when is not None and given.when.single:
        resource |= start(writer, given, "effectiveDateTime")
    elif given.when is not None:
        resource["effectivePeriod"] = writer.period(given.when)
    result = given.result
    if isinstance(result, Quantity):
        resource["valueQuantity"] = quantity(result, plain=writer.is_plain(given.name))
    elif result is not None and given.worded:
        resource["valueString"] = result.text
    elif result is not None:
        resource["valueCodeableConcept"] = writer.concept(result, quoted=False)
    if given.normal is not None:
        low, high, unit = given.normal
        ends = (("low", low), ("high", high))
        resource["referenceRange"] = [{name: quantity(Quantity("", text, unit)) for name, text in ends}]
    return resource


def _medication(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    said = {one.field.text: one for one in given.fields}
    channel = said["channel"].value if "channel" in said else None
    word = channel.text if isinstance(channel, Word) else "ordered" if "intent" in said else "stated"
    dosage = [_dosage(said["dose-per-day"])] if "dose-per-day" in said else []
    period = writer.period(given.when)
    ended = "end" in period
    drug: Resource = {"medicationCodeableConcept": code}
    if word == "ordered":
        bounds = {"timing": {"repeat": {"boundsPeriod": period}}} if period else {}
        merged = [_merge(bounds, one) for one in dosage] or ([bounds] if bounds else [])
        resource = writer.base("MedicationRequest", identity) | drug | {"intent": "order"}
        resource |= {"status": "completed" if ended else "active"} | start(writer, given, "authoredOn")
        return resource | ({"dosageInstruction": merged} if merged else {})
    if word not in ("stated", "administered"):
        raise GivenError(said["channel"].field.span, f"a case cannot give a drug that is `{word}`")
    kind = "MedicationStatement" if word == "stated" else "MedicationAdministration"
    resource = writer.base(kind, identity) | drug | {"status": "completed" if ended else "active"}
    if word == "administered":
        resource["status"] = "completed" if ended else "in-progress"
    if period:
        resource["effectivePeriod"] = period
    if dosage:
        resource["dosage"] = (
            dosage if word == "stated" else {"dose": dosage[0]["doseAndRate"][0]["doseQuantity"]}
        )
    return resource


def _dosage(given: FieldValue) -> Resource:
    """Once a day, so much."""
    said = given.value
    if not isinstance(said, Quantity):
        raise GivenError(given.field.span, "write a dose, such as `dose-per-day is 500 mg`")
    amount = Quantity("", said.number, said.unit.removesuffix("/d"))
    return {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": quantity(amount)}],
    }


def _merge(bounds: Resource, dosage: Resource) -> Resource:
    repeat = {**dosage["timing"]["repeat"], **bounds.get("timing", {}).get("repeat", {})}
    return {**dosage, "timing": {"repeat": repeat}}


def _procedure(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    resource = writer.base("Procedure", identity) | {"status": "completed", "code": code}
    if given.when is not None and given.when.single:
        return resource | start(writer, given, "performedDateTime")
    return resource | ({"performedPeriod": writer.period(given.when)} if given.when is not None else {})


def _encounter(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    ended = given.when is not None and given.when.end is not None
    status = "finished" if ended or given.when is None else "in-progress"
    return writer.base("Encounter", identity) | {
        "status": status,
        "type": [code],
        **({"period": writer.period(given.when)} if given.when is not None else {}),
    }


def _allergy(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    resource = writer.base("AllergyIntolerance", identity) | {"code": code}
    resource["patient"] = resource.pop("subject")
    system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
    resource["clinicalStatus"] = {"coding": [{"system": f"{system}clinical", "code": "active"}]}
    resource["verificationStatus"] = {"coding": [{"system": f"{system}verification", "code": "confirmed"}]}
    return resource | start(writer, given, "onsetDateTime")


def _immunization(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    resource = writer.base("Immunization", identity) | {"status": "completed", "vaccineCode": code}
    resource["patient"] = resource.pop("subject")
    return resource | start(writer, given, "occurrenceDateTime")


def _request(resource_type: str, element: str) -> Maker:
    def make(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
        resource = writer.base(resource_type, identity) | {"status": "active", "intent": "order"}
        return resource | {element: code} | start(writer, given, "authoredOn")

    return make


def _report(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    resource = writer.base("DiagnosticReport", identity) | {"status": "final", "code": code}
    return resource | start(writer, given, "effectiveDateTime")


MAKERS: Mapping[Kind, Maker] = {
    Kind.CONDITION: _condition,
    Kind.OBSERVATION: _observation,
    Kind.MEDICATION: _medication,
    Kind.PROCEDURE: _procedure,
    Kind.ENCOUNTER: _encounter,
    Kind.ALLERGY: _allergy,
    Kind.IMMUNIZATION: _immunization,
    Kind.ORDER: _request("ServiceRequest", "code"),
    Kind.DEVICE_ORDER: _request("DeviceRequest", "codeCodeableConcept"),
    Kind.REPORT: _report,
    Kind.FAMILY_HISTORY: background.family_history,
    Kind.COVERAGE: background.coverage,
    Kind.CONSENT: background.consent,
    Kind.DEVICE: background.device,
    Kind.ANSWER: background.answer,
    Kind.SURVEY: background.survey,
}
