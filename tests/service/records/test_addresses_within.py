"""Addresses that callers, records, tokens or the FHIR server itself bring along are never gone to.

A canary listens on this machine and would notice a connection; every look-up of a name and every connection
of this process is written down. What may be reached is the configured FHIR server, and nothing else.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fhir_adapters import read_bundle
from tests.service.access.issuer import EC256, Issuer, b64
from tests.service.cds.calls import VIEW, called
from tests.service.conftest import CALL, DEMO, FHIR, Client, code_of
from tests.service.records.ehr import Ehr, body, redirect

# Every way to write the canary's address, and some that lead elsewhere. `{port}` is the canary's.
TARGETS = (
    "http://127.0.0.1:{port}/x",
    "https://127.0.0.1:{port}/x",
    "http://localhost:{port}/x",
    "http://[::1]:{port}/x",
    "http://[::ffff:127.0.0.1]:{port}/x",
    "http://2130706433:{port}/x",
    "http://0x7f000001:{port}/x",
    "http://0177.0.0.1:{port}/x",
    "http://127.1:{port}/x",
    "http://0:{port}/x",
    "http://user:pass@127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}#@ehr.example/x",
    "http://ehr.example@127.0.0.1:{port}/x",
    "//127.0.0.1:{port}/x",
    "ftp://127.0.0.1:{port}/x",
    "gopher://127.0.0.1:{port}/_x",
    "dict://127.0.0.1:{port}/x",
    "ldap://127.0.0.1:{port}/x",
    "file:///etc/passwd",
    "file://127.0.0.1:{port}/x",
    "jar:http://127.0.0.1:{port}/x!/y",
    "http://canary.example:{port}/x",
    "http://169.254.169.254/latest/meta-data",
    "http://127.0.0.1.canary.example:{port}/x",
)
Watched = tuple[list[str], list[object], list[object]]  # names looked up, connections, what the canary met


class Canary:
    """Listens, and counts whoever comes."""

    def __init__(self) -> None:
        self.met: list[object] = []
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, address = self._socket.accept()
            except OSError:
                return
            self.met.append(address)
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    one = Canary()
    yield one
    one.close()


@pytest.fixture
def targets(canary: Canary) -> list[str]:
    return [one.replace("{port}", str(canary.port)) for one in TARGETS]


@pytest.fixture
def watched(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> Watched:
    names: list[str] = []
    connections: list[object] = []
    canary.met.clear()
    looked_up, connect = socket.getaddrinfo, socket.socket.connect

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        names.append(str(host))
        return looked_up(host, *rest, **more)

    def connected(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX:  # by which this machine's own processes speak
            connections.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", connected)
    return names, connections, canary.met


def test_the_watch_sees_a_connection(canary: Canary, watched: Watched) -> None:
    names, connections, met = watched
    with socket.create_connection(("127.0.0.1", canary.port)):
        pass
    for _ in range(100):
        if met:
            break
        threading.Event().wait(0.05)
    assert (names, len(connections), len(met)) == (["127.0.0.1"], 1, 1)


def attachment(url: str, kind: str = "text/plain", **more: str) -> dict[str, Any]:
    return {"contentType": kind, "url": url, **more}


def note(patient: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": f"Patient/{patient}"},
        "content": [{"attachment": content}],
    }


def data(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PLACES: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "fullUrl": lambda p, url: {"fullUrl": url, "resource": {"resourceType": "Basic", "id": "b"}},
    "reference": lambda p, url: {
        "resource": {
            "resourceType": "MedicationRequest",
            "status": "active",
            "intent": "order",
            "subject": {"reference": f"Patient/{p}"},
            "encounter": {"reference": f"{url}/Encounter/1"},
            "medicationReference": {"reference": f"{url}/Medication/1"},
        }
    },
    "subject": lambda p, url: {
        "resource": {
            "resourceType": "Condition",
            "subject": {"reference": f"{url}/Patient/{p}"},
            "code": {"text": "x"},
        }
    },
    "attachment": lambda p, url: {"resource": note(p, attachment(url))},
    "binary": lambda p, url: {"resource": note(p, attachment(f"{url}/Binary/1", "text/html"))},
    "page": lambda p, url: {
        "resource": note(
            p,
            {
                "contentType": "text/html",
                "data": data(f'<img src="{url}"><link href="{url}"><iframe src="{url}">Well.</iframe>'),
            },
        )
    },
    "entity": lambda p, url: {
        "resource": note(
            p,
            {
                "contentType": "application/xml",
                "data": data(f'<!DOCTYPE a [<!ENTITY e SYSTEM "{url}">]><a>&e;</a>'),
            },
        )
    },
    "photo": lambda p, url: {
        "resource": {
            "resourceType": "Condition",
            "meta": {"profile": [url], "source": url},
            "extension": [{"url": url, "valueUrl": url}],
            "subject": {"reference": f"Patient/{p}"},
            "code": {"coding": [{"system": url, "code": "x"}]},
        }
    },
    "questionnaire": lambda p, url: {
        "resource": {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "questionnaire": url,
            "subject": {"reference": f"Patient/{p}"},
            "item": [{"linkId": "1", "definition": url, "answer": [{"valueUri": url}]}],
        }
    },
    "request": lambda p, url: {
        "request": {"method": "GET", "url": url},
        "link": [{"relation": "next", "url": url}],
    },
}


def bundle(place: str, targets: list[str]) -> bytes:
    content = json.loads(DEMO)
    person = next(e["resource"]["id"] for e in content["entry"] if e["resource"]["resourceType"] == "Patient")
    content["link"] = [{"relation": "next", "url": one} for one in targets]
    content["entry"] += [PLACES[place](person, one) for one in targets]
    return json.dumps(content).encode()


def nothing(watched: Watched, ehr: Ehr | None = None) -> None:
    names, connections, met = watched
    reached = {("127.0.0.1", ehr.port)} if ehr is not None else set()
    assert set(connections) <= reached
    assert set(names) <= ({"127.0.0.1"} if ehr is not None else set())
    assert met == []


@pytest.mark.parametrize("place", PLACES)
def test_addresses_in_records(client: Client, targets: list[str], watched: Watched, place: str) -> None:
    content = bundle(place, targets)
    answer = client.post("/screenings", params={"as_of": "2026-06-01"}, content=content, headers=FHIR)
    assert answer.status_code in (201, 422)
    # The judges are other processes; here the same reader is watched itself.
    read_bundle(content)
    nothing(watched)


def test_addresses_in_operations(client: Client, targets: list[str], watched: Watched) -> None:
    screen = "/fhir/ResearchStudy/DEMO-CALL/$screen"
    for url in targets:
        for name in ("server", "endpoint", "record", "patient", "asOf"):
            for kind in ("valueUrl", "valueUri", "valueString", "valueReference"):
                value = {"reference": url} if kind == "valueReference" else url
                asked = {"resourceType": "Parameters", "parameter": [{"name": name, kind: value}]}
                assert client.post(screen, json=asked, headers=FHIR).status_code in (400, 422)
        named = client.post("/screenings", params={"as_of": "2026-06-01"}, json={"patient": url})
        assert named.status_code == 422
        subject = {"resourceType": "ResearchSubject", "study": {"reference": url}, "status": "candidate"}
        assert client.post("/fhir/ResearchSubject", json=subject, headers=FHIR).status_code == 422
        for name, status in (("server", 400), ("fhir_server", 400), ("protocol", 404)):
            query = {"as_of": "2026-06-01", name: url}
            answer = client.post("/screenings", params=query, content=DEMO, headers=FHIR)
            assert answer.status_code == status
    nothing(watched)


def test_addresses_in_calls_of_clinical_systems(client: Client, targets: list[str], watched: Watched) -> None:
    for url in targets[:8]:
        authorization = {"access_token": "x", "token_type": "Bearer", "expires_in": 300}
        call = called(fhirServer=url, fhirAuthorization=authorization)
        call["prefetch"]["observation"]["link"] = [{"relation": "next", "url": url}]
        call["prefetch"]["condition"] = {"resourceType": "Bundle", "link": [{"relation": "self", "url": url}]}
        assert client.post(VIEW, json=call).status_code == 200
    for url in targets:
        assert client.post(VIEW, json=called(fhirServer=url, prefetch={})).status_code == 412
    nothing(watched)


def test_addresses_in_protocols(client: Client, targets: list[str], watched: Watched) -> None:
    codes = set()
    for number, url in enumerate(targets):
        text = CALL.replace("ICD-10-CM E11*", f'value-set "{url}"').replace("DEMO-CALL", f"T-{number}")
        refused = client.post("/protocols", content=text)
        assert refused.status_code == 422
        codes.add(code_of(refused))
        used = f'\n\nuse steroids from "{url}" version 1.0\n\ndiagnosis'
        library = CALL.replace("\n\ndiagnosis", used, 1)
        assert client.post("/protocols/check", content=library).status_code == 200
        assert client.post("/protocols", content=library).status_code == 422
    assert "VALUE_SETS_MISSING" in codes
    nothing(watched)


def test_addresses_in_tokens(
    make: Callable[..., Client], targets: list[str], watched: Watched, tmp_path: Any
) -> None:
    issuer = Issuer(tmp_path / "jwks.json")
    client = make(judges=1, **issuer.settings())
    claims = issuer.token().split(".")[1]
    for url in targets:
        for name in ("jku", "x5u", "kid", "iss"):
            header = {"alg": "ES256", "typ": "JWT", "kid": "ec256", name: url}
            told = f"{b64(json.dumps(header).encode())}.{claims}"
            token = f"{told}.{b64(b'0' * 64)}"
            answer = client.get("/protocols", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401
    assert EC256.kid == "ec256"
    nothing(watched)


def test_addresses_that_the_fhir_server_names(
    client: Client, ehr: Ehr, targets: list[str], watched: Watched
) -> None:
    ehr.everything = False
    for url in targets:
        for fault in (
            redirect(url),
            body({"resourceType": "Bundle", "link": [{"relation": "next", "url": url}]}),
        ):
            ehr.faults = {"Observation?": fault}
            # What fetches is asked itself: what is judged of it afterwards goes nowhere.
            gathered = client.app.state.service.records.fetch("local", ehr.patient, {"Observation"})
            assert [one["place"] for one in gathered.absent] == ["Observation"]
    answer = client.post("/screenings", params={"as_of": "2026-06-01"}, json={"patient": ehr.patient})
    assert answer.status_code == 201, answer.text
    assert [one["place"] for one in answer.json()["record"]["absent"]] == ["Observation"]
    assert len(watched[1]) >= 2 * len(targets)
    nothing(watched, ehr)


def test_headers_name_no_place(client: Client, targets: list[str], watched: Watched) -> None:
    for url in targets:
        headers = {"X-Forwarded-Host": url, "Forwarded": f"host={url}", "Referer": url, "Link": url}
        assert client.get("/fhir/metadata", headers=headers).status_code == 200
    nothing(watched)
