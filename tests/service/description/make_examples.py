"""`python -m tests.service.description.make_examples`: examples of answers, as a service gives them.

Asks a service of its own once for everything whose schema is FHIR's, or nobody's, and writes what it
answers, shortened, to `api/service/examples.json`. Run it where an operation is new.
"""

from __future__ import annotations

import io
import json
import re
import tempfile
from pathlib import Path
from typing import Any

import structlog

from api.service import description
from api.service.access.roles import Role
from api.service.app import create_app
from api.service.settings import ServiceSettings
from api.store import StoreSettings, open_store
from tests.service.access.callers import Caller
from tests.service.access.issuer import Issuer
from tests.service.access.samples import SAMPLES, things_of
from tests.service.conftest import CALL, ROOT, Client, patient
from tests.service.runs.conftest import people

OUTPUT = ROOT / "api" / "service" / "examples.json"
_LONGEST = 3  # entries of a list
_JSON = ("application/json", "application/fhir+json")
_ENDPOINT = "https://issuer.example.org/token"


def main() -> None:
    # Those of before would show that none is wanted.
    description._MADE = {}
    with tempfile.TemporaryDirectory() as folder:
        logger = structlog.wrap_logger(structlog.WriteLogger(io.StringIO()))
        with open_store(StoreSettings(f"sqlite:///{folder}/store.db", durable=False)) as store:
            issuer = Issuer(Path(folder) / "jwks.json")
            people(Path(folder) / "north", 2)
            places = {"extracts": {"north": {"ehr": Path(folder) / "north"}}, "runs": 100}
            settings = ServiceSettings(**issuer.settings(token_endpoint=_ENDPOINT, **places))
            app = create_app(store, settings, logger)
            # Somebody with every right, under the name that the samples of reviews know.
            client = Caller(
                Client(app, store, io.StringIO()), issuer, list(Role), ["north"], sub="reviewer-north"
            )
            try:
                client.add(CALL)
                told = _answers(client)
            finally:
                app.state.service.judges.close()
    OUTPUT.write_text(json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


def _answers(client: Any) -> dict[str, Any]:
    """What the operations answer whose description has no example of its own."""
    described = client.get("/openapi.json").json()
    things = things_of(client)
    told = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            name = operation["operationId"]
            if name in SAMPLES and _request_wants(operation):
                given = SAMPLES[name](things).given
                told[f"{name} request"] = given.get("json", json.loads(patient()))
            if not _wants(operation):
                continue
            if name in SAMPLES:
                sample = SAMPLES[name](things)
                answer = client.send(sample.method, sample.path, **sample.given)
            else:
                answer = client.send(method.upper(), _filled(path, client), **_body(name, client))
            if answer.status_code < 300 and answer.content:
                told[name] = _short(answer.json())
            else:
                print(f"{name}: no example ({answer.status_code})")
    return told


def _wants(operation: dict[str, Any]) -> bool:
    for status, response in operation["responses"].items():
        for kind, content in response.get("content", {}).items():
            if status < "3" and kind in _JSON and "$ref" not in content.get("schema", {}):
                return True
    return False


def _request_wants(operation: dict[str, Any]) -> bool:
    contents = operation.get("requestBody", {}).get("content", {}).values()
    return any("$ref" not in one.get("schema", {}) and not _shows(one) for one in contents)


def _shows(content: dict[str, Any]) -> bool:
    return "example" in content or "example" in content.get("schema", {})


def _filled(path: str, client: Any) -> str:
    listed = {"study": "DEMO-CALL", "definition": "ResearchStudy-screen"}
    if "{report}" in path:
        listed["report"] = client.get("/fhir/MeasureReport").json()["entry"][0]["resource"]["id"]
    return re.sub(r"\{(\w+)\}", lambda found: listed.get(found.group(1), "0" * 32), path)


def _body(name: str, client: Any) -> dict[str, Any]:
    return {"json": client.get("/audit/head").json()} if name == "verify_audit" else {}


def _short(content: Any) -> Any:
    if isinstance(content, list):
        return [_short(one) for one in content[:_LONGEST]]
    if isinstance(content, dict):
        return {key: _short(value) for key, value in content.items()}
    return content


if __name__ == "__main__":
    main()
