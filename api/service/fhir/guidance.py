"""A case as GuidanceResponse: decided, in want of data, or not to be judged.

What was decided lies in a contained Parameters, criterion by criterion with evidence; what of the record
could not be read lies in a contained OperationOutcome.
"""

from __future__ import annotations

from typing import Any

from api.errors import UserError
from api.service.fhir.cases import StoredCase
from api.service.fhir.elements import (
    SYSTEM,
    Element,
    concept,
    identifier,
    instant,
    is_reference,
    study,
    subject,
)
from api.service.fhir.exchange import Resource
from api.service.fhir.problems import error_outcome, record_outcome
from api.service.fhir.requirements import requirements
from api.store.tables import ProtocolVersion, StoredFinding
from eligibility.program import Program

Told = dict[str, Any]
_REVIEW = "needs-clinician-review"


def guidance(case: StoredCase, program: Program) -> Resource:
    """`success` for a verdict that stands, `data-required` with what is missing for one that is open."""
    is_open = case.verdict.verdict == _REVIEW
    questions = list(case.questions) or [_as_question(one) for one in case.open_findings]
    missing = requirements(program, questions) if is_open else []
    problems = record_outcome(case.record.get("rejects", ()), case.record.get("absent", ()))
    contained: list[Resource] = [{"resourceType": "Parameters", "id": "result", "parameter": _result(case)}]
    if problems is not None:
        contained.append({**problems, "id": "record"})
    return {
        "resourceType": "GuidanceResponse",
        "id": case.verdict.key,
        "contained": contained,
        **_module(case.version),
        "status": "data-required" if is_open else "success",
        "subject": subject(case.verdict.patient_key),
        "occurrenceDateTime": instant(case.verdict.judged_at),
        "reasonCode": [concept("verdict", case.verdict.verdict or "none")],
        **({"evaluationMessage": [{"reference": "#record"}]} if problems is not None else {}),
        "outputParameters": {"reference": "#result"},
        **({"dataRequirement": missing} if missing else {}),
    }


def failure(error: UserError, version: ProtocolVersion) -> Resource:
    """A record that could not be judged, and why."""
    return {
        "resourceType": "GuidanceResponse",
        "contained": [{**error_outcome(error), "id": "failure"}],
        **_module(version),
        "status": "failure",
        "evaluationMessage": [{"reference": "#failure"}],
    }


def _module(version: ProtocolVersion) -> Element:
    return {
        "identifier": [identifier("protocol-version", version.key)],
        "moduleUri": f"{SYSTEM}:protocol-version:{version.key}",
    }


def _as_question(finding: StoredFinding) -> Told:
    """What would settle a finding, where nobody is there to be asked."""
    return {
        "key": None,
        "text": "; ".join(finding.details.get("settled_by") or [finding.criterion]),
        "settles": [finding.criterion],
    }


def _result(case: StoredCase) -> list[Element]:
    run, verdict = case.run, case.verdict
    told = [
        _code("verdict", verdict.verdict or "none"),
        {"name": "study", "valueReference": study(case.version.protocol_id)},
        *_text("version", case.version.version),
        {"name": "asOf", "valueDate": run.as_of},
        *_text("zone", run.zone),
        *_text("run", run.key),
        *_text("screening", case.record.get("screening", "")),
        _code("deceased", str(verdict.details.get("deceased", "unknown"))),
    ]
    for cohort, found in dict(verdict.details.get("cohorts", {})).items():
        told.append({"name": "cohort", "part": [*_text("id", cohort), _code("verdict", found)]})
    told += [_criterion(one) for one in case.findings]
    told += [_question(one) for one in case.questions]
    return told


def _criterion(finding: StoredFinding) -> Element:
    details = finding.details
    parts = [
        *_text("id", finding.criterion),
        *_text("label", details.get("label")),
        _code("polarity", finding.polarity),
        _code("stage", finding.stage),
        _code("outcome", finding.outcome.replace(" ", "-")),
        *(_code("reason", one) for one in details.get("reasons") or [finding.reason]),
    ]
    for one in details.get("settled_by", ()):
        parts += _text("settledBy", one)
    parts += [{"name": "evidence", "part": told} for one in finding.evidence if (told := evidence_parts(one))]
    return {"name": "criterion", "part": parts}


def evidence_parts(evidence: Told) -> list[Element]:
    """A fact that decided: the record as a reference, the element, and what it says."""
    resource = str(evidence.get("resource") or "")
    told: list[Element] = []
    if is_reference(resource):
        told.append({"name": "source", "valueReference": {"reference": resource}})
    else:
        told += _text("source", resource)
    for name in ("path", "what", "when", "value", "status", "standing", "quote"):
        told += _text(name, evidence.get(name))
    return told


def _question(question: Told) -> Element:
    answer = question["answer"]
    parts = [
        *_text("key", question["key"]),
        *_text("text", question["text"]),
        _code("ask", question["ask"]),
        _code("answerType", answer["type"]),
        *_text("unit", answer.get("unit")),
    ]
    for option in answer.get("options", ()):
        parts += _text("option", option)
    for criterion in question["settles"]:
        parts += _text("settles", criterion)
    return {"name": "question", "part": parts}


def _text(name: str, value: object) -> list[Element]:
    """A string, which FHIR does not allow to be empty or blank."""
    said = "" if value is None else str(value)
    return [{"name": name, "valueString": said}] if said.strip() else []


def _code(name: str, value: str) -> Element:
    return {"name": name, "valueCode": value}
