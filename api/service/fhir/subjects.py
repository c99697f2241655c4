"""Candidates as ResearchSubject: one patient in one study, where they stand as status.

FHIR has fewer words than the store has steps: the step itself stands in an extension, and whoever moves a
candidate may name it there. A status alone is taken where it can mean one step only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import UserError
from api.service.fhir.elements import SYSTEM, Element, extension, fhir_id, identifier, instant, study, subject
from api.service.fhir.exchange import Resource
from api.service.sent import decode
from api.store.candidates import OUT, OUT_REASONS, STEPS
from api.store.tables import Protocol, StatusStep

_STATUS: Mapping[str, str] = {
    "pre-screened": "potential-candidate",
    "passed": "candidate",
    "in review": "potential-candidate",
    "cleared": "candidate",
    "referred": "candidate",
    "contacted": "candidate",
    "consented": "screening",
    "screened": "eligible",
    "randomised": "on-study",
}
_OUT: Mapping[str, str] = {
    "not met": "ineligible",
    "screen failure": "ineligible",
    "patient declined": "withdrawn",
}
_OUT_OTHERWISE = "not-registered"
STATUSES = frozenset({*_STATUS.values(), *_OUT.values(), _OUT_OTHERWISE})  # that a candidate may have
# A status that means one step where nothing else is said.
_STEP: Mapping[str, tuple[str, str | None]] = {
    "potential-candidate": ("pre-screened", None),
    "candidate": ("passed", None),
    "screening": ("consented", None),
    "eligible": ("screened", None),
    "on-study": ("randomised", None),
    "ineligible": (OUT, "not met"),
    "withdrawn": (OUT, "patient declined"),
}
_CLOCKS_DIFFER = timedelta(minutes=5)
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where somebody says that a candidate stands. `happened_at`: None for now."""

    study: str
    patient_key: str
    step: str
    reason: str | None
    happened_at: datetime | None
    id: str | None


def subject_id(patient_key: str, protocol_id: str) -> str:
    """The id of a patient's candidacy: the pseudonym with a mark of the protocol."""
    return f"{patient_key}-{sha256(protocol_id.encode()).hexdigest()[:16]}"


def find_candidacy(session: Session, name: str) -> tuple[str, str]:
    """Pseudonym and protocol of an id; raises UserError for one that no protocol gives."""
    patient_key = name.partition("-")[0]
    for protocol in session.scalars(select(Protocol.id)):
        if subject_id(patient_key, protocol) == name:
            return patient_key, protocol
    raise UserError("NOT_FOUND", "ResearchSubject", "there is no such candidate")


def status_of(step: StatusStep) -> str:
    """The word of FHIR for a step."""
    if step.step == OUT:
        return _OUT.get(step.reason or "", _OUT_OTHERWISE)
    return _STATUS[step.step]


def research_subject(steps: Sequence[StatusStep]) -> Resource:
    """A candidate, by all their steps, first to last."""
    last = steps[-1]
    told = [extension("step", valueCode=_code(last.step))]
    if last.reason is not None:
        told.append(extension("out-reason", valueCode=_code(last.reason)))
    told.append(extension("happened-at", valueDateTime=instant(last.happened_at)))
    period: Element = {"start": instant(min(one.happened_at for one in steps))}
    if last.step == OUT:
        period["end"] = instant(max(one.happened_at for one in steps))
    return {
        "resourceType": "ResearchSubject",
        "id": subject_id(last.patient_key, last.protocol_id),
        "meta": {"lastUpdated": instant(last.recorded_at)},
        "extension": told,
        "identifier": [identifier("candidate", subject_id(last.patient_key, last.protocol_id))],
        "status": status_of(last),
        "period": period,
        "study": study(last.protocol_id),
        "individual": subject(last.patient_key),
    }


class _Extension(msgspec.Struct):
    url: str = ""
    valueCode: str | None = None  # noqa: N815 - names of FHIR
    valueDateTime: str | None = None  # noqa: N815


class _Identifier(msgspec.Struct):
    system: str = ""
    value: str = ""


class _Reference(msgspec.Struct):
    reference: str = ""
    identifier: _Identifier = msgspec.field(default_factory=_Identifier)


class _Sent(msgspec.Struct):
    resourceType: str = ""  # noqa: N815
    id: str | None = None
    status: str = ""
    extension: list[_Extension] = []
    study: _Reference = msgspec.field(default_factory=_Reference)
    individual: _Reference = msgspec.field(default_factory=_Reference)


def read_subject(body: bytes, now: datetime) -> Moved:
    """What a ResearchSubject that was sent says; raises UserError."""
    try:
        sent = decode(body, _Sent)
    except msgspec.ValidationError as error:
        raise UserError("RESOURCE_INVALID", "ResearchSubject", str(error)) from None
    if sent.resourceType != "ResearchSubject":
        raise UserError("RESOURCE_INVALID", "ResearchSubject", "expected a ResearchSubject")
    if not sent.study.reference.startswith("ResearchStudy/"):
        raise UserError("RESOURCE_INVALID", "ResearchSubject.study.reference", "expected ResearchStudy/ID")
    who = sent.individual.identifier
    if who.system != f"{SYSTEM}:patient" or not who.value:
        place = "ResearchSubject.individual.identifier"
        raise UserError(
            "RESOURCE_INVALID", place, f"expected the pseudonym, with the system {SYSTEM}:patient"
        )
    step, reason = _step(sent)
    return Moved(
        sent.study.reference.partition("/")[2], who.value, step, reason, _happened(sent, now), sent.id
    )


def _step(sent: _Sent) -> tuple[str, str | None]:
    """The step that is meant, with the reason of who is out; raises UserError where it is not clear."""
    told, why = _coded(sent, "step"), _coded(sent, "out-reason")
    if told is None:
        if sent.status not in _STEP:
            place = "ResearchSubject.status"
            known = ", ".join(_STEP)
            message = f"expected one of {known}, or the step in the extension {SYSTEM}:step"
            raise UserError("STATUS_UNCLEAR", place, message)
        step, reason = _STEP[sent.status]
        return step, _reason(why) if why is not None and step == OUT else reason
    found = {_code(one): one for one in (*STEPS, OUT)}.get(told)
    if found is None:
        known = ", ".join(_code(one) for one in (*STEPS, OUT))
        raise UserError("STEP_UNKNOWN", "ResearchSubject.extension", f"expected one of {known}")
    reason = _reason(why) if why is not None else None
    meant = _OUT.get(reason or "", _OUT_OTHERWISE) if found == OUT else _STATUS[found]
    if sent.status != meant:
        raise UserError("STATUS_UNCLEAR", "ResearchSubject.status", f"the step {told} has the status {meant}")
    return found, reason


def _reason(code: str) -> str:
    known = {_code(one): one for one in OUT_REASONS}
    if code not in known:
        place = "ResearchSubject.extension"
        raise UserError("REASON_UNKNOWN", place, f"expected one of {', '.join(known)}")
    return known[code]


def _coded(sent: _Sent, name: str) -> str | None:
    found = [one.valueCode for one in sent.extension if one.url == f"{SYSTEM}:{name}"]
    return found[0] if found else None


def _happened(sent: _Sent, now: datetime) -> datetime | None:
    found = [one.valueDateTime for one in sent.extension if one.url == f"{SYSTEM}:happened-at"]
    if not found or found[0] is None:
        return None
    place = "ResearchSubject.extension"
    try:
        moment = datetime.fromisoformat(found[0])
    except ValueError:
        raise UserError("DATE_INVALID", place, "expected a moment with its offset from UTC") from None
    if moment.tzinfo is None:
        raise UserError("DATE_INVALID", place, "expected a moment with its offset from UTC")
    if moment < _FIRST:
        raise UserError("DATE_INVALID", place, f"lies before {_FIRST.year}")
    if moment > now + _CLOCKS_DIFFER:
        raise UserError("STEP_IN_FUTURE", place, "lies in the future")
    return moment


def _code(words: str) -> str:
    return words.replace(" ", "-")


def study_of(moved: Moved, protocols: Sequence[str]) -> str:
    """The protocol that is meant; raises UserError where there is none."""
    for one in protocols:
        if fhir_id(one) == moved.study:
            return one
    raise UserError("NOT_FOUND", "ResearchSubject.study.reference", "there is no such study")
