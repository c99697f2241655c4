"""Puts sense into some of schemathesis' requests: a record that is one, a question that was asked.

Random objects are never a patient's record, so that sequences of requests would end at the first. Most
requests that are meant to be good get what a caller would send; the others stay as they are.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import schemathesis

_ROOT = Path(__file__).parents[3]
_RECORD = json.loads((_ROOT / "fixtures" / "demo-patient.json").read_text("utf-8"))
_PROTOCOL = (_ROOT / "protocols" / "demo-call.elig").read_text("utf-8")
_QUESTION = "q-b80933108dcd1190"
_turns: defaultdict[str, Iterator[int]] = defaultdict(count)

for _kind in ("application/fhir+ndjson", "application/zip", "application/gzip"):
    schemathesis.serializer.alias(_kind, "text/plain")


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or meta.phase.name.value == "coverage":
        return
    turn = next(_turns[case.operation.label])
    if turn % 4 == 3:
        return
    if "site" in (case.query or {}):
        case.query = {**case.query, "site": "local"}
    # A word that came with another request is refused.
    for name in [one for one in case.headers or {} if one.lower() == "idempotency-key"]:
        del case.headers[name]
    match (case.method.upper(), case.operation.path):
        case ("POST", "/screenings"):
            case.body = _RECORD
            case.query = {"as_of": "2026-06-01"}
        case ("POST", "/screenings/{screening}/answers"):
            case.body = {
                "answered_by": "patient",
                "answered_at": "2026-06-01T12:00:00Z",
                "answers": [{"question": _QUESTION, "value": bool(turn % 2)}],
            }
        case ("POST", "/runs"):
            case.body = {"extract": "ehr", "as_of": "2026-06-01"}
        case ("POST", "/uploads") if case.media_type == "application/fhir+json":
            case.body = _RECORD
            case.query = {"as_of": "2026-06-01"}
        case ("POST", "/protocols" | "/protocols/check"):
            case.body = _PROTOCOL.replace("DEMO-CALL", f"DEMO-{turn % 5}")
