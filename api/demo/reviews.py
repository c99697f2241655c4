"""A made-up study under double review: made-up patients are screened, and made-up reviewers decide."""

from __future__ import annotations

import json
import random
import re
from datetime import date, timedelta
from typing import Any

from api.loading import Given
from api.service.held import Asked
from api.service.service import Service
from api.service.studies.following import follow_review, take_in
from api.store import Actor
from api.store.plans import ALL_CRITERIA, Plan, change_plan
from api.store.queues import Filter, queue
from api.store.results import findings_of
from api.store.signing import OUTCOMES, save_draft, sign
from api.store.tables import Protocol, Task
from api.store.tasks import claim, criteria_of, locked

STUDY = "DEMO-DOUBLE"
TITLE = "Add-on treatment in type 2 diabetes, each case reviewed by two"
_PATIENTS = 18
_REVIEWERS = ("Dr. Lena Hofer", "Dr. Tom Alder")
_THIRD = "Dr. Ruth Amsel"
# How often a made-up reviewer says something else than would be expected.
_ASTRAY = 0.12
_REASONS = {"met": "record-shows", "not met": "record-shows", "cannot tell": "result-missing"}
# How often a case is not as the engine has it, and how often what it left open is not met.
_OVERRULED, _OTHERWISE = 0.15, 0.35


def seed_double_review(service: Service, text: str, site: str) -> int:
    """Screen and review the made-up patients under `text` with another name; how many cases were signed.

    Some cases are left open: of these one reviewer has signed, or nobody. Done once: again does nothing.
    """
    with service.store.read() as session:
        if session.get(Protocol, STUDY) is not None:
            return 0
    named = re.sub(r"\Aprotocol .*", f'protocol {STUDY} version 1.0 "{TITLE}"', text)
    # Kept and not put in force: it changes no answer to anybody who asks.
    version = service.protocols.add(named, Actor("Mara Quist", "data-manager"))
    with service.store.write(Actor("Mara Quist", "data-manager")) as unit:
        change_plan(unit, STUDY, Plan(2, ALL_CRITERIA, sample_percent=100))
    today = service.store.clock().date()
    chance = random.Random(11)
    for number in range(_PATIENTS):
        asked = Asked(today, "UTC", True, Given({}, {}), (version.key,))
        bundle = json.dumps(_bundle(number, today, chance)).encode()
        service.screenings.screen(Actor("Mara Quist", "screener", site), site, bundle, asked)
    with service.store.write(Actor("Mara Quist", "screener", site)) as unit:
        take_in(unit, STUDY, site, "clinic list")
    with service.store.read() as session:
        tasks = queue(session, Filter(protocol_id=STUDY, kind="review"), limit=1000)
    verdicts = sorted({task.verdict_key for task in tasks})
    signed = 0
    for place, verdict in enumerate(verdicts[:-2]):
        slots = sorted((task for task in tasks if task.verdict_key == verdict), key=lambda task: task.slot)
        # The last but two waits for its second reviewer.
        both = slots if place < len(verdicts) - 3 else slots[:1]
        for task, reviewer in zip(both, _REVIEWERS, strict=False):
            _review(service, task, reviewer, site, chance, place)
            signed += 1
    with service.store.read() as session:
        open_thirds = queue(session, Filter(protocol_id=STUDY, kind="adjudication"), limit=1000)
    for place, task in enumerate(open_thirds[:-1]):
        _review(service, task, _THIRD, site, chance, place)
        signed += 1
    return signed


def _review(
    service: Service, task: Task, reviewer: str, site: str, chance: random.Random, place: int
) -> None:
    with service.store.write(Actor(reviewer, "reviewer", site)) as unit:
        claim(unit, task.key)
        found = {one.criterion: one.outcome for one in findings_of(unit.session, task.verdict_key)}
        # What this case is like, the same for whoever looks at it.
        case = random.Random(place)
        for criterion in criteria_of(unit.session, task.key):
            seen = "not met" if case.random() < _OTHERWISE else "met"
            is_told = found[criterion] in OUTCOMES and case.random() >= _OVERRULED
            expected = found[criterion] if is_told else seen
            said = chance.choice(OUTCOMES) if chance.random() < _ASTRAY else expected
            save_draft(unit, task.key, criterion, said, _REASONS[said])
        meaning = "I reviewed this case and decided these criteria."
        sign(unit, task.key, task.seen_sha256, reviewer, meaning)
        follow_review(unit, locked(unit, task.key))


def _bundle(number: int, today: date, chance: random.Random) -> dict[str, Any]:
    """A patient of whom something is missing, outdated or against it, another thing each time."""
    who = {"reference": f"Patient/two-{number:02}"}
    person = {
        "resourceType": "Patient",
        "id": f"two-{number:02}",
        "name": [{"text": f"Made-up person {number + 1}"}],
        "birthDate": (today - timedelta(days=365 * chance.randint(17, 76) + 40)).isoformat(),
        "gender": chance.choice(("female", "male")),
    }
    resources: list[dict[str, Any]] = [person]
    for months in range(6):
        day = today - timedelta(days=30 * months + 9)
        resources.append(
            {
                "resourceType": "Encounter",
                "id": f"e{number}-{months}",
                "status": "finished",
                "class": {"code": "AMB"},
                "subject": who,
                "period": {"start": day.isoformat(), "end": day.isoformat()},
            }
        )
    if chance.random() < 0.85:
        onset = today - timedelta(days=chance.choice((60, 400, 1600)))
        resources.append(
            {
                "resourceType": "Condition",
                "id": f"c{number}",
                "subject": who,
                "code": {
                    "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}],
                    "text": "Type 2 diabetes mellitus",
                },
                "onsetDateTime": onset.isoformat() if chance.random() < 0.8 else str(onset.year),
            }
        )
    if chance.random() < 0.9:
        taken = today - timedelta(days=chance.choice((12, 45, 150)))
        resources.append(
            {
                "resourceType": "Observation",
                "id": f"o{number}",
                "status": "final",
                "subject": who,
                "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}], "text": "HbA1c"},
                "effectiveDateTime": taken.isoformat(),
                "valueQuantity": {
                    "value": chance.choice((6.6, 7.4, 8.1, 9.2, 10.9)),
                    "unit": "%",
                    "system": "http://unitsofmeasure.org",
                    "code": "%",
                },
            }
        )
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
