"""A service with an extract to run over, and a worker of its own."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from api.service.runs.worker import Worker
from tests.service.conftest import CALL, Client

ASYNC = {"Prefer": "respond-async"}


def people(folder: Path, count: int, more: str = "") -> Path:
    """An NDJSON export: patients of whom every second is old enough, with an HbA1c and diabetes."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds: dict[str, list[dict[str, Any]]] = {"Patient": [], "Condition": [], "Observation": []}
    for n in range(count):
        name = f"p{n:04}"
        born = "1980-02-03" if n % 2 else "2015-02-03"
        kinds["Patient"].append({"resourceType": "Patient", "id": name, "birthDate": born})
        who = {"reference": f"Patient/{name}"}
        kinds["Condition"].append(
            {
                "resourceType": "Condition",
                "id": f"c{n}",
                "subject": who,
                "onsetDateTime": "2020-01-01",
                "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]},
            }
        )
        kinds["Observation"].append(
            {
                "resourceType": "Observation",
                "id": f"o{n}",
                "status": "final",
                "subject": who,
                "effectiveDateTime": "2026-05-20",
                "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
                "valueQuantity": {"value": 8.1, "unit": "%", "code": "%"},
            }
        )
    for kind, rows in kinds.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{kind}.ndjson").write_text(text + (more if kind == "Condition" else ""))
    return folder


class Runner(Client):
    """A client with a worker beside it."""

    def start(self, extract: str = "ehr/may", **more: Any) -> httpx.Response:
        headers = {**ASYNC, **more.pop("headers", {})}
        body = {"extract": extract, "as_of": "2026-06-01", **more}
        return self.post("/runs", json=body, headers=headers)

    def started(self, extract: str = "ehr/may", **more: Any) -> str:
        """The status address of a new run."""
        answer = self.start(extract, **more)
        assert answer.status_code == 202, answer.text
        return str(answer.headers["Content-Location"])

    def worker(self, **settings: Any) -> Worker:
        service = self.app.state.service
        chosen = service.settings.model_copy(update=settings)
        return Worker(self.store, chosen, service.runs.files, _Silent())

    def done(self, address: str) -> dict[str, Any]:
        """The manifest, once a worker was there."""
        self.worker().once()
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


class _Silent:
    """A log that says what went wrong to whoever runs the test."""

    def error(self, event: str, **told: Any) -> None:
        raise AssertionError((event, told))

    def info(self, event: str, **told: Any) -> None:
        pass


def fetched(
    client: Client, manifest: dict[str, Any], kind: str, form: str = "ndjson"
) -> list[dict[str, Any]]:
    """Rows of the files of a kind, over HTTP."""
    rows: list[dict[str, Any]] = []
    for item in [*manifest["output"], *manifest["error"]]:
        if item["type"] != kind or item["extension"]["format"] != form:
            continue
        answer = client.get(item["url"])
        assert answer.status_code == 200, answer.text
        assert len(answer.content) == item["extension"]["bytes"]
        if form == "ndjson":
            found = [json.loads(line) for line in answer.content.splitlines()]
        elif form == "csv":
            found = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        else:
            found = pq.read_table(io.BytesIO(answer.content)).to_pylist()
        assert len(found) == item["count"]
        rows += found
    return rows


@pytest.fixture
def runner(make: Callable[..., Client], tmp_path: Path) -> Runner:
    """A service with `ehr/may`, an extract of eight, and one protocol in force."""
    people(tmp_path / "ehr" / "may", 8)
    plain = make(extracts={"local": {"ehr": tmp_path / "ehr"}}, results=tmp_path / "results")
    plain.add(CALL)
    return Runner(plain.app, plain.store, plain.log)
