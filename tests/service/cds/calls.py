"""Calls as a clinical system makes them."""

from __future__ import annotations

import json
from typing import Any

from tests.service.conftest import DEMO

VIEW = "/cds-services/eligibility-patient-view"


def called(record: bytes = DEMO, **changed: Any) -> dict[str, Any]:
    """A call with all of a record sent along, one searchset for each type; `changed` replaces parts of it."""
    resources = [entry["resource"] for entry in json.loads(record)["entry"]]
    person = next(one for one in resources if one["resourceType"] == "Patient")
    sent: dict[str, Any] = {"patient": person}
    for kind in ("Condition", "Observation", "MedicationRequest", "Encounter"):
        found = [{"resource": one} for one in resources if one["resourceType"] == kind]
        key = kind[0].lower() + kind[1:]
        sent[key] = {"resourceType": "Bundle", "type": "searchset", "entry": found}
    call = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": person["id"]},
        "prefetch": sent,
    }
    return {**call, **changed}


def accepted(card: str, **more: Any) -> dict[str, Any]:
    """Feedback on one card."""
    told = {"card": card, "outcome": "accepted", "outcomeTimestamp": "2026-06-01T09:30:00Z", **more}
    return {"feedback": [told]}
