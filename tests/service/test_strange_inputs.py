"""What nobody would send, and somebody does: refused in the one shape, or answered; never a fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import CALL, DEMO, FHIR, Client, code_of, patient, services

DAY = "2026-06-01"
QUESTION = "q-b80933108dcd1190"
SUBJECT = {
    "resourceType": "ResearchSubject",
    "status": "potential-candidate",
    "study": {"reference": "ResearchStudy/DEMO-CALL"},
}
LATER = {"Prefer": "respond-async"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    place: Path = tmp_path_factory.mktemp("strange") / "store.db"
    with services(f"sqlite:///{place}") as new:
        made = new(bodies_bytes=1 << 30)
        made.add(CALL)
        yield made


@pytest.fixture(scope="module")
def screened(client: Client) -> dict[str, Any]:
    return client.screen()


def refused(answer: Any) -> None:
    """Answered, or refused in the one shape; a fault is neither."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert code_of(answer)


RECORDS: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"Bundle"',
    "no resource": b"{}",
    "another resource": b'{"resourceType": "Patient"}',
    "a type of nobody": b'{"resourceType": "Nobody", "id": "x"}',
    "an empty bundle": b'{"resourceType": "Bundle", "type": "collection"}',
    "entries of null": b'{"resourceType": "Bundle", "entry": [null, {}, {"resource": null}]}',
    "entries that are none": b'{"resourceType": "Bundle", "entry": {"a": 1}}',
    "a bundle in a bundle": b'{"resourceType": "Bundle", "entry": [{"resource": ' + DEMO + b"}]}",
    "twice": b'{"resourceType": "Bundle", "entry": [], "entry": []}',
    "with a mark before": b"\xef\xbb\xbf" + DEMO,
    "another encoding": DEMO.decode().encode("utf-16"),
    "a zero byte": DEMO[:-2] + b"\x00}",
    "half a pair": patient(name=[{"family": "x"}]).replace(b'"x"', b'"\\ud83e"'),
    "a lone surrogate as id": patient().replace(b'"p1"', b'"\\ud83e"'),
    "a zero in the id": patient().replace(b'"p1"', b'"\\u0000"'),
    "no id": patient().replace(b'"id": "p1", ', b""),
    "an empty id": patient().replace(b'"p1"', b'""'),
    "a long id": patient().replace(b'"p1"', b'"' + b"9" * 100_000 + b'"'),
    "an id of spaces": patient().replace(b'"p1"', b'" 1980-01-01"'),
    "a number that is none": patient().replace(b'"1980-01-01"', b"NaN"),
    "an endless number": patient().replace(b'"1980-01-01"', b"1e999"),
    "a long number": patient().replace(b'"1980-01-01"', b"9" * 50_000),
    "born before all": patient(birthDate="0001-01-01"),
    "born after all": patient(birthDate="9999-12-31"),
    "born on no day": patient(birthDate="2023-02-30"),
    "dead before birth": patient(deceasedDateTime="1970-01-01"),
    "dead with an offset": patient(deceasedDateTime="0001-01-01T00:00:00+14:00"),
    "two patients": patient()[:-2] + b', {"resource": {"resourceType": "Patient", "id": "p2"}}]}',
    "named and sent": b'{"patient": "p1", "resourceType": "Bundle"}',
    "named by nothing": b'{"patient": null}',
    "named by a path": b'{"patient": "../Patient/1"}',
}
ASKED: dict[str, dict[str, Any]] = {
    "the first day": {"as_of": "0001-01-01"},
    "the last day": {"as_of": "9999-12-31"},
    "no day": {"as_of": "2026-02-30"},
    "digits of elsewhere": {"as_of": "٢٠٢٦-٠٦-٠١"},
    "a moment": {"as_of": "2026-06-01T00:00:00Z"},
    "a zone far out": {"as_of": "9999-12-31", "zone": "+14:00"},
    "a zone that is a path": {"as_of": DAY, "zone": "../../etc/passwd"},
    "a zone with a zero": {"as_of": DAY, "zone": "UTC\x00"},
    "a long zone": {"as_of": DAY, "zone": "A" * 10_000},
    "a protocol with a zero": {"as_of": DAY, "protocol": "X\x00"},
    "half a pair": {"as_of": DAY, "protocol": b"\xed\xa0\x80"},
    "many protocols": {"as_of": DAY, "protocol": ["DEMO-CALL"] * 500},
    "a parameter of nothing": {"as_of": DAY, "param": "="},
    "a day as parameter": {"as_of": DAY, "param": "x=9999-12-31..0001-01-01"},
    "two days": {"as_of": [DAY, "2026-06-02"]},
}
VALUES: dict[str, Any] = {
    "a zero": "\x00",
    "half a pair": "\ud83e",
    "a list": [True],
    "a number": 1,
    "a large number": 10**400,
    "words": "perhaps",
    "spaces": "  YES  ",
    "an amount": {"value": 1, "unit": "kg"},
}
MOMENTS = (
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "2026-06-01T12:00:00",
    "2026-06-01T24:00:00Z",
    "1e3",
)
SEARCHES = (
    "/fhir/AuditEvent?date=9999-12-31",
    "/fhir/AuditEvent?date=lt0001-01-01T00:00:00%2B14:00",
    "/fhir/AuditEvent?date=ge9999-12-31T23:59:59.999999-14:00",
    "/fhir/AuditEvent?date=2026-02-30",
    "/fhir/AuditEvent?agent:identifier=%00",
    "/fhir/AuditEvent?_after=4611686018427387904",
    "/fhir/AuditEvent?_count=0",
    "/fhir/ResearchStudy?_id=%00",
    "/fhir/ResearchStudy/%2e%2e",
    "/fhir/Task?patient:identifier=%00",
    "/fhir/Task?based-on=ResearchStudy/%F0%9F%92%89",
    "/fhir/Task?_offset=1000001",
    "/fhir/ResearchSubject?study=%00&individual:identifier=%00",
    "/fhir/MeasureReport?measure=::",
    "/fhir/GuidanceResponse/x",
    "/audit?after=9007199254740992",
    "/audit?after=-1",
    "/protocols?after=%00",
    "/protocols/%00/versions/" + "0" * 32,
    "/studies/%00/figures",
    "/runs?before=" + "f" * 32,
    "/runs/" + "0" * 32 + "/verdicts?after=999-" + "f" * 32,
    "/patients/%00/verdicts",
    "/runs/" + "0" * 32 + "/files/verdicts.csv",
)


@pytest.mark.parametrize("kind", RECORDS)
def test_records(client: Client, kind: str) -> None:
    body = RECORDS[kind]
    refused(client.post(f"/screenings?as_of={DAY}", content=body, headers=FHIR))
    refused(client.post(f"/fhir/ResearchStudy/$screen?asOf={DAY}", content=body, headers=FHIR))
    refused(client.post("/cds-services/eligibility-patient-view", content=body, headers=FHIR))
    refused(client.post("/fhir/ResearchSubject", content=body, headers=FHIR))
    refused(client.post(f"/uploads?as_of={DAY}", content=body, headers=LATER))


@pytest.mark.parametrize("kind", ASKED)
def test_questions(client: Client, kind: str) -> None:
    refused(client.post("/screenings", params=ASKED[kind], content=DEMO, headers=FHIR))
    told = {**ASKED[kind], "asOf": ASKED[kind]["as_of"]}
    told = {name: value for name, value in told.items() if name in ("asOf", "zone")}
    refused(client.post("/fhir/ResearchStudy/$screen", params=told, content=DEMO, headers=FHIR))


@pytest.mark.parametrize("kind", VALUES)
def test_answers(client: Client, screened: dict[str, Any], kind: str) -> None:
    answer = {"question": QUESTION, "value": VALUES[kind]}
    body = json.dumps({"answered_by": "patient", "answered_at": f"{DAY}T12:00:00Z", "answers": [answer]})
    path = f"/screenings/{screened['screening']}/answers"
    refused(client.post(path, content=body, headers={"Content-Type": "application/json"}))


@pytest.mark.parametrize("moment", MOMENTS)
def test_moments(client: Client, screened: dict[str, Any], moment: str) -> None:
    answer = {"question": QUESTION, "value": True}
    body = {"answered_by": "patient", "answered_at": moment, "answers": [answer]}
    refused(client.post(f"/screenings/{screened['screening']}/answers", json=body))
    told = {
        **SUBJECT,
        "individual": {"identifier": {"system": "urn:eligibility:patient", "value": screened["patient"]}},
        "extension": [{"url": "urn:eligibility:happened-at", "valueDateTime": moment}],
    }
    refused(client.post("/fhir/ResearchSubject", json=told, headers=FHIR))
    feedback = {"card": screened["screening"], "outcome": "accepted", "outcomeTimestamp": moment}
    refused(client.post("/cds-services/eligibility-patient-view/feedback", json={"feedback": [feedback]}))


@pytest.mark.parametrize("path", SEARCHES)
def test_searches(client: Client, path: str) -> None:
    refused(client.get(path))


def test_headers(client: Client, screened: dict[str, Any]) -> None:
    path = f"/screenings?as_of={DAY}"
    for name, value in (
        ("Content-Type", "application/fhir+json; charset=utf-16"),
        ("Content-Type", ""),
        ("Idempotency-Key", " "),
        ("Idempotency-Key", "k" * 201),
        ("Idempotency-Key", b"\xff"),
        ("Expect", "200-maybe"),
        ("If-Match", "*"),
        ("Range", "bytes=0-1"),
        ("Accept", "image/png"),
        ("Accept-Encoding", "br;q=x"),
    ):
        refused(
            client.post(
                path, content=DEMO, headers=[(b"Content-Type", b"application/fhir+json"), (name, value)]
            )
        )
    for seen in ("*", 'W/""', '"1", "2"', 'W/"' + "9" * 64 + '"'):
        headers = {**FHIR, "If-Match": seen}
        refused(client.post(f"/fhir/Task/{'0' * 32}/$claim", json={}, headers=headers))
        name = f"{screened['patient']}-0000000000000000"
        refused(client.send("PUT", f"/fhir/ResearchSubject/{name}", json=SUBJECT, headers=headers))
