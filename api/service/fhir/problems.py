"""What is wrong with a record, said in FHIR's words: the element by FHIRPath, never what stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.errors import UserError
from api.service.errors import issue
from api.service.fhir.exchange import Resource

Told = dict[str, Any]


def expression_of(entry: int | None, path: str) -> str:
    """FHIRPath of an element of a posted bundle; "" where the place is not known.

    `path` begins with the resource's type, as in `Condition.onsetDateTime`.
    """
    _, dot, element = path.partition(".")
    if entry is None:
        return path
    return f"Bundle.entry[{entry}].resource{dot}{element}"


def reject_issue(reject: Told) -> Resource:
    """A record that could not be read, as a warning: what it may have said is unknown."""
    place = expression_of(reject["entry"], reject["path"])
    return issue(reject["code"], place, reject["message"], 422, "warning")


def record_outcome(rejects: Sequence[Told], absent: Sequence[Told] = ()) -> Resource | None:
    """All that could not be read, and kinds of record that did not come; None where nothing is amiss."""
    issues = [reject_issue(one) for one in rejects]
    issues += [issue(one["code"], one["place"], one["message"], 422, "warning") for one in absent]
    return {"resourceType": "OperationOutcome", "issue": issues} if issues else None


def error_outcome(error: UserError) -> Resource:
    """A refusal as a resource."""
    place = "Bundle" if error.place == "body" else error.place
    return {"resourceType": "OperationOutcome", "issue": [issue(error.code, place, error.message, 422)]}
