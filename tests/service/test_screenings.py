"""One patient: judged as on the command line, questioned, judged again with the answers, all of it kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.explaining import explain
from api.loading import load_question, read_extract
from api.screening import run
from api.service.told import Screening
from api.store.audit import verify
from api.store.results import findings_of, verdict_history
from api.store.sealing import verify_rows
from tests.service.conftest import CALL, DEMO, FHIR, ROOT, Client, code_of, patient
from tests.store.scene import answers_given

QUESTION = "q_b80933108dcd1190"
TYPES = """protocol TYPES version 1 "Answers of every type"

include W "Weight"
  patient answers "How much do you weigh?" with a number in kg is >= 50 kg

include D "Alcohol"
  patient answers "When did you last drink alcohol?" with a date is at least 28 days before index

include H "Hand"
  patient answers "Which hand?" with one of "left", "right" is "right"

include N "Count"
  patient answers "How many children?" with a number is >= 1
"""


def test_the_answer_is_the_command_lines(client: Client, tmp_path: Path) -> None:
    client.add(CALL)
    told = client.screen()
    protocol, bundle = ROOT / "protocols" / "demo-call.elig", tmp_path / "bundle.json"
    bundle.write_bytes(DEMO)
    one = run(load_question(protocol, "2026-06-01", [], []), read_extract(str(bundle), "UTC", complete=False))
    content = explain(one.program, one.facts, one.judgement, one.context, 0)
    (result,) = told["results"]
    assert json.loads(json.dumps(content["criteria"])) == result["criteria"]
    assert result["verdict"] == content["verdict"] == "needs-clinician-review"
    assert content["patient"] not in told["patient"]


LIVER = """protocol LIVER version 1 "Liver"

measurement ALT in U/L: LOINC 1742-6

include L "ALT"
  most recent ALT within 28 days before index is <= 3 x ULN
"""


def test_an_answer_has_the_fields_that_are_described_and_no_others(client: Client) -> None:
    client.add(LIVER)
    client.add(CALL)
    units = "http://unitsofmeasure.org"
    alt = {
        "resourceType": "Observation",
        "id": "alt",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "1742-6"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-05-20",
        "valueQuantity": {"value": 80, "system": units, "code": "U/L"},
        "referenceRange": [{"high": {"value": 40, "system": units, "code": "U/L"}}],
    }
    record = json.loads(patient())
    record["entry"].append({"resource": alt})
    told = client.screen(json.dumps(record).encode())
    Screening.model_validate(told)
    (liver,) = (one for one in told["results"] if one["protocol"] == "LIVER")
    (evidence,) = liver["criteria"][0]["statements"][0]["evidence"]
    assert evidence["limit"] == "ULN 40 U/L, stated with the result: 2 x ULN"


def test_an_answer_changes_the_verdict_and_nothing_else(client: Client) -> None:
    client.add(CALL)
    told = client.screen()
    (before,) = told["results"]
    (question,) = before["questions"]
    assert question["key"] == QUESTION.replace("_", "-")
    assert question["answer"] == {"type": "yes-no"}
    assert (question["ask"], question["settles"]) == ("patient", ["Q1"])
    for value, verdict in ((True, "pass"), ("no", "fail"), ("unsure", "needs-clinician-review")):
        (after,) = client.answer(told["screening"], **{QUESTION: value}).json()["results"]
        assert after["verdict"] == verdict
        others = [c for c in after["criteria"] if c["id"] != "Q1"]
        assert others == [c for c in before["criteria"] if c["id"] != "Q1"]
        assert bool(after["questions"]) == (verdict == "needs-clinician-review")
    (last,) = client.answer(told["screening"], **{QUESTION: None}).json()["results"]
    assert last["answers"] == []
    assert last["criteria"] == before["criteria"]


def test_everything_is_kept_with_who_and_when(client: Client) -> None:
    client.add(CALL)
    told = client.screen()
    client.answer(told["screening"], **{QUESTION: False})
    client.answer(told["screening"], **{QUESTION: True})
    with client.store.read() as session:
        verdicts = verdict_history(session, told["patient"])
        assert [one.verdict for one in verdicts] == ["needs-clinician-review", "fail", "pass"]
        assert len({one.facts_sha256 for one in verdicts}) == 3
        assert len(findings_of(session, verdicts[0].key)) == 6
        given = answers_given(session, told["patient"], QUESTION.replace("_", "-"))
        assert [(a.value, a.answered_by, a.recorded_by) for a in given] == [
            (False, "patient", "developer"),
            (True, "patient", "developer"),
        ]
        assert given[0].answered_at.isoformat() == "2026-06-01T12:00:00+00:00"
        assert verify(session).holds
        session.expunge_all()
        assert list(verify_rows(session)) == []


def test_answers_count_again_for_the_same_person_and_for_nobody_else(client: Client) -> None:
    client.add(CALL)
    first = client.screen()
    client.answer(first["screening"], **{QUESTION: True})
    again = client.screen()
    assert again["patient"] == first["patient"]
    assert again["results"][0]["verdict"] == "pass"
    other = client.screen(DEMO.replace(b'"birthDate": "1990-12-25"', b'"birthDate": "1990-12-26"'))
    assert other["patient"] != first["patient"]
    assert other["results"][0]["verdict"] == "needs-clinician-review"


def test_without_a_birth_date_only_the_same_record_is_the_same_person(client: Client) -> None:
    client.add(CALL)
    first = client.screen(patient(birthDate=None))
    assert client.screen(patient(birthDate=None))["patient"] == first["patient"]
    assert client.screen(patient(birthDate=None, gender="female"))["patient"] != first["patient"]


def test_two_who_ask_at_once_about_one_patient_get_what_counts(client: Client) -> None:
    client.add(CALL)
    told = client.screen()
    with ThreadPoolExecutor(4) as many:
        answers = [many.submit(client.answer, told["screening"], **{QUESTION: True}) for _ in range(4)]
        screens = [many.submit(client.screen) for _ in range(4)]
        assert {one.result().status_code for one in answers} == {200}
        assert {one.result()["results"][0]["verdict"] for one in screens} <= {
            "needs-clinician-review",
            "pass",
        }
    with client.store.read() as session:
        assert verdict_history(session, told["patient"])[-1].verdict == "pass"


def test_an_answer_is_refused_whole(client: Client) -> None:
    client.add(CALL)
    told = client.screen()
    bad = client.answer(told["screening"], **{QUESTION: True, "q_unknown": True})
    assert (bad.status_code, code_of(bad)) == (404, "QUESTION_UNKNOWN")
    with client.store.read() as session:
        assert len(verdict_history(session, told["patient"])) == 1
        assert answers_given(session, told["patient"], QUESTION.replace("_", "-")) == []


@pytest.mark.parametrize(
    ("at", "code"),
    [("2026-06-02T00:00:00Z", "ANSWER_AFTER_AS_OF"), ("2999-01-01T00:00:00Z", "ANSWER_IN_FUTURE")],
)
def test_an_answer_has_a_time_that_counts(client: Client, at: str, code: str) -> None:
    client.add(CALL)
    told = client.screen()
    body = {
        "answered_by": "p",
        "answered_at": at,
        "answers": [{"question": "q-b80933108dcd1190", "value": 1}],
    }
    assert code_of(client.post(f"/screenings/{told['screening']}/answers", json=body)) in (
        code,
        "ANSWER_TYPE",
    )
    body["answers"] = [{"question": "q-b80933108dcd1190", "value": True}]
    assert code_of(client.post(f"/screenings/{told['screening']}/answers", json=body)) == code


def test_answers_of_every_type(client: Client) -> None:
    client.add(TYPES)
    told = client.screen(patient())
    (result,) = told["results"]
    keys = {question["settles"][0]: question["key"].replace("-", "_") for question in result["questions"]}
    assert {question["answer"]["type"] for question in result["questions"]} == {"number", "date", "choice"}
    for criterion, values in (
        ("W", (82, "82", {"value": "82", "unit": "kg"}, True)),
        ("D", ("yesterday", "2026-13-01", 3)),
        ("H", ("both", True)),
        ("N", ("many", True)),
    ):
        for value in values:
            refused = client.answer(told["screening"], **{keys[criterion]: value})
            assert code_of(refused) in ("ANSWER_TYPE", "REQUEST_INVALID"), (criterion, value)
    good = {
        "W": {"value": 82, "unit": "kg"},
        "D": "2026-01-10",
        "H": "Right",
        "N": 2,
    }
    answer = client.answer(told["screening"], **{keys[name]: value for name, value in good.items()})
    assert answer.status_code == 200, answer.text
    assert answer.json()["results"][0]["verdict"] == "pass"
    light = client.answer(told["screening"], **{keys["W"]: {"value": 100, "unit": "[lb_av]"}}).json()
    assert light["results"][0]["verdict"] == "fail"


def test_one_question_in_two_protocols_is_answered_once(client: Client) -> None:
    client.add(CALL)
    client.add(CALL.replace("DEMO-CALL", "DEMO-CALL-2"))
    told = client.screen()
    assert [result["protocol"] for result in told["results"]] == ["DEMO-CALL", "DEMO-CALL-2"]
    after = client.answer(told["screening"], **{QUESTION: True}).json()
    assert [result["verdict"] for result in after["results"]] == ["pass", "pass"]
    only = client.screen(protocol="DEMO-CALL-2")
    assert [result["protocol"] for result in only["results"]] == ["DEMO-CALL-2"]


def test_a_protocol_that_is_not_in_force_is_named_as_such(client: Client) -> None:
    client.add(CALL)
    kept = client.post("/protocols", content=CALL.replace("DEMO-CALL", "WAITING")).json()
    assert not kept["active"]
    for name in ("WAITING", "UNHEARD-OF"):
        asked = {"as_of": "2026-06-01", "protocol": name}
        answer = client.post("/screenings", params=asked, content=DEMO, headers=FHIR)
        assert (answer.status_code, code_of(answer)) == (404, "PROTOCOL_NOT_ACTIVE")
        assert name not in answer.text


def test_what_cannot_be_screened_is_refused(client: Client) -> None:
    def refused(content: bytes, as_of: str = "2026-06-01", kind: str = "application/json") -> str:
        answer = client.post(
            "/screenings", params={"as_of": as_of}, content=content, headers={"Content-Type": kind}
        )
        assert answer.status_code >= 400
        return code_of(answer)

    assert refused(DEMO) == "NO_ACTIVE_PROTOCOL"
    client.add(CALL)
    assert refused(patient(id=None)) == "PATIENT_WITHOUT_ID"
    assert refused(b"{") == "JSON_INVALID"
    assert refused(b"") == "EMPTY_INPUT"
    assert refused(b"[]") != ""
    assert refused(DEMO[:-40]) == "JSON_INVALID"
    assert refused(DEMO, "yesterday") == "DATE_INVALID"
    assert refused(DEMO, kind="text/plain") == "CONTENT_TYPE"
    two = json.loads(patient())
    two["entry"].append({"resource": {"resourceType": "Patient", "id": "p2"}})
    assert refused(json.dumps(two).encode()) == "ONE_PATIENT_WANTED"
    gone = client.answer("0" * 32, **{QUESTION: True})
    assert (gone.status_code, code_of(gone)) == (404, "SCREENING_NOT_HELD")


def test_a_record_is_held_for_a_while(make: object) -> None:
    client: Client = make(held_records=1)  # type: ignore[operator]
    client.add(CALL)
    first, second = client.screen(), client.screen(patient())
    assert code_of(client.answer(first["screening"], **{QUESTION: True})) == "SCREENING_NOT_HELD"
    assert client.answer(second["screening"], **{QUESTION: True}).status_code == 200


def test_a_record_that_is_held_twice_is_counted_once(make: Callable[..., Client]) -> None:
    client = make(held_bytes=3 * len(DEMO))
    client.add(CALL)
    told = client.screen()
    held = client.app.state.service.screenings.held
    record = held.get(told["screening"], "local")
    for _ in range(10):
        held.put(told["screening"], record)
    other = client.screen(patient())
    assert client.answer(told["screening"], **{QUESTION: True}).status_code == 200
    assert client.answer(other["screening"], **{QUESTION: True}).status_code == 200
