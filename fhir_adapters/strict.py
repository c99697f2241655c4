"""The strict path: every record checked against the FHIR models, and rejects explained.

A hundred times slower than the lenient path, and stricter than most senders: a choice, never the
default. R4 has no models of its own; R4B differs from it only in types that become no fact here. A record
with elements that R4 does not have is checked by R5 or STU3, whichever knows them all.
"""

from __future__ import annotations

import json
import warnings
from functools import cache
from importlib import import_module
from typing import Any

from fhir_adapters.records import Nested, Record
from fhir_adapters.rejects import Problem
from fhir_adapters.salvage import Ignorable, decode_one


class _DuplicateKeyError(ValueError):
    """One element twice in one object."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _DuplicateKeyError(key)
        found[key] = value
    return found


def check(raw: bytes) -> Problem | None:
    """What the models find wrong with a resource; None where it is valid."""
    try:
        content = json.loads(raw, object_pairs_hook=_unique)
    except _DuplicateKeyError as twice:
        return Problem("DUPLICATE_KEY", f"{twice} is given twice in one object", str(twice))
    except (ValueError, RecursionError) as problem:
        return Problem("JSON_INVALID", str(problem))
    if not isinstance(content, dict):
        return Problem("TYPE_MISMATCH", "not a JSON object")
    type_name = content.get("resourceType")
    if not isinstance(type_name, str):
        return Problem("RESOURCE_TYPE_MISSING", "no resourceType")
    models = [model for edition in _EDITIONS if (model := _model(edition, type_name)) is not None]
    if not models:
        return Problem("STRICT_INVALID", f"FHIR has no resource type {type_name}", "resourceType")
    knowing = [model for model in models if content.keys() <= _elements(model)]
    problems = [_check_by(model, content) for model in knowing or models[:1]]
    return None if None in problems else problems[0]


# In the order in which they are asked; the package itself is R5.
_EDITIONS = ("fhir.resources.R4B", "fhir.resources", "fhir.resources.STU3")


@cache
def _model(edition: str, type_name: str) -> Any:
    """The model of a type, None where the edition has none."""
    try:
        return import_module(edition).get_fhir_model_class(type_name)  # late: it takes a second
    except (LookupError, ValueError):
        return None


@cache
def _elements(model: Any) -> frozenset[str]:
    fields = (field.alias or name for name, field in model.model_fields.items())
    return frozenset(("resourceType", *fields))


def _check_by(model: Any, content: dict[str, Any]) -> Problem | None:
    from pydantic import ValidationError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.model_validate(content)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        return Problem("STRICT_INVALID", first["msg"], path)
    except (ValueError, TypeError, RecursionError) as problem:
        return Problem("STRICT_INVALID", str(problem)[:200])
    return None


def examined(raw: bytes) -> Record | Ignorable | Problem:
    """`decode_one`, with records also checked against the models; bundles entry by entry."""
    found = decode_one(raw)
    if isinstance(found, Problem | Ignorable | Nested):
        return found
    return check(raw) or found


def explain_reject(raw: bytes) -> str:
    """In words, why a record was refused, by both readers."""
    lenient = decode_one(raw)
    found = lenient if isinstance(lenient, Problem) else check(raw)
    if found is None:
        return "valid by the FHIR models; it was refused for what it refers to or for a date within"
    where = f" at {found.path}" if found.path else ""
    return f"{found.code}{where}: {found.message}"
