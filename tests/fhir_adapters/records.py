"""Small FHIR records for tests, as Python values and as the bytes of files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

Record = dict[str, Any]


def patient(identifier: str = "p1", **more: Any) -> Record:
    return {
        "resourceType": "Patient",
        "id": identifier,
        "gender": "female",
        "birthDate": "1960-05-17",
        **more,
    }


def condition(identifier: str = "c1", of: str = "p1", **more: Any) -> Record:
    return {
        "resourceType": "Condition",
        "id": identifier,
        "clinicalStatus": coded("active", "http://terminology.hl7.org/CodeSystem/condition-clinical"),
        "code": coded("44054006", "http://snomed.info/sct"),
        "subject": {"reference": f"Patient/{of}"},
        "onsetDateTime": "2019-03-01",
        **more,
    }


def observation(identifier: str = "o1", of: str = "p1", **more: Any) -> Record:
    return {
        "resourceType": "Observation",
        "id": identifier,
        "status": "final",
        "code": coded("4548-4", "http://loinc.org"),
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": "2026-01-05T08:30:00Z",
        "valueQuantity": quantity(7.2, "%"),
        **more,
    }


def order(identifier: str = "m1", of: str = "p1", **more: Any) -> Record:
    return {
        "resourceType": "MedicationRequest",
        "id": identifier,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": coded("860975", "http://www.nlm.nih.gov/research/umls/rxnorm"),
        "subject": {"reference": f"Patient/{of}"},
        "authoredOn": "2026-01-05",
        **more,
    }


def coded(code: str, system: str = "", text: str = "") -> Record:
    coding = {"system": system, "code": code} if system else {"code": code}
    return {"coding": [coding], "text": text} if text else {"coding": [coding]}


def quantity(value: float, code: str, **more: Any) -> Record:
    return {"value": value, "unit": code, "system": "http://unitsofmeasure.org", "code": code, **more}


def bundle(*records: Record, kind: str = "collection") -> bytes:
    return as_json({"resourceType": "Bundle", "type": kind, "entry": [{"resource": r} for r in records]})


def lines(records: Iterable[Record]) -> bytes:
    return b"".join(as_json(record) + b"\n" for record in records)


def as_json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
