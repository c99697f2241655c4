"""The OpenAPI description: whole, with an example for every request and answer, and none that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from api.service.access.operations import OPERATIONS
from tests.service.access.issuer import Issuer
from tests.service.conftest import Client

Described = dict[str, Any]


@pytest.fixture
def told(client: Client) -> Described:
    return dict(client.get("/openapi.json").json())


def _operations(told: Described) -> list[Described]:
    return [operation for path in told["paths"].values() for operation in path.values()]


def _resolved(part: Described, told: Described) -> Described:
    while "$ref" in part:
        at: Any = told
        for step in part["$ref"].removeprefix("#/").split("/"):
            at = at[step]
        part = at
    return part


def _contents(told: Described) -> list[tuple[str, Described]]:
    """Every content of a request or an answer, with the name of its place."""
    found = []
    for operation in _operations(told):
        places = {**operation["responses"]}
        if "requestBody" in operation:
            places["request"] = operation["requestBody"]
        for place, part in places.items():
            for kind, content in _resolved(part, told).get("content", {}).items():
                found.append((f"{operation['operationId']} {place} {kind}", content))
    return found


def _examples(content: Described, told: Described) -> list[Any]:
    named = [one["value"] for one in content.get("examples", {}).values()]
    schema = _resolved(content.get("schema", {}), told)
    own = [content["example"]] if "example" in content else []
    return [*named, *own, *([schema["example"]] if "example" in schema else schema.get("examples", []))]


def test_every_request_and_answer_has_an_example_that_fits(told: Described) -> None:
    parts = {"components": told["components"]}
    for place, content in _contents(told):
        if "text/plain" in place and " 200 " in place:
            continue  # what is counted, and texts of protocols
        examples = _examples(content, told)
        assert examples, f"{place}: no example (see make_examples.py)"
        for example in examples:
            validator = jsonschema_rs.validator_for({**content["schema"], **parts})
            faults = [fault.message for fault in validator.iter_errors(example)]
            assert not faults, (place, faults, json.dumps(example)[:500])


def test_every_operation_says_what_it_does_and_how_it_refuses(told: Described) -> None:
    for operation in _operations(told):
        assert operation["summary"], operation["operationId"]
        assert {"400", "403", "413", "429", "500", "503"} <= set(operation["responses"])
        for status, response in operation["responses"].items():
            if status >= "400":
                (kind,) = _resolved(response, told)["content"]
                assert kind in ("application/json", "application/fhir+json"), operation["operationId"]
    assert "securitySchemes" not in told["components"]
    assert "ValidationError" not in json.dumps(told)


def test_with_an_issuer_it_says_where_a_token_is_needed(make: Any, tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "jwks.json")
    told = make(**issuer.settings()).get("/openapi.json").json()
    assert told["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for operation in _operations(told):
        is_open = OPERATIONS[operation["operationId"]].open
        assert operation["security"] == ([] if is_open else [{"bearer": []}])
        assert "401" in operation["responses"]
