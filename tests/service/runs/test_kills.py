"""Workers killed at any moment of a run: nothing lost, nothing doubled, the very same files."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.service.runs.orders import order_of
from api.store import Store
from api.store.audit import verify
from api.store.jobs import job_of
from api.store.sealing import verify_rows
from api.store.tables import Job, Portion, Run, StoredFinding, StoredVerdict, Task
from tests.service.conftest import CALL
from tests.service.runs.conftest import Runner, people
from tests.service.runs.killing import begin, killed
from tests.service.runs.test_runs import AGE

PATIENTS = 60
PORTIONS = 6


@pytest.fixture
def scene(make: Any, tmp_path: Path) -> Runner:
    """A service with two protocols and an extract of sixty, whose workers are other processes."""
    people(tmp_path / "ehr", PATIENTS)
    places = {"extracts": {"local": {"ehr": tmp_path / "ehr"}}, "results": tmp_path / "results"}
    plain = make(**places, run_attempts=10_000, judge_wait_seconds=240)
    plain.add(CALL)
    plain.add(AGE)
    return Runner(plain.app, plain.store, plain.log)


def _begun(scene: Runner) -> BaseProcess:
    service = scene.app.state.service
    given = {"extracts": service.settings.extracts}
    return begin(scene.store.settings.address, service.runs.files.root, given)


def _kill_anywhere(scene: Runner, kills: int, seed: int) -> list[dict[str, Any]]:
    """Kill workers at random points of runs; the manifests of all runs, and of one that nobody touched."""
    chance = random.Random(seed)
    done: list[dict[str, Any]] = []
    current = scene.started("ehr")
    for number in range(kills):
        # Now within the work of one run, now after it.
        killed(_begun(scene), chance, 8.0 if number % 2 else 3.0)
        answer = scene.get(current)
        assert answer.status_code in (200, 202), answer.text
        if answer.status_code == 200:
            done.append(answer.json())
            current = scene.started("ehr")
    return [*done, *_finished(scene, current)]


def _kill_within(scene: Runner, stored: Sequence[int]) -> list[dict[str, Any]]:
    """The same of one run, whose workers are killed once so many portions are stored."""
    current = scene.started("ehr")
    for portions in stored:
        process, deadline = _begun(scene), time.monotonic() + 300
        while _portions(scene) < portions:
            assert time.monotonic() < deadline, "the worker did not get so far"
            time.sleep(0.005)
        process.kill()
        process.join()
    return _finished(scene, current)


def _finished(scene: Runner, current: str) -> list[dict[str, Any]]:
    """The manifests of a run, and of one that nobody touches, by a worker that lives."""
    last = _begun(scene)
    try:
        return [_awaited(scene, run) for run in (current, scene.started("ehr"))]
    finally:
        last.kill()
        last.join()


def _portions(scene: Runner) -> int:
    with scene.store.read() as session:
        return session.scalar(select(func.count()).select_from(Portion)) or 0


def _awaited(scene: Runner, address: str) -> dict[str, Any]:
    deadline = time.monotonic() + 300
    while (answer := scene.get(address)).status_code == 202:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _check(scene: Runner, manifests: list[dict[str, Any]]) -> None:
    assert len({str(_files(manifest)) for manifest in manifests}) == 1
    for item in manifests[-1]["output"]:
        answer = scene.get(item["url"])
        assert len(answer.content) == item["extension"]["bytes"]
    with scene.store.read() as session:
        jobs = session.scalars(select(Job)).all()
        assert Counter(job.state for job in jobs) == {"done": len(manifests)}
        assert max(job.attempt for job in jobs) > 1, "no worker was hit"
        for job in jobs:
            for key in order_of(job.order).runs:
                _check_run(session, key)
        findings = session.scalar(select(func.count()).select_from(StoredFinding))
        assert findings == len(manifests) * PATIENTS * (6 + 1)
        open_ones = session.execute(
            select(Task.patient_key, Task.version_key).where(Task.state == "open")
        ).all()
        assert len(open_ones) == len(set(open_ones)) == PATIENTS // 2
        assert session.scalar(select(func.count()).select_from(Task)) == PATIENTS // 2
        assert verify(session).faults == []
        session.expunge_all()
        assert list(verify_rows(session)) == []
    shown = {path.name for path in scene.app.state.service.runs.files.root.iterdir()}
    assert shown == {job.key for job in jobs}


def _check_run(session: Any, key: str) -> None:
    assert session.get_one(Run, key).state == "complete"
    numbers = session.scalars(select(Portion.number).where(Portion.run_key == key)).all()
    assert sorted(numbers) == list(range(PORTIONS))
    whose = session.scalars(select(StoredVerdict.patient_key).where(StoredVerdict.run_key == key)).all()
    assert len(whose) == len(set(whose)) == PATIENTS


def _files(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and hashes."""
    return [
        (item["url"].rpartition("/")[2], item["extension"]["sha256"])
        for item in [*manifest["output"], *manifest["error"]]
    ]


def test_a_worker_killed_a_few_times(scene: Runner) -> None:
    _check(scene, _kill_within(scene, (2, 2 * PORTIONS - 1)))


@pytest.mark.slow
def test_a_worker_killed_at_a_hundred_moments(scene: Runner) -> None:
    manifests = _kill_anywhere(scene, 100, seed=20260601)
    _check(scene, manifests)
    with scene.store.read() as session:
        attempts = sum(job.attempt for job in session.scalars(select(Job)))
    # How many depends on the machine's speed and on who else uses it; each was killed within its work.
    assert attempts > 25


def test_a_run_is_given_up_after_so_many_attempts(make: Any, tmp_path: Path) -> None:
    people(tmp_path / "ehr", 4)
    places = {"extracts": {"local": {"ehr": tmp_path / "ehr"}}, "results": tmp_path / "results"}
    plain = make(**places, run_attempts=2, lease_seconds=0.3)
    plain.add(CALL)
    scene = Runner(plain.app, plain.store, plain.log)
    address = scene.started("ehr")
    for _ in range(2):
        assert _abandoned(scene.store)
        time.sleep(0.4)
    assert scene.worker().once() is False
    failed = scene.get(address)
    assert (failed.status_code, failed.json()["issue"][0]["details"]["coding"][0]["code"]) == (
        500,
        "ATTEMPTS_EXHAUSTED",
    )
    with scene.store.read() as session:
        (job,) = session.scalars(select(Job)).all()
        assert session.get_one(Run, job.run_key).state == "failed"


def _abandoned(store: Store) -> bool:
    """A worker that takes a run and is never heard of again."""
    from datetime import timedelta

    from api.store.jobs import claim

    return claim(store, "gone", timedelta(seconds=0.3)) is not None


def test_a_run_that_is_worked_on_is_cancelled_within_its_lease(scene: Runner) -> None:
    address = scene.started("ehr")
    service = scene.app.state.service
    process = begin(
        scene.store.settings.address, service.runs.files.root, {"extracts": service.settings.extracts}
    )
    try:
        deadline = time.monotonic() + 300
        key = address.rpartition("/")[2]
        while _state(scene, key) == "queued":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert scene.send("DELETE", address).status_code == 202
        assert scene.get(address).status_code == 404
        while _state(scene, key) == "running":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert _state(scene, key) == "cancelled"
        while _runs(scene, key) != {"cancelled"}:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.kill()
        process.join()


def _state(scene: Runner, key: str) -> str:
    with scene.store.read() as session:
        return job_of(session, key).state


def _runs(scene: Runner, key: str) -> set[str]:
    with scene.store.read() as session:
        return {session.get_one(Run, run).state for run in order_of(job_of(session, key).order).runs}
