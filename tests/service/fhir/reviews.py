"""Reviews to test with: a task for an open case, and what a reviewer sends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from api.store import Actor
from api.store.results import findings_of, verdict_history
from api.store.tables import Task
from api.store.tasks import open_tasks
from tests.service.conftest import Client

FHIR = {"Content-Type": "application/fhir+json"}


def review_of(client: Client, told: dict[str, Any]) -> str:
    """The key of the open task for a screening's newest verdict; one is opened where there is none."""
    with client.store.read() as session:
        verdict = verdict_history(session, told["patient"])[-1]
        there = session.scalar(
            select(Task).where(Task.patient_key == told["patient"], Task.state == "open").limit(1)
        )
        if there is not None:
            return there.key
        open_ones = {
            one.criterion: one.reason
            for one in findings_of(session, verdict.key)
            if one.outcome == "unknown" and one.stage == "pre-screen"
        }
    with client.store.write(Actor("service", "system")) as unit:
        (task,) = open_tasks(unit, verdict.key, open_ones)
    return task.key


def signed(
    task: dict[str, Any], outcome: str = "met", criteria: list[str] | None = None, **more: str
) -> dict[str, Any]:
    """The Parameters that decide all criteria of a task the same way."""
    seen = next(one["valueString"] for one in task["input"] if one["type"]["coding"][0]["code"] == "seen")
    named = criteria_of(task) if criteria is None else criteria
    told = {"seen": seen, "name": "Dr. A", "meaning": "I reviewed this case", **more}
    return {
        "resourceType": "Parameters",
        "parameter": [
            *(
                {
                    "name": "decision",
                    "part": [
                        {"name": "criterion", "valueString": one},
                        {"name": "outcome", "valueCode": outcome},
                        {"name": "reason", "valueCode": "chart"},
                        {"name": "comment", "valueString": "seen in the letter of May"},
                    ],
                }
                for one in named
            ),
            *({"name": name, "valueString": value} for name, value in told.items()),
        ],
    }


def criteria_of(task: dict[str, Any]) -> list[str]:
    """Criteria that a task asks about."""
    return [
        one["type"]["coding"][0]["code"]
        for one in task["input"]
        if one["type"]["coding"][0]["system"] == "urn:eligibility:criterion"
    ]
