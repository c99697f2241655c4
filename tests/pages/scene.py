"""Cases for tests of pages: made-up patients with one doubt each, or many, kept as a screening keeps them."""

from __future__ import annotations

import copy
import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import httpx

from tests.pages.conftest import Site
from tests.service.conftest import ROOT

PROTOCOL = """protocol PAGES-1 version 1.0 "Pages in tests"

diagnosis asthma also "asthma": ICD-10-CM J45*
measurement HbA1c in % analyte HbA1c: LOINC 4548-4
medication metformin: RxNorm 6809

include I1 "Age"
  | 1. Age 18 to 75 years.
  age at index is 18 to 75 years

include I2 "HbA1c"
  | 2. HbA1c of 7.0 to 10.5 % within 90 days.
  most recent HbA1c within 90 days before index is 7.0 to 10.5 %

include I3 "Metformin"
  | 3. Metformin within 90 days.
  metformin overlapping the 90 days before index

exclude E1 "Asthma"
  | 4. No asthma.
  asthma

include C1 "Consent"
  stage consent
  screener confirms "Consent is signed."
"""
Resource = dict[str, Any]
FHIR = {"Content-Type": "application/fhir+json"}


def person(key: str, birth: str = "1970-05-05") -> Resource:
    return {"resourceType": "Patient", "id": key, "birthDate": birth, "gender": "female"}


def hba1c(key: str, day: str, value: float, unit: str = "%", **more: Any) -> Resource:
    return {
        "resourceType": "Observation", "id": f"{key}-{day}", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4", "display": "HbA1c"}]},
        "subject": {"reference": f"Patient/{key}"}, "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        **more,
    }  # fmt: skip


def metformin(key: str, day: str = "2026-04-01") -> Resource:
    return {
        "resourceType": "MedicationStatement", "id": f"{key}-metformin", "status": "active",
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6809"}],
            "text": "Metformin",
        },
        "subject": {"reference": f"Patient/{key}"}, "effectivePeriod": {"start": day},
    }  # fmt: skip


def asthma(key: str, onset: str, status: str = "confirmed", text: str = "Asthma") -> Resource:
    system = "http://terminology.hl7.org/CodeSystem"
    return {
        "resourceType": "Condition", "id": f"{key}-asthma",
        "clinicalStatus": {"coding": [{"system": f"{system}/condition-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{system}/condition-ver-status", "code": status}]},
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J45.909", "display": text}],
        },
        "subject": {"reference": f"Patient/{key}"}, "onsetDateTime": onset,
    }  # fmt: skip


def note(key: str, text: str, day: str = "2026-05-10", title: str = "Progress note") -> Resource:
    return {
        "resourceType": "DocumentReference", "id": f"{key}-note", "status": "current",
        "type": {"text": title},
        "subject": {"reference": f"Patient/{key}"}, "date": f"{day}T09:00:00Z",
        "content": [
            {"attachment": {
                "contentType": "text/plain", "title": title, "data": b64encode(text.encode()).decode(),
            }}
        ],
    }  # fmt: skip


def bundle(*resources: Resource) -> bytes:
    entries = [{"resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def visits(key: str) -> list[Resource]:
    """Contacts over years: what such a record does not say did not happen."""
    return [
        {
            "resourceType": "Encounter", "id": f"{key}-{day}", "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": {"reference": f"Patient/{key}"}, "period": {"start": day, "end": day},
        }
        for day in ("2019-02-01", "2022-02-01", "2024-02-01", "2025-08-01", "2026-04-20")
    ]  # fmt: skip


def fine(key: str) -> list[Resource]:
    """Somebody in whom nothing is in doubt."""
    return [person(key), *visits(key), hba1c(key, "2026-05-01", 8.1), metformin(key)]


def doubts() -> Mapping[str, list[Resource]]:
    """Ten patients, each open for a reason of its own."""

    def but(key: str, *others: Resource) -> list[Resource]:
        return [person(key), *visits(key), *others]

    return {
        "PARTIAL_DATE": [person("d0", "1950"), *fine("d0")[1:]],
        "DATA_NOT_FOUND": but("d1", metformin("d1")),
        "DATA_STALE": but("d2", hba1c("d2", "2025-09-01", 8.0), metformin("d2")),
        "UNIT_UNRESOLVED": but("d3", hba1c("d3", "2026-05-02", 8.0, "furlong"), metformin("d3")),
        "STATUS_UNCONFIRMED": [*fine("d4"), asthma("d4", "2020-01-01", "provisional")],
        "NOTE_ONLY": [*fine("d5"), note("d5", "Comes for a check. She has asthma. Lungs clear.")],
        "NOTE_UNCERTAIN": [*fine("d6"), note("d6", "Wheezing at night, possible asthma.")],
        "PARTIAL": but("d7", hba1c("d7", "2026-03", 8.0), metformin("d7")),
        "IMPRECISE": but(
            "d8",
            {**hba1c("d8", "2026-05-02", 12.0), "valueQuantity": {
                "value": 12.0, "comparator": "<", "unit": "%", "code": "%",
                "system": "http://unitsofmeasure.org",
            }},
            metformin("d8"),
        ),
        "SEVERAL": but(
            "d9", hba1c("d9", "2025-05-02", 9.0), metformin("d9"), asthma("d9", "2020", "provisional")
        ),
    }  # fmt: skip


def keep(site: Site, text: str = PROTOCOL) -> str:
    """Keep a protocol and put it in force; its version's key."""
    kept = httpx.post(f"{site.address}/protocols", content=text, timeout=60).json()
    put = {"version_key": kept["key"]}
    httpx.put(f"{site.address}/protocols/{kept['protocol']}/active", json=put, timeout=60).raise_for_status()
    return str(kept["key"])


def screen(site: Site, resources: list[Resource], **query: str) -> dict[str, Any]:
    """Screen somebody over HTTP; the one result, with the patient."""
    asked = {"as_of": "2026-06-01", "complete": "true", **query}
    answer = httpx.post(
        f"{site.address}/screenings", params=asked, content=bundle(*resources), headers=FHIR, timeout=120
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()
    return {**told["results"][0], "patient": told["patient"]}


def renamed(resources: list[Resource], key: str) -> list[Resource]:
    """The same of another patient."""
    old = next(one["id"] for one in resources if one["resourceType"] == "Patient")
    return list(json.loads(json.dumps(copy.deepcopy(resources)).replace(old, key)))


DEMO = ROOT / "protocols" / "demo.elig"
