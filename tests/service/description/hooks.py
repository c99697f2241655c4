"""Puts sense into some of schemathesis' requests: a record that is one, a task that was made, its version.

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

from tests.service.cds.calls import accepted, called
from tests.service.description.made import Made
from tests.service.fhir.reviews import signed

_ROOT = Path(__file__).parents[3]
_RECORD = (_ROOT / "fixtures" / "demo-patient.json").read_text("utf-8")
_PATIENT = "0618f3af-b3ca-4ddf-93e4-5166cb650000"
_PROTOCOL = (_ROOT / "protocols" / "demo-call.elig").read_text("utf-8")
_PEOPLE = 20
_QUESTION = "q-b80933108dcd1190"
_turns: defaultdict[str, Iterator[int]] = defaultdict(count)
_made = Made()

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
    _name(case, turn)
    _send(case, turn)


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    kind = response.headers.get("content-type", [""])[0].partition(";")[0]
    if response.status_code < 300 and kind in ("application/json", "application/fhir+json"):
        told = response.json()
        if isinstance(told, dict):
            _made.learn(case.operation.label, told)


def _name(case: Any, turn: int) -> None:
    """Things that were made, in place of those that the address names."""
    match case.operation.label.split("/")[1:]:
        case ["screenings", "{screening}", *_]:
            _put(case, "screening", turn)
        case ["patients", "{patient}", *_]:
            _put(case, "patient", turn)
        case ["runs", "{run}", ("files" | "identifying") as which, _]:
            found = _made.one("file" if which == "files" else which, turn)
            if found is not None:
                *_, run, _, name = found[0].partition("?")[0].split("/")
                case.path_parameters = {"run": run, "name": name}
        case ["runs", "{run}", *_]:
            _put(case, "run", turn)
        case ["protocols", "{protocol}", "versions", "{key}", *changes]:
            _name_version(case, turn, changes)
        case ["protocols" | "studies", "{protocol}", *_]:
            case.path_parameters = {"protocol": f"DEMO-{turn % 5}"}
        case ["fhir", "OperationDefinition", _]:
            case.path_parameters = {"definition": "ResearchStudy-screen"}
        case ["fhir", "GuidanceResponse", _]:
            _put(case, "GuidanceResponse", turn, "guidance_id")
        case ["fhir", ("ResearchStudy" | "MeasureReport" | "ResearchSubject") as kind, name, *_]:
            if name.startswith("{"):
                _put(case, kind, turn, name.strip("{}"))


def _put(case: Any, kind: str, turn: int, name: str | None = None) -> None:
    found = _made.one(kind, turn)
    if found is not None:
        case.path_parameters = {**case.path_parameters, name or kind: found[0]}


def _name_version(case: Any, turn: int, changes: list[str]) -> None:
    found = _made.one("version", turn)
    if found is None:
        return
    key, told = found
    case.path_parameters = {"protocol": told["protocol"], "key": key}
    since = _made.one(f"version of {told['protocol']}", turn)
    if changes and since is not None:
        case.query = {"since": since[0]}


def _send(case: Any, turn: int) -> None:
    """A body that makes sense, and what goes with it."""
    match case.operation.label:
        case "POST /screenings":
            case.body, case.query = _record(turn), {"as_of": "2026-06-01"}
        case "POST /screenings/{screening}/answers":
            case.body = {
                "answered_by": "patient",
                "answered_at": "2026-06-01T12:00:00Z",
                "answers": [{"question": _QUESTION, "value": bool(turn % 2)}],
            }
        case "POST /runs":
            case.body = {"extract": "ehr", "as_of": "2026-06-01"}
        case "POST /uploads" if case.media_type == "application/fhir+json":
            case.body, case.query = _record(turn), {"as_of": "2026-06-01"}
        case "POST /protocols" | "POST /protocols/check":
            case.body = _protocol(turn)
        case "PUT /protocols/{protocol}/active":
            found = _made.one(f"version of {case.path_parameters['protocol']}", turn)
            if found is not None:
                case.body = {"version_key": found[0]}
        case "POST /audit/verify":
            found = _made.one("head", turn)
            if found is not None:
                case.body = found[1]
        case "POST /fhir/ResearchStudy/$screen" | "POST /fhir/ResearchStudy/{study}/$screen":
            case.body, case.query = _record(turn), {"asOf": "2026-06-01"}
        case "POST /cds-services/eligibility-patient-view":
            case.body = called(json.dumps(_record(turn)).encode())
        case "POST /cds-services/eligibility-patient-view/feedback":
            found = _made.one("card", turn)
            if found is not None:
                case.body = accepted(found[0])
        case label if "/Task/" in label or "/ResearchSubject" in label:
            _review(case, turn, label)


def _review(case: Any, turn: int, label: str) -> None:
    """What reviewers do, to the version that was seen last."""
    match label:
        case "GET /fhir/Task/{task}":
            _put(case, "Task", turn, "task")
        case "POST /fhir/Task/{task}/$claim":
            _of_task(case, turn, "ready")
        case "POST /fhir/Task/{task}/$release":
            _of_task(case, turn, "in-progress")
        case "POST /fhir/Task/{task}/$complete":
            told = _of_task(case, turn, "in-progress")
            if told is not None:
                case.body = signed(told)
        case "POST /fhir/ResearchSubject":
            patient, study = _made.one("patient", turn), _made.one("ResearchStudy", turn)
            if patient is not None and study is not None:
                case.body = _subject(patient[0], study[0])
        case "PUT /fhir/ResearchSubject/{subject}":
            found = _made.one("ResearchSubject", turn)
            if found is not None and "versionId" in found[1].get("meta", {}):
                key, told = found
                case.path_parameters = {"subject": key}
                case.headers = {**(case.headers or {}), "If-Match": f'W/"{told["meta"]["versionId"]}"'}
                case.body = {**_subject("", ""), **{k: told[k] for k in ("id", "study", "individual")}}
                case.body["status"] = ("candidate", "withdrawn")[turn % 2]


def _of_task(case: Any, turn: int, status: str) -> dict[str, Any] | None:
    """A task where it stands so, with its version."""
    found = _made.one("Task", turn, status=status)
    if found is None:
        return None
    key, told = found
    case.path_parameters = {"task": key}
    # A task that nobody has touched has its first version; others were told with theirs.
    seen = told.get("meta", {}).get("versionId", "1")
    case.headers = {**(case.headers or {}), "If-Match": f'W/"{seen}"'}
    return told


def _record(turn: int) -> Any:
    """The demo record of one of some people."""
    return json.loads(_RECORD.replace(_PATIENT, f"{turn % _PEOPLE:036d}"))


def _protocol(turn: int) -> str:
    """One of five protocols in one of three versions."""
    text = _PROTOCOL.replace("DEMO-CALL", f"DEMO-{turn % 5}")
    return text.replace("version 1.0", f"version 1.{turn % 3}")


def _subject(patient: str, protocol: str) -> dict[str, Any]:
    return {
        "resourceType": "ResearchSubject",
        "status": "potential-candidate",
        "study": {"reference": f"ResearchStudy/{protocol}"},
        "individual": {"identifier": {"system": "urn:eligibility:patient", "value": patient}},
    }
