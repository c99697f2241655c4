"""A run over an extract, as Bulk Data has it: begun, looked at, collected, cancelled; judged as ever."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from api.loading import load_question, read_extract
from api.screening import run, write
from api.service.runs.orders import order_of
from api.store import Actor
from api.store.audit import verify
from api.store.jobs import claim
from api.store.queues import Filter, queue
from api.store.results import findings_of, verdict_history
from api.store.runs import move_run
from api.store.sealing import verify_rows
from api.store.tables import Job, StoredVerdict
from api.store.tasks import criteria_of
from tests.service.conftest import ROOT, code_of
from tests.service.runs.conftest import ASYNC, Runner, fetched, people

AGE = """protocol AGE version 1 "Age"

parameter least-age is a number in years default 18

include A "Age"
  age at index is >= least-age
"""
WEIGHED = """protocol WEIGHED version 1 "Two things to ask"

include A "Visits"
  patient answers "Can you come?" with yes or no is yes

include B "Weight"
  patient answers "How much do you weigh?" with a number in kg is >= 50 kg
"""
PROTOCOL = ROOT / "protocols" / "demo-call.elig"


def one_of(runner: Runner, name: str) -> bytes:
    """The bundle of one patient of the extract."""
    folder = Path(str(runner.app.state.service.settings.extracts["local"]["ehr"])) / "may"
    entries = [
        {"resource": json.loads(line)}
        for kind in ("Patient", "Condition", "Observation")
        for line in (folder / f"{kind}.ndjson").read_text().splitlines()
        if name in line
    ]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def test_the_way_of_bulk_data(runner: Runner) -> None:
    begun = runner.start()
    assert begun.status_code == 202
    address = begun.headers["Content-Location"]
    assert address.startswith("http://127.0.0.1/runs/")
    waiting = runner.get(address)
    assert waiting.status_code == 202
    assert waiting.headers["X-Progress"] == "waiting"
    assert int(waiting.headers["Retry-After"]) > 0
    manifest = runner.done(address)
    assert manifest["request"] == "http://127.0.0.1/runs"
    assert manifest["requiresAccessToken"] is False
    assert manifest["transactionTime"] < runner.store.clock().isoformat()
    assert manifest["error"] == []
    done = runner.get(address)
    assert done.headers["Content-Type"] == "application/json"
    assert parsedate_to_datetime(done.headers["Expires"]) > runner.store.clock()
    for form in ("ndjson", "csv", "parquet"):
        assert len(fetched(runner, manifest, "verdicts", form)) == 8
        assert len(fetched(runner, manifest, "findings", form)) == 8 * 6


def test_what_is_collected_is_what_the_command_line_writes(runner: Runner, tmp_path: Path) -> None:
    manifest = runner.done(runner.started())
    question = load_question(PROTOCOL, "2026-06-01", [], [])
    judged = run(question, read_extract(str(tmp_path / "ehr" / "may"), "UTC", complete=False))
    write(judged, tmp_path / "out", csv_findings=True, all_evidence=False)
    whose = {row["patient"]: row["identifier"] for row in fetched(runner, manifest, "patients")}
    assert sorted(whose.values()) == [f"p{n:04}" for n in range(8)]
    for kind in ("verdicts", "findings"):
        with (tmp_path / "out" / f"{kind}.csv").open(newline="") as stream:
            expected = list(csv.DictReader(stream))
        found = fetched(runner, manifest, kind, "csv")
        assert [{**row, "patient": whose[row["patient"]]} for row in found] == expected
    ((told,),) = [manifest["extension"]["protocols"]]
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert told["counts"] == record["counts"]
    assert told["account"]["lines"] == record["lines"]


def test_everything_is_kept_like_one_patients_own(runner: Runner) -> None:
    manifest = runner.done(runner.started())
    told = fetched(runner, manifest, "verdicts")
    with runner.store.read() as session:
        for row in told:
            (kept,) = verdict_history(session, row["patient"])
            assert kept.verdict == row["verdict"]
            assert len(findings_of(session, kept.key)) == 6
        assert verify(session).holds
        session.expunge_all()
        assert list(verify_rows(session)) == []
    alone = runner.screen(one_of(runner, "p0001"))
    with runner.store.read() as session:
        batch, single = verdict_history(session, alone["patient"])
        assert batch.facts_sha256 == single.facts_sha256
        assert batch.findings_sha256 == single.findings_sha256
        # Who judges anew and sees the same leaves the review as it is.
        tasks = [task for task in queue(session, Filter()) if task.patient_key == alone["patient"]]
        assert [task.verdict_key for task in tasks] == [batch.key]
    assert alone["results"][0]["task"] is None


def test_who_needs_a_clinician_has_one_review(runner: Runner) -> None:
    manifest = runner.done(runner.started())
    verdicts = {row["patient"]: row for row in fetched(runner, manifest, "verdicts")}
    assert Counter(row["verdict"] for row in verdicts.values()) == {"fail": 4, "needs-clinician-review": 4}
    with runner.store.read() as session:
        first = {task.patient_key: task for task in queue(session, Filter())}
        for key, task in first.items():
            assert sorted(criteria_of(session, task.key)) == sorted(verdicts[key]["unknown"])
    open_cases = {key for key, row in verdicts.items() if row["verdict"] == "needs-clinician-review"}
    assert set(first) == open_cases
    runner.done(runner.started())
    with runner.store.read() as session:
        assert {task.key for task in queue(session, Filter())} == {task.key for task in first.values()}
    # Another day, other facts within reach: what was seen is old, and the new review takes its place.
    runner.done(runner.started(as_of="2026-06-02", complete=True))
    with runner.store.read() as session:
        again = queue(session, Filter())
        assert len({task.patient_key for task in again}) == len(again)


def test_answers_count_in_a_run(runner: Runner) -> None:
    question = "q_b80933108dcd1190"
    alone = runner.screen(one_of(runner, "p0003"))
    answered = runner.answer(alone["screening"], **{question: False}).json()
    manifest = runner.done(runner.started())
    found = {row["patient"]: row for row in fetched(runner, manifest, "verdicts")}
    assert answered["results"][0]["verdict"] == "fail"
    assert found[alone["patient"]]["not_met"] == ["Q1"]
    assert sum(row["not_met"] == ["Q1"] for row in found.values()) == 1
    with runner.store.read() as session:
        first, second, third = verdict_history(session, alone["patient"])
        assert first.facts_sha256 != second.facts_sha256 == third.facts_sha256
        assert second.findings_sha256 == third.findings_sha256


def test_several_protocols_and_parameters(runner: Runner) -> None:
    runner.add(AGE)
    manifest = runner.done(runner.started(protocols=["AGE", "DEMO-CALL"], parameters=["least-age=40"]))
    names = [item["extension"]["protocol"] for item in manifest["output"] if item["type"] == "verdicts"]
    assert Counter(names) == {"AGE": 3, "DEMO-CALL": 3}
    verdicts = Counter(row["verdict"] for row in fetched(runner, manifest, "verdicts"))
    assert verdicts == {"pass": 4, "fail": 8, "needs-clinician-review": 4}
    listed = runner.get("/runs").json()["runs"]
    assert [one["protocol"] for one in listed[0]["protocols"]] == ["AGE", "DEMO-CALL"]


def test_rejects_are_told_and_mark_the_run(runner: Runner, tmp_path: Path) -> None:
    people(tmp_path / "ehr" / "bad", 2, more='{"resourceType": "Condition", "id": "x", CANARY}\n')
    manifest = runner.done(runner.started("ehr/bad"))
    assert manifest["extension"]["marked"] is True
    (error,) = fetched(runner, manifest, "OperationOutcome")
    assert error["issue"][0]["details"]["coding"][0]["code"] == "JSON_INVALID"
    assert error["issue"][0]["location"] == ["line 3"]
    assert "CANARY" not in json.dumps(error)
    (reject,) = fetched(runner, manifest, "rejects")
    assert reject["file"] == "Condition.ndjson"
    assert "CANARY" not in runner.log.getvalue()


def test_nobody_in_an_extract_is_nobody_judged(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "ehr" / "none").mkdir()
    (tmp_path / "ehr" / "none" / "Patient.ndjson").write_text("")
    manifest = runner.done(runner.started("ehr/none"))
    assert manifest["extension"]["protocols"][0]["counts"]["patients"] == 0
    assert fetched(runner, manifest, "verdicts", "parquet") == []


@pytest.mark.parametrize(
    ("name", "text", "code"), [("a.txt", "hello", "NOT_FHIR"), (".x", "", "EMPTY_INPUT")]
)
def test_an_extract_that_cannot_be_read_fails_as_on_the_command_line(
    runner: Runner, tmp_path: Path, name: str, text: str, code: str
) -> None:
    (tmp_path / "ehr" / "odd").mkdir()
    (tmp_path / "ehr" / "odd" / name).write_text(text)
    address = runner.started("ehr/odd")
    runner.worker().once()
    failed = runner.get(address)
    assert (failed.status_code, code_of(failed)) == (422, code)
    assert str(tmp_path) not in failed.text
    with runner.store.read() as session:
        assert verify(session).holds
    assert runner.get("/runs").json()["runs"][0]["state"] == "failed"


def test_a_run_that_was_taken_is_not_said_to_wait(runner: Runner) -> None:
    address = runner.started()
    assert claim(runner.store, "somebody") is not None
    assert runner.get(address).headers["X-Progress"] == "beginning"


@pytest.mark.parametrize("code", ["STORE_BUSY", "NOT_FOUND", "RATE_EXCEEDED", "INTERNAL"])
def test_a_run_that_failed_is_there_and_does_not_come_right(runner: Runner, code: str) -> None:
    """A status of "gone" or "try again" would be taken for a run that is cancelled, or under way."""
    address = runner.started()
    runner.worker().once()
    with runner.store.upkeep() as session:
        job = session.get_one(Job, address.rpartition("/")[2])
        job.state, job.outcome = "failed", {"code": code, "place": "", "message": "given up"}
    failed = runner.get(address)
    assert (failed.status_code, code_of(failed)) == (500, code)
    assert "Retry-After" not in failed.headers


def test_a_patients_verdicts_come_in_pages(runner: Runner) -> None:
    told = runner.screen()
    for _ in range(4):
        runner.screen()
    path, seen, after = f"/patients/{told['patient']}/verdicts", [], None
    while True:
        page = runner.get(path, params={"limit": 2, **({"after": after} if after else {})}).json()
        assert len(page["verdicts"]) <= 2
        seen += [one["verdict_key"] for one in page["verdicts"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert [one["verdict_key"] for one in runner.get(path).json()["verdicts"]] == seen
    assert runner.get(path, params={"after": "0" * 32}).status_code == 404


def test_cells_are_no_formulas(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "ehr" / "evil").mkdir()
    rows = [
        {"resourceType": "Patient", "id": "=cmd", "birthDate": "1980"},
        {"resourceType": "Patient", "id": "@x"},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "ehr" / "evil" / "Patient.ndjson").write_text(text)
    manifest = runner.done(runner.started("ehr/evil"))
    for row in fetched(runner, manifest, "patients", "csv"):
        assert row["identifier"][0] == "'"


def test_a_run_is_cancelled_before_it_begins(runner: Runner) -> None:
    address = runner.started()
    cancelled = runner.send("DELETE", address)
    assert (cancelled.status_code, code_of(cancelled)) == (202, "RUN_CANCELLED")
    assert (runner.get(address).status_code, runner.send("DELETE", address).status_code) == (404, 404)
    assert runner.worker().once() is False
    runner.worker().settle()
    assert runner.get("/runs").json()["runs"][0]["state"] == "cancelled"
    assert runner.get(f"{address}/verdicts").status_code == 404


def test_files_are_removed_on_request_and_the_verdicts_stay(runner: Runner, tmp_path: Path) -> None:
    address = runner.started()
    manifest = runner.done(address)
    assert runner.send("DELETE", address).status_code == 202
    assert runner.get(address).status_code == 404
    assert {runner.get(item["url"]).status_code for item in manifest["output"]} == {404}
    assert list((tmp_path / "results").iterdir()) == []
    assert runner.get(f"{address}/verdicts").status_code == 404
    with runner.store.read() as session:
        assert session.query(StoredVerdict).count() == 8
    assert runner.get("/runs").json()["runs"][0]["state"] == "removed"


def test_files_go_when_their_time_is_over(runner: Runner, tmp_path: Path) -> None:
    address = runner.started()
    runner.done(address)
    runner.worker().tidy()
    assert runner.get(address).status_code == 200
    runner.worker(results_hours=1e-9).tidy()
    assert list((tmp_path / "results").iterdir()) == []


def test_lists_come_in_pages(runner: Runner) -> None:
    addresses = [runner.started() for _ in range(3)]
    runner.done(addresses[0])
    first = runner.get("/runs", params={"limit": 2}).json()
    second = runner.get("/runs", params={"limit": 2, "before": first["next"]}).json()
    found = [one["run"] for one in [*first["runs"], *second["runs"]]]
    assert found == [address.rpartition("/")[2] for address in reversed(addresses)]
    assert second["next"] is None
    seen, after = [], None
    while True:
        query = {"limit": 3, **({"after": after} if after else {})}
        page = runner.get(f"{addresses[0]}/verdicts", params=query).json()
        seen += [row["patient"] for row in page["verdicts"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 8
    history = runner.get(f"/patients/{seen[0]}/verdicts").json()
    assert [row["protocol"] for row in history["verdicts"]] == ["DEMO-CALL"]
    assert [one["id"] for one in history["verdicts"][0]["criteria"]] == ["I1", "I2", "I3", "E1", "Q1", "C1"]
    assert runner.get(f"/patients/{'0' * 32}/verdicts").status_code == 404


def test_a_run_is_never_waited_for(runner: Runner) -> None:
    body = {"extract": "ehr/may", "as_of": "2026-06-01"}
    for headers in ({}, {"Prefer": "wait=5"}, {"Prefer": "return=minimal"}, {"Prefer": "respond-sync"}):
        answer = runner.post("/runs", json=body, headers=headers)
        assert (answer.status_code, code_of(answer)) == (400, "PREFER_ASYNC_WANTED")


def test_one_of_several_preferences_will_do(runner: Runner) -> None:
    headers = {"Prefer": "handling=lenient, Respond-Async; foo=1"}
    body = {"extract": "ehr/may", "as_of": "2026-06-01"}
    assert runner.post("/runs", json=body, headers=headers).status_code == 202


WRONG = [
    ({"as_of": "yesterday"}, "DATE_INVALID"),
    ({"as_of": "2026-13-1"}, "DATE_INVALID"),
    ({"as_of": "2026-06-01T00:00:00"}, "REQUEST_INVALID"),
    ({"zone": "Mars/Base"}, "ZONE_UNKNOWN"),
    ({"protocols": ["NONE"]}, "PROTOCOL_NOT_ACTIVE"),
    ({"parameters": ["least=5"]}, "PARAMETER_UNKNOWN"),
    ({"parameters": ["least-age=2026-01-01"]}, "PARAMETER_UNKNOWN"),
    ({"parameters": ["least-age=old"]}, "E321"),
    ({"more": 1}, "REQUEST_INVALID"),
]


def test_what_can_be_told_at_once_is(runner: Runner) -> None:
    runner.add(AGE)
    for changed, code in WRONG:
        body = {"extract": "ehr/may", "as_of": "2026-06-01", **changed}
        assert code_of(runner.post("/runs", json=body, headers=ASYNC)) == code
    assert runner.get("/runs").json()["runs"] == []


def test_only_so_many_wait(runner: Runner) -> None:
    runner.app.state.service.runs.settings = runner.app.state.service.settings.model_copy(update={"runs": 2})
    assert [runner.start().status_code for _ in range(3)] == [202, 202, 503]
    assert "ELIGIBILITY_SERVICE_RUNS" in runner.start().text


def test_a_run_overtakes_no_review_that_knows_more(runner: Runner) -> None:
    """Answered for after the run was asked for, judged by it before the answer: the later review stays."""
    runner.add(WEIGHED)
    bundle = one_of(runner, "p0003")
    address = runner.started(protocols=["WEIGHED"])
    alone = runner.screen(bundle, protocol="WEIGHED")
    (first, second) = (one["key"] for one in alone["results"][0]["questions"])
    told = runner.answer(alone["screening"], **{first: True}).json()["results"][0]
    assert told["verdict"] == "needs-clinician-review"
    runner.done(address)
    with runner.store.read() as session:
        (task,) = [one for one in queue(session, Filter()) if one.patient_key == alone["patient"]]
        assert task.key == told["task"]
        assert len(verdict_history(session, alone["patient"])) == 3
    assert second


def test_an_extract_that_changes_meanwhile_is_refused(runner: Runner, tmp_path: Path) -> None:
    address = runner.started()
    key = address.rpartition("/")[2]
    worker = runner.worker()
    with runner.store.read() as session:
        job = session.get_one(Job, key)
        order = order_of(job.order)
    claimed = claim(runner.store, "gone", timedelta(seconds=0.1))
    assert claimed is not None
    with runner.store.write(Actor("gone", "run", "local")) as unit:
        move_run(unit, order.runs[0], "running", manifest={"inputs": [{"bytes": 1, "sha256": "0" * 64}]})
    time.sleep(0.2)
    worker.once()
    failed = runner.get(address)
    assert (failed.status_code, code_of(failed)) == (422, "EXTRACT_CHANGED")
    with runner.store.read() as session:
        assert session.query(StoredVerdict).count() == 0
