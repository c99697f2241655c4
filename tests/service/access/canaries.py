"""Words of patients that occur nowhere else, and requests that hold them wherever a client may put them."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_CHANCE = random.Random(20261122)
Request = tuple[str, str, dict[str, Any]]


@dataclass(slots=True)
class Canaries:
    """The words by what they are."""

    words: dict[str, list[str]] = field(default_factory=dict)

    def new(self, kind: str) -> str:
        word = f"zq{kind[:3]}{_CHANCE.getrandbits(48):012x}"
        self.words.setdefault(kind, []).append(word)
        return word

    def born(self) -> str:
        """A birth date of a year of which nothing else speaks."""
        held = self.words.setdefault("birth date", [])
        held.append(f"{1903 + len(held)}-0{_CHANCE.randint(1, 9)}-{_CHANCE.randint(10, 28)}")
        return held[-1]

    def all(self) -> list[str]:
        return [word for words in self.words.values() for word in words]

    def some(self, number: int) -> list[str]:
        return _CHANCE.sample(self.all(), number)


def bundle(canaries: Canaries) -> dict[str, Any]:
    """A patient whose every text is a canary."""
    new = canaries.new
    key = new("id")
    subject = {"reference": f"Patient/{key}"}
    note = f"Takes semaglutide since March, says {new('note')}."
    attached = {"contentType": "text/plain", "data": base64.b64encode(note.encode()).decode()}
    code = {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}
    resources: list[dict[str, Any]] = [
        {
            "resourceType": "Patient",
            "id": key,
            "identifier": [{"system": "urn:mrn", "value": new("record number")}],
            "name": [{"family": new("family name"), "given": [new("given name")]}],
            "telecom": [{"system": "phone", "value": new("phone")}],
            "address": [{"line": [new("street")], "city": new("city")}],
            "contact": [{"name": {"text": new("relative")}}],
            "birthDate": canaries.born(),
        },
        {
            "resourceType": "Condition",
            "id": new("id"),
            "subject": subject,
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]},
            "onsetDateTime": "2020-01-01",
            "note": [{"text": f"Told by {new('note')}."}],
        },
        {
            "resourceType": "Observation",
            "id": new("id"),
            "status": "final",
            "subject": subject,
            "code": code,
            "effectiveDateTime": "2026-05-20",
            "valueQuantity": {
                "value": 8.1,
                "unit": "%",
                "system": "http://unitsofmeasure.org",
                "code": "%",
            },
        },
        {
            "resourceType": "DocumentReference",
            "id": new("id"),
            "status": "current",
            "subject": subject,
            "date": "2026-05-20T10:00:00Z",
            "content": [{"attachment": attached}],
        },
    ]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }


def damaged(whole: dict[str, Any]) -> Iterator[bytes]:
    """The same bundle, broken in ways that make readers complain of what they read."""
    content = json.dumps(whole)
    yield content[: len(content) // 2].encode()
    yield content.replace(":", "", 3).encode()
    yield content.encode()[:300] + b"\xff\xfe" + content.encode()[300:]
    for change in (
        {"birthDate": whole["entry"][0]["resource"]["name"][0]["family"]},
        {"name": whole["entry"][0]["resource"]["name"][0]["family"]},
        {"id": [whole["entry"][0]["resource"]["id"]]},
        {"resourceType": whole["entry"][0]["resource"]["address"][0]["city"]},
        {"deceasedDateTime": whole["entry"][0]["resource"]["telecom"][0]["value"]},
    ):
        changed = json.loads(content)
        changed["entry"][0]["resource"].update(change)
        yield json.dumps(changed).encode()
    changed = json.loads(content)
    changed["entry"][2]["resource"]["valueQuantity"] = {"value": whole["entry"][0]["resource"]["id"]}
    changed["entry"][2]["resource"]["effectiveDateTime"] = whole["entry"][0]["resource"]["address"][0]["city"]
    yield json.dumps(changed).encode()
    yield json.dumps({**changed, "entry": whole["entry"] * 2}).encode()
    yield json.dumps(whole["entry"][0]["resource"]["name"]).encode()


def misplaced(canaries: Canaries) -> Iterator[Request]:
    """Requests with words of patients where none belong: addresses, headers, parameters, methods."""
    new = canaries.new
    for path in (
        "/{}",
        "/patients/{}",
        "/patients/{}/identifiers",
        "/screenings/{}/answers",
        "/protocols/{}/versions/{}",
        "/protocols/{}/active",
        "/protocols/?name={}",
        "//{}/..%2f{}",
        "/audit?after={}",
        "/health?{}={}",
    ):
        for method in ("GET", "POST", "PUT"):
            yield method, path.replace("{}", new("address")), {}
    for name in ("as_of", "zone", "complete", "protocol", "param", "site"):
        word = new("parameter")
        given = {"as_of": "2026-06-01", name: f"{word}=75" if name == "param" else word}
        yield "POST", "/screenings", {"params": given, "json": {"resourceType": "Bundle"}}
    for header in (
        "User-Agent",
        "Referer",
        "Cookie",
        "X-Request-Id",
        "traceparent",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "Host",
        "Origin",
        "Prefer",
        "If-Match",
        "Idempotency-Key",
        "Content-Type",
        "Content-Encoding",
        "Accept",
        "Authorization",
    ):
        yield "POST", "/screenings?as_of=2026-06-01", {"headers": {header: new("header")}, "content": b"{}"}
    yield "POST", "/protocols/check", {"content": f'protocol {new("text")} version 1 "x"\n\ninclude'}
    yield new("method"), "/health", {}
    yield "PUT", "/protocols/X/active", {"json": {new("field"): new("field")}}
