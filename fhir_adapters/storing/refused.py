"""What was refused, as a row of an account: its place, its reason and its very bytes."""

from __future__ import annotations

from base64 import b64encode

from fhir_adapters.rejects import Reject


def reject_row(reject: Reject) -> dict[str, object]:
    """A refused line with its place, its reason and its very bytes."""
    return {
        "code": reject.code,
        "message": reject.message,
        "file": reject.file,
        "line": reject.line,
        "offset": reject.offset,
        "entry": reject.entry,
        "path": reject.path,
        "patient": reject.patient or None,
        "resource_type": reject.resource_type or None,
        "sha256": reject.digest,
        "raw_base64": b64encode(reject.raw).decode("ascii"),
    }
