"""Cases of a made-up study in every state, so that the first page has something to look at.

Records come from a folder of bundles (`fixtures.synthetic_fhir` makes them) and are judged as any others.
The study's protocol is kept and not put in force: it changes no answer to anybody who asks.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import select

from api.errors import UserError
from api.loading import Given, protocol_text
from api.pages.cases.deciding import Chosen, choose, sign_case
from api.pages.cases.words import MEANINGS
from api.service.held import Asked
from api.service.service import Service
from api.store import Actor
from api.store.queues import Filter, queue
from api.store.tables import Task
from api.store.tasks import assign, criteria_of

DAY = date(2026, 6, 1)
PROTOCOL = "protocol.elig"
_REVIEWER = "Rosa Feld"
_OTHER = "Tom Adler"


def seed_cases(service: Service, folder: Path, site: str) -> int:
    """Screen the bundles of a folder against the protocol that lies beside them; how many patients it were.

    Done once: where the store has cases already, nothing happens. Raises UserError for a folder that does
    not hold a study.
    """
    with service.store.read() as session:
        if session.scalar(select(Task.key).limit(1)) is not None:
            return 0
    bundles = [path.read_bytes() for path in sorted(folder.glob("*.json"))]
    if not bundles:
        raise UserError("NO_RECORDS", str(folder), "there are no bundles (*.json) in this folder")
    actor = Actor("demonstration", "screener", site)
    row = service.protocols.add(protocol_text(folder / PROTOCOL), actor)
    asked = Asked(DAY, "UTC", True, Given({}, {}), (row.key,))
    notes, records = _notes(), {}
    for data in bundles:
        told = service.screenings.screen(actor, site, data, asked)
        if told["results"][0]["verdict"] == "pass" and (note := next(notes, None)) is not None:
            data = _with_note(data, *note)
            service.screenings.screen(actor, site, data, asked)
        records[told["patient"]] = data
    _decide(service, site)
    _overtake(service, site, actor, asked, records)
    return len(bundles)


def _decide(service: Service, site: str) -> None:
    """Some cases signed, one with a question for the screener, one begun, one assigned."""
    waiting = _waiting(service, site)
    for task, outcome, reason, comment in (
        (waiting[-1], "cannot tell", "ask-patient", "Not in the record; please ask at the next visit."),
        (waiting[-2], "met", "clinical-judgement", ""),
        (waiting[-3], "not met", "other-source", "Known from the referral letter."),
        (waiting[-4], "met", "record-shows", "The later result settles it."),
    ):
        _choose(service, site, task, outcome, reason, comment)
        sign_case(
            service.store,
            Actor(_REVIEWER, "reviewer", site),
            task.key,
            task.seen_sha256,
            _REVIEWER,
            MEANINGS[0],
        )
    _choose(service, site, waiting[3], "met", "clinical-judgement", "")
    with service.store.write(Actor(_OTHER, "reviewer", site)) as unit:
        assign(unit, waiting[5].key, _OTHER)


def _waiting(service: Service, site: str) -> list[Task]:
    with service.store.read() as session:
        found = queue(session, Filter(sites=frozenset({site}), kind="review"), 200)
    if len(found) < 8:
        raise UserError("TOO_FEW_CASES", "demo", "these records leave too few cases open to show anything")
    return found


def _choose(service: Service, site: str, task: Task, outcome: str, reason: str, comment: str) -> None:
    with service.store.read() as session:
        criteria = list(criteria_of(session, task.key))
    for criterion in criteria:
        chosen = Chosen(criterion, outcome, reason, comment, task.seen_sha256)
        choose(service.store, Actor(_REVIEWER, "reviewer", site), task.key, chosen)


def _overtake(service: Service, site: str, actor: Actor, asked: Asked, records: Mapping[str, bytes]) -> None:
    """A signed case whose record changed afterwards: it comes back with the difference shown."""
    with service.store.read() as session:
        signed = session.scalars(
            select(Task.patient_key)
            .where(Task.state == "signed", Task.kind == "review")
            .order_by(Task.open_criteria, Task.added_at)
        ).all()
    for patient in signed:
        again = service.screenings.screen(actor, site, _measured_again(records[patient]), asked)
        if again["results"][0]["task"] is not None:
            return


def _notes() -> Iterator[tuple[str, str]]:
    """What coded records leave open, in the words of notes; the day of each is the beginning of its name."""
    for one in sorted((files("api.demo") / "notes").iterdir(), key=lambda found: found.name):
        yield one.name[:10], one.read_text("utf-8")


def _resources(data: bytes) -> Iterator[dict[str, Any]]:
    for entry in json.loads(data)["entry"]:
        yield entry["resource"]


def _with(data: bytes, *resources: dict[str, Any]) -> bytes:
    bundle = json.loads(data)
    bundle["entry"] += [{"fullUrl": f"urn:demo:{one['id']}", "resource": one} for one in resources]
    return json.dumps(bundle).encode()


def _patient(data: bytes) -> str:
    return next(str(one["id"]) for one in _resources(data) if one["resourceType"] == "Patient")


def _with_note(data: bytes, written: str, text: str) -> bytes:
    packed = base64.b64encode(text.encode()).decode()
    note = {
        "resourceType": "DocumentReference",
        "id": "demo-note",
        "status": "current",
        "type": {"text": "Progress note"},
        "subject": {"reference": f"Patient/{_patient(data)}"},
        "date": f"{written}T09:00:00Z",
        "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": packed}}],
    }
    return _with(data, note)


def _measured_again(data: bytes) -> bytes:
    """With one more blood pressure, taken a few days before."""
    reading = {
        "resourceType": "Observation",
        "id": "demo-reading",
        "status": "final",
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]
        },
        "subject": {"reference": f"Patient/{_patient(data)}"},
        "effectiveDateTime": "2026-05-28T10:00:00Z",
        "valueQuantity": {
            "value": 138,
            "unit": "mmHg",
            "system": "http://unitsofmeasure.org",
            "code": "mm[Hg]",
        },
    }
    return _with(data, reading)
