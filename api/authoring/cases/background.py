"""Kinds of fact beside the clinical record, as the resources that carry them: family, devices, insurance …"""

from __future__ import annotations

from api.authoring.cases.given import GivenError
from api.authoring.cases.writing import Resource, Writing, quantity, start
from criteria_dsl.cases import GivenFact
from criteria_dsl.cases.tree import FieldValue, Quantity
from criteria_dsl.tree import Word


def family_history(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    """One illness of one relative."""
    said = {one.field.text: one for one in given.fields}
    illness: Resource = {"code": code}
    if "onset-age" in said:
        illness["onsetAge"] = _years(said["onset-age"])
    resource = writer.base("FamilyMemberHistory", identity) | {"status": "completed", "condition": [illness]}
    resource["patient"] = resource.pop("subject")
    relative = said.get("relative")
    if relative is not None and isinstance(relative.value, Word):
        resource["relationship"] = writer.concept(relative.value, relative.quoted)
    return resource | start(writer, given, "date")


def _years(given: FieldValue) -> Resource:
    if not isinstance(given.value, Quantity):
        raise GivenError(given.field.span, "write an age, such as `onset-age is 50 years`")
    return quantity(Quantity(given.value.comparator, given.value.number, "a"))


def coverage(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    """An insurance and its period."""
    resource = writer.base("Coverage", identity) | {"status": "active", "type": code}
    resource["beneficiary"] = resource.pop("subject")
    resource["payor"] = [{"display": "a payor"}]
    return resource | ({"period": writer.period(given.when)} if given.when is not None else {})


def consent(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    """A consent that permits, or what `decision` says."""
    said = {one.field.text: one.value for one in given.fields}
    decision = said.get("decision")
    provision: Resource = {"type": decision.text if isinstance(decision, Word) else "permit"}
    if given.when is not None:
        provision["period"] = writer.period(given.when)
    resource = writer.base("Consent", identity) | {
        "status": "active",
        "category": [code],
        "provision": provision,
    }
    resource["patient"] = resource.pop("subject")
    scope = {"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}
    return resource | {"scope": {"coding": [scope]}} | start(writer, given, "dateTime")


def device(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    """A device that the patient is said to use."""
    held = {"resourceType": "Device", "id": "d", "type": code}
    resource = writer.base("DeviceUseStatement", identity) | {
        "status": "active" if given.when is None or given.when.end is None else "completed",
        "contained": [held],
        "device": {"reference": "#d"},
    }
    return resource | ({"timingPeriod": writer.period(given.when)} if given.when is not None else {})


def answer(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    """One question of a questionnaire with its answer."""
    coding = code["coding"][0]
    item: Resource = {"linkId": f"/{coding['code']}", "text": coding["display"]}
    resource = writer.base("QuestionnaireResponse", identity) | {"status": "completed", "item": [item]}
    if coding["system"] != "http://loinc.org":
        resource["questionnaire"], item["linkId"] = coding["system"], coding["code"]
    result = given.result
    if isinstance(result, Quantity):
        item["answer"] = [{"valueQuantity": quantity(result)}]
    elif result is not None and result.text in ("yes", "no") and not given.worded:
        item["answer"] = [{"valueBoolean": result.text == "yes"}]
    elif result is not None and given.worded:
        item["answer"] = [{"valueString": result.text}]
    elif result is not None:
        item["answer"] = [{"valueCoding": writer.concept(result, quoted=False)["coding"][0]}]
    return resource | start(writer, given, "authored")


def survey(writer: Writing, given: GivenFact, identity: str, code: Resource) -> Resource:
    """A questionnaire that was answered, known by its code."""
    coding = code["coding"][0]
    address = f"{coding['system']}/{coding['code']}"
    resource = writer.base("QuestionnaireResponse", identity) | {
        "status": "completed",
        "questionnaire": address,
        "item": [],
    }
    return resource | start(writer, given, "authored")
