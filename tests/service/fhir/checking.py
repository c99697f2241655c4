"""What makes a resource valid: the models of R4B, and what these models leave unchecked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
from fhir.resources.R4B import get_fhir_model_class

_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_CODE = re.compile(r"[^\s]+( [^\s]+)*")
# Bindings that are required; the models keep them as mere notes.
_STATUSES = {
    "ResearchStudy": {"active", "in-review"},
    "GuidanceResponse": {"success", "data-required", "failure"},
    "ResearchSubject": {
        "candidate",
        "eligible",
        "ineligible",
        "not-registered",
        "on-study",
        "potential-candidate",
        "screening",
        "withdrawn",
    },
    "Task": {"ready", "in-progress", "completed", "cancelled"},
    "MeasureReport": {"complete", "pending", "error"},
    "CapabilityStatement": {"active"},
    "OperationDefinition": {"active"},
}


def check(resource: dict[str, Any]) -> dict[str, Any]:
    """Fail unless the resource, and all that it holds, is valid."""
    model = get_fhir_model_class(resource["resourceType"])
    model.model_validate(resource)
    for name, value in _walk(resource):
        assert value not in ("", [], {}, None), f"{name} is empty"
        assert not isinstance(value, str) or value.strip(), f"{name} is blank"
        if name.endswith(("valueCode", "code")) and isinstance(value, str):
            assert _CODE.fullmatch(value), f"{name}: {value!r} is no code"
    for one in _resources(resource):
        if "id" in one:
            assert _ID.fullmatch(one["id"]), one["id"]
        allowed = _STATUSES.get(one["resourceType"])
        assert allowed is None or one["status"] in allowed, one.get("status")
        if one["resourceType"] in ("Bundle", "Parameters"):
            continue  # what they hold is looked at itself
        contained = {f"#{inner['id']}" for inner in one.get("contained", ())}
        used = {
            value for name, value in _walk(one) if name.endswith("reference") and str(value).startswith("#")
        }
        assert used == contained, "what is contained is referred to, and nothing else"
    return resource


def checked(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The valid resource of an answer."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")
    return check(answer.json())


def _resources(content: Any) -> Iterator[dict[str, Any]]:
    if isinstance(content, dict):
        if "resourceType" in content:
            yield content
        for name, value in content.items():
            if name != "contained":
                yield from _resources(value)
    elif isinstance(content, list):
        for value in content:
            yield from _resources(value)


def _walk(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict):
        for key, value in content.items():
            yield f"{name}.{key}", value
            yield from _walk(value, f"{name}.{key}")
    elif isinstance(content, list):
        for value in content:
            yield from _walk(value, name)


def parts(parameters: dict[str, Any], name: str) -> list[Any]:
    """Values, or parts, of the parameters of a name."""
    listed = parameters.get("parameter") or parameters.get("part") or []
    found = [one for one in listed if one["name"] == name]
    return [next(v for k, v in one.items() if k != "name") if "part" not in one else one for one in found]
