"""For each operation of one site, and for others that read things of sites, a request that succeeds there.

What is new is added here.

A request names only things that its own site made. The matrix sends it in the name of the other site, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.service.fhir.subjects import subject_id
from api.service.fhir.tasks import task_resource
from api.service.log import logger
from api.service.runs.worker import Worker
from api.store import Actor, Store
from api.store.candidates import NewStep, take_step
from api.store.results import verdict_history
from api.store.tables import Patient
from api.store.tasks import claim, task_of
from tests.service.access.callers import Caller
from tests.service.cds.calls import accepted, called
from tests.service.conftest import DEMO, FHIR, patient
from tests.service.fhir.reviews import review_of, signed

QUESTION = "q-b80933108dcd1190"


@dataclass(frozen=True, slots=True)
class Things:
    """What one site made: all of its keys, none of which the other site may ever read."""

    screening: str
    patient: str
    run: str
    more: Mapping[str, str] = field(default_factory=dict)
    where: tuple[Store, str] = field(kw_only=True)
    waiting: list[str] = field(default_factory=list, kw_only=True)  # runs to be cancelled, each once

    def keys(self) -> set[str]:
        return {self.screening, self.patient, self.run, *self.more.values(), *self.waiting}


@dataclass(frozen=True, slots=True)
class Sample:
    """A request. `names`: it names a thing of the site, so that the other site must not find it."""

    method: str
    path: str
    given: dict[str, Any] = field(default_factory=dict)
    names: bool = True
    once: bool = False  # what it names is gone when it is done


def things_of(screener: Caller) -> Things:
    """Make one of each thing at the caller's site."""
    told = screener.screen()
    with screener.store.read() as session:
        more = {"verdict": verdict_history(session, told["patient"])[0].key}
    with screener.store.read() as session:
        site = session.get_one(Patient, told["patient"]).site_id
    things = Things(
        told["screening"], told["patient"], told["results"][0]["run"], more, where=(screener.store, site)
    )
    more["card"] = screener.post("/cds-services/eligibility-patient-view", json=called()).json()["cards"][0][
        "uuid"
    ]
    for day in range(_SPARE):
        other = screener.screen(patient(birthDate=f"1980-01-{day + 1:02}"))
        more[f"patient-{day}"] = other["patient"]
        more[f"task-{day}"] = review_of(screener, other)
    _add_runs(screener, more, things.waiting)
    return things


def _add_runs(screener: Caller, more: dict[str, str], waiting: list[str]) -> None:
    """A run that is done, and some that wait."""
    more["batch"] = _started(screener)
    service = screener.app.state.service
    worker = Worker(screener.store, service.settings, service.runs.files, logger())
    while screener.get(f"/runs/{more['batch']}").status_code == 202:
        worker.once()
    waiting += [_started(screener) for _ in range(8)]


def _started(screener: Caller) -> str:
    answer = screener.post("/runs", json=_EXTRACT, headers=_ASYNC)
    return str(answer.json()["run"])


_SPARE = 12  # patients that are used up one by one
_used: Counter[str] = Counter()


def _spare(its: Things, what: str) -> str:
    """The key of one that no request has changed yet."""
    _used[its.patient] += 1
    return its.more[f"{what}-{_used[its.patient] % _SPARE}"]


def _task(its: Things, what: str) -> Sample:
    return Sample(
        "POST", f"/fhir/Task/{_spare(its, 'task')}/${what}", {"headers": {"If-Match": 'W/"1"', **FHIR}}
    )


def _held(its: Things, what: str) -> Sample:
    """The same of a review that the site's reviewer holds."""
    task = _spare(its, "task")
    store, site = its.where
    with store.write(Actor(f"reviewer-{site}", "reviewer", site)) as unit:
        claim(unit, task)
        told = task_resource(unit.session, task_of(unit.session, task), unit.now)
    given: dict[str, Any] = {"headers": {"If-Match": 'W/"2"', **FHIR}}
    if what == "complete":
        given["json"] = signed(told)
    return Sample("POST", f"/fhir/Task/{task}/${what}", given)


def _subject(patient_key: str, status: str = "potential-candidate", **more: str) -> dict[str, Any]:
    who = {"identifier": {"system": "urn:eligibility:patient", "value": patient_key}}
    told = {"status": status, "study": {"reference": "ResearchStudy/DEMO-CALL"}, "individual": who}
    return {"resourceType": "ResearchSubject", **told, **more}


def _candidate(its: Things) -> str:
    """The id of somebody who was just entered as a candidate."""
    patient_key = _spare(its, "patient")
    store, site = its.where
    with store.write(Actor("sam", "screener", site)) as unit:
        take_step(unit, NewStep(patient_key, "DEMO-CALL", "pre-screened", 0, unit.now))
    return subject_id(patient_key, "DEMO-CALL")


def _moved(its: Things) -> Sample:
    name = _candidate(its)
    body = _subject(name.partition("-")[0], "candidate", id=name)
    given = {"json": body, "headers": {"If-Match": 'W/"1"', **FHIR}}
    return Sample("PUT", f"/fhir/ResearchSubject/{name}", given)


_EXTRACT = {"extract": "ehr", "as_of": "2026-06-01"}
_ASYNC = {"Prefer": "respond-async"}
_SCREEN: dict[str, Any] = {"params": {"asOf": "2026-06-01"}, "content": DEMO, "headers": FHIR}


def _answers() -> dict[str, Any]:
    answers = [{"question": QUESTION, "value": True}]
    return {"answered_by": "patient", "answered_at": "2026-06-01T12:00:00Z", "answers": answers}


SAMPLES: Mapping[str, Callable[[Things], Sample]] = {
    "screen_patient": lambda _: Sample(
        "POST",
        "/screenings",
        {"params": {"as_of": "2026-06-01"}, "content": DEMO, "headers": FHIR},
        names=False,
    ),
    "answer_questions": lambda its: Sample(
        "POST", f"/screenings/{its.screening}/answers", {"json": _answers()}
    ),
    "reveal_identifiers": lambda its: Sample(
        "POST", f"/patients/{its.patient}/identifiers", {"json": {"purpose": "contact"}}
    ),
    "list_patient_verdicts": lambda its: Sample("GET", f"/patients/{its.patient}/verdicts"),
    "start_run": lambda _: Sample("POST", "/runs", {"json": _EXTRACT, "headers": _ASYNC}, names=False),
    "upload_run": lambda _: Sample(
        "POST",
        "/uploads",
        {"params": {"as_of": "2026-06-01"}, "content": patient(), "headers": {**FHIR, **_ASYNC}},
        names=False,
    ),
    "list_runs": lambda _: Sample("GET", "/runs", names=False),
    "read_run": lambda its: Sample("GET", f"/runs/{its.more['batch']}"),
    "list_run_verdicts": lambda its: Sample("GET", f"/runs/{its.more['batch']}/verdicts"),
    "read_run_file": lambda its: Sample("GET", f"/runs/{its.more['batch']}/files/verdicts-1.csv"),
    "read_run_identities": lambda its: Sample("GET", f"/runs/{its.more['batch']}/identifying/patients.csv"),
    "cancel_run": lambda its: Sample("DELETE", f"/runs/{its.waiting.pop()}", once=True),
    "list_audit": lambda _: Sample("GET", "/audit", {"params": {"limit": 1000}}, names=False),
    "fhir_screen_all": lambda _: Sample("POST", "/fhir/ResearchStudy/$screen", _SCREEN, names=False),
    "fhir_screen": lambda _: Sample("POST", "/fhir/ResearchStudy/DEMO-CALL/$screen", _SCREEN, names=False),
    "fhir_read_guidance": lambda its: Sample("GET", f"/fhir/GuidanceResponse/{its.more['verdict']}"),
    "fhir_search_tasks": lambda _: Sample("GET", "/fhir/Task", names=False),
    "fhir_read_task": lambda its: Sample("GET", f"/fhir/Task/{its.more['task-0']}"),
    "fhir_claim_task": lambda its: _task(its, "claim"),
    "fhir_release_task": lambda its: _held(its, "release"),
    "fhir_complete_task": lambda its: _held(its, "complete"),
    "fhir_search_subjects": lambda _: Sample("GET", "/fhir/ResearchSubject", names=False),
    "fhir_read_subject": lambda its: Sample("GET", f"/fhir/ResearchSubject/{_candidate(its)}"),
    "fhir_create_subject": lambda its: Sample(
        "POST", "/fhir/ResearchSubject", {"json": _subject(_spare(its, "patient")), "headers": FHIR}
    ),
    "fhir_update_subject": _moved,
    # Not of one site: without a name they concern each of the caller's.
    "fhir_search_reports": lambda _: Sample("GET", "/fhir/MeasureReport", names=False),
    "read_study_figures": lambda _: Sample("GET", "/studies/DEMO-CALL/figures", names=False),
    "fhir_read_report": lambda its: Sample("GET", f"/fhir/MeasureReport/{its.run}"),
    "fhir_search_audit": lambda _: Sample("GET", "/fhir/AuditEvent", names=False),
    "cds_patient_view": lambda _: Sample(
        "POST", "/cds-services/eligibility-patient-view", {"json": called()}, names=False
    ),
    "cds_feedback": lambda its: Sample(
        "POST", "/cds-services/eligibility-patient-view/feedback", {"json": accepted(its.more["card"])}
    ),
}
