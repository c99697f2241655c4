"""Fifty reviewers on ten cases at once: one decision a slot, all others told, nothing kept is lost."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from api.service.app import put_in_force
from api.store import Actor, StoreSettings, open_store
from api.store.audit import verify
from api.store.plans import Plan, change_plan
from api.store.queues import Filter, queue
from api.store.signing import decisions_of, drafts_of
from api.store.tables import Signature, Task
from api.store.tasks import criteria_of
from tests.pages.conftest import Site, listening
from tests.pages.visitor import Visitor
from tests.service.conftest import CALL, FHIR, ROOT, patient
from tests.service.crashes.process import Service
from tests.store.conftest import address, postgresql_of_worker, server, sqlite_template  # noqa: F401

MEANING = "I reviewed this case and these are my decisions."


def opened(site: Site, cases: int) -> list[tuple[Task, list[str]]]:
    """Cases that two have to review: tasks with what they ask."""
    put_in_force(site.app.state.service, CALL)
    with site.store.write(Actor("dora", "data-manager")) as unit:
        change_plan(unit, "DEMO-CALL", Plan(reviewers=2))
    for number in range(cases):
        bundle = patient(id=f"p{number}", birthDate=f"1980-02-{number + 1:02}")
        query = {"as_of": "2026-06-01"}
        made = site.stranger().http.post("/screenings", params=query, content=bundle, headers=FHIR)
        assert made.status_code == 201, made.text
    with site.store.read() as session:
        found = queue(session, Filter(), limit=100)
        return [(task, sorted(criteria_of(session, task.key))) for task in found]


class Reviewer:
    """Tries some tasks, one after the other, as fast as the service answers."""

    def __init__(self, site: Site, number: int) -> None:
        self.name = f"Reviewer {number:02}"
        self.visitor = Visitor(site.address)
        # Whether something took effect is what is asked here, not how the next page looks.
        self.visitor.http.follow_redirects = False
        self.statuses: Counter[int] = Counter()
        self.signed: list[str] = []
        self.chance = random.Random(number)

    def work(self, tasks: list[tuple[Task, list[str]]]) -> None:
        self.visitor.http.post("/review/sign-in", data={"name": self.name})
        token = self.visitor.token()
        for task, criteria in self.chance.sample(tasks, 6):
            if self._decide(task, criteria, token):
                self.signed.append(task.key)
        self.visitor.http.close()

    def _decide(self, task: Task, criteria: list[str], token: str) -> bool:
        chosen = {"csrf": token, "seen": task.seen_sha256, "outcome": "met", "reason-met": "record-shows"}
        place = f"/review/cases/{task.key}"
        for criterion in criteria:
            said = {**chosen, "criterion": criterion, "comment": f"{self.name} on {criterion}"}
            if not self._took_effect(self.visitor.http.post(f"{place}/choose", data=said)):
                return False
        signature = {"csrf": token, "seen": task.seen_sha256, "name": self.name, "meaning": MEANING}
        return self._took_effect(self.visitor.http.post(f"{place}/sign", data=signature))

    def _took_effect(self, answer: httpx.Response) -> bool:
        self.statuses[answer.status_code] += 1
        return answer.status_code == 303


@pytest.mark.parametrize(("people", "cases"), [(10, 4), pytest.param(50, 10, marks=pytest.mark.slow)])
def test_one_decision_a_slot_and_all_others_are_told(
    address: str,  # noqa: F811 - the fixture
    people: int,
    cases: int,
) -> None:
    with listening(address, requests=people) as site:
        tasks = opened(site, cases)
        assert len(tasks) == 2 * cases
        reviewers = [Reviewer(site, number) for number in range(people)]
        with ThreadPoolExecutor(people) as pool:
            for done in [pool.submit(one.work, tasks) for one in reviewers]:
                done.result()
        statuses = sum((one.statuses for one in reviewers), Counter[int]())
        assert set(statuses) == {303, 412}, statuses
        with site.store.read() as session:
            signatures = list(session.scalars(select(Signature)))
            told = {(one.task_key, one.reviewer) for one in signatures}
            # Whoever was told that it is signed is the one who signed it, and nobody else did.
            assert told == {(key, one.name) for one in reviewers for key in one.signed}
            assert len({key for key, _ in told}) == len(signatures)
            slots = {task.key: task for task, _ in tasks}
            by_case = Counter((slots[key].verdict_key, reviewer) for key, reviewer in told)
            assert set(by_case.values()) == {1}, "one person had both slots of a case"
            asked = {task.key: criteria for task, criteria in tasks}
            for one in signatures:
                decisions = decisions_of(session, one.key)
                assert [d.criterion for d in decisions] == asked[one.task_key]
                assert {d.comment.partition(" on ")[0] for d in decisions} == {one.reviewer}
            assert len(signatures) >= cases
            assert verify(session).holds


def test_drafts_survive_the_death_of_the_service(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    service = Service(store, tmp_path, ROOT / "protocols" / "demo-call.elig")
    try:
        query = {"as_of": "2026-06-01"}
        made = httpx.post(
            f"{service.url}/screenings", params=query, content=patient(), headers=FHIR, timeout=300
        )
        assert made.status_code == 201, made.text
        with open_store(StoreSettings(store)) as read, read.read() as session:
            (task,) = queue(session, Filter())
            criteria = sorted(criteria_of(session, task.key))
        visitor = Visitor(service.url)
        visitor.sign_in("Ann Abel")
        for criterion in criteria:
            said = {"criterion": criterion, "outcome": "not met", "reason-not-met": "record-shows"}
            answer = visitor.post(
                f"/review/cases/{task.key}/choose", **said, comment=f"on {criterion}", seen=task.seen_sha256
            )
            assert answer.status_code == 200, answer.text
        visitor.http.close()
        service.kill()
        with open_store(StoreSettings(store)) as read, read.read() as session:
            drafts = [(one.criterion, one.reviewer, one.comment) for one in drafts_of(session, task.key)]
        assert drafts == [(criterion, "Ann Abel", f"on {criterion}") for criterion in criteria]
        service.begin()
        visitor = Visitor(service.url)
        visitor.sign_in("Ann Abel")
        page = visitor.get(f"/review/cases/{task.key}").text
        assert all(f"on {criterion}" in page for criterion in criteria)
        visitor.http.close()
    finally:
        service.close()
