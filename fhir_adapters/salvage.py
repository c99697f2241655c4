"""One line or entry that the fast decoder refused: what it is after all, or why not, and whose.

A damaged record is never read for facts. The scan of broken bytes below only answers whose record
was lost, so that this patient's verdict says so. Of a single record it looks at the first 64 KB; of a
container (a bundle, or what holds records of several types) at all of it, for every patient it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from fhir_adapters.batch import READ_ERRORS, problem_of
from fhir_adapters.records import READ_NAMES, AnyResource, Record
from fhir_adapters.references import References
from fhir_adapters.rejects import Problem
from fhir_adapters.resource_types import IGNORED_TYPES

any_resource = msgspec.json.Decoder(AnyResource)
_anything = msgspec.json.Decoder()
_SCANNED = 65_536
_TYPE = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]{1,64})"')
_SUBJECT = re.compile(rb'"(?:subject|patient)"\s*:\s*\{[^{}]{0,2000}?"reference"\s*:\s*"([^"\\]{1,400})"')
_PATIENT = re.compile(rb'"reference"\s*:\s*"((?:[^"\\]{0,300}/)?Patient/[A-Za-z0-9\-.]{1,64})"')
_ID = re.compile(rb'"id"\s*:\s*"([A-Za-z0-9\-.]{1,64})"')
_IGNORED = frozenset(IGNORED_TYPES)
# Types that hold other records, of whatever type and patient.
CONTAINERS = frozenset({"Bundle", "Parameters"})
_IS_PATIENT = rb'"resourceType"\s*:\s*"Patient"'
_PATIENT_IDS = (
    re.compile(_IS_PATIENT + rb'[^{}]{0,2000}?"id"\s*:\s*"([A-Za-z0-9\-.]{1,64})"'),
    re.compile(rb'\{\s*"id"\s*:\s*"([A-Za-z0-9\-.]{1,64})"[^{}]{0,2000}?' + _IS_PATIENT),
)


class _Peek(Struct, gc=False):
    resourceType: Any = None  # noqa: N815
    id: Any = None
    subject: Any = None
    patient: Any = None


_peek = msgspec.json.Decoder(_Peek)


@dataclass(frozen=True, slots=True)
class Ignorable:
    """A well-formed resource of a type that becomes no fact."""

    type_name: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose record was refused, and of which type; "" where it cannot be read."""

    patients: tuple[str, ...]  # of a container all that it names
    resource_type: str
    cut: bool = False  # a container that may have held records of others too

    @property
    def patient(self) -> str:
        """The only patient; "" where there is none, or several."""
        return self.patients[0] if len(self.patients) == 1 else ""


def decode_one(raw: bytes) -> Record | Ignorable | Problem:
    """A record, a type we do not read, or why it is neither."""
    if b"\0" in raw:
        return Problem("NUL_BYTE", "holds a zero byte")
    try:
        raw.decode("utf-8")
        found = any_resource.decode(raw)
    except READ_ERRORS as problem:
        return _second_look(raw, problem)
    return found if isinstance(found, Record) else Ignorable(str(type(found).__struct_config__.tag))


def _second_look(raw: bytes, problem: Exception) -> Record | Ignorable | Problem:
    if not isinstance(problem, msgspec.ValidationError):
        return problem_of(problem, "")
    try:
        content = _anything.decode(raw)
    except READ_ERRORS as worse:
        return problem_of(worse, "")
    if not isinstance(content, dict):
        return Problem("TYPE_MISMATCH", "not a JSON object")
    type_name = content.get("resourceType")
    if type_name is None or type_name == "":
        return Problem("RESOURCE_TYPE_MISSING", "no resourceType")
    if not isinstance(type_name, str):
        return Problem("TYPE_MISMATCH", "resourceType is not a string", "resourceType")
    if type_name not in READ_NAMES:
        return Ignorable(type_name[:64])
    # FHIR has no null elements; some senders write them. Without them it may be sound.
    try:
        found = any_resource.decode(msgspec.json.encode(_without_nulls(content)))
    except READ_ERRORS as still:
        message = str(still)
        return Problem(problem_of(still, "").code, message, _path_in(message))
    assert isinstance(found, Record)
    return found


def _path_in(message: str) -> str:
    """The element path that the decoder names, without its `$.`."""
    found = re.search(r"at `\$\.?([^`]*)`", message)
    return found[1] if found else ""


def _without_nulls(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _without_nulls(value) for key, value in content.items() if value is not None}
    if isinstance(content, list):
        return [_without_nulls(value) for value in content if value is not None]
    return content


def owner_of(raw: bytes, references: References) -> Owner:
    """Whose record these bytes were, as far as they can be read."""
    try:
        peeked = _peek.decode(raw)
    except READ_ERRORS:
        return _scan(raw, references)
    type_name = peeked.resourceType if isinstance(peeked.resourceType, str) else ""
    if type_name == "Patient":
        return _owned(peeked.id if isinstance(peeked.id, str) else "", type_name)
    if type_name in CONTAINERS:
        return _named_within(raw, type_name, references)
    for element in (peeked.subject, peeked.patient):
        reference = element.get("reference") if isinstance(element, dict) else None
        if isinstance(reference, str):
            return _owned(_patient_in(reference, references), type_name)
    if type_name not in READ_NAMES and type_name not in _IGNORED:
        return _named_within(raw, type_name, references)
    return Owner((), type_name)


def _owned(patient: str, type_name: str) -> Owner:
    return Owner((patient,) if patient else (), type_name)


def _patient_in(reference: str, references: References) -> str:
    name = references.name(reference, "Patient")
    return name.removeprefix("Patient/") if name.startswith("Patient/") else ""


def _named_within(raw: bytes, type_name: str, references: References) -> Owner:
    """All patients that a well-formed container names; elements given twice are both looked at."""
    try:
        objects = list(_objects(json.loads(raw, object_pairs_hook=tuple)))
    except (ValueError, RecursionError):
        return _scan_all(raw, type_name, references)
    urls: dict[str, str] = {}
    found = {_patient_id(pairs) for pairs in objects}
    for pairs in objects:
        url = _text(pairs, "fullUrl")
        for key, value in pairs:
            if key == "resource" and url and isinstance(value, tuple) and _patient_id(value):
                urls[url] = _patient_id(value)
    for pairs in objects:
        for key, value in pairs:
            if key in ("subject", "patient") and isinstance(value, tuple):
                reference = _text(value, "reference")
            elif key == "reference" and isinstance(value, str) and (value in urls or "Patient/" in value):
                reference = value
            else:
                continue
            found.add(urls.get(reference) or _patient_in(reference, references))
    return Owner(tuple(sorted(found - {""})), type_name)


def _objects(content: Any) -> Iterator[tuple[tuple[str, Any], ...]]:
    """Every object within parsed JSON, as pairs."""
    waiting = [content]
    while waiting:
        held = waiting.pop()
        if isinstance(held, tuple):
            yield held
            waiting += [value for _, value in held]
        elif isinstance(held, list):
            waiting += held


def _text(pairs: tuple[tuple[str, Any], ...], name: str) -> str:
    return next((value for key, value in pairs if key == name and isinstance(value, str)), "")


def _patient_id(pairs: tuple[tuple[str, Any], ...]) -> str:
    return _text(pairs, "id") if _text(pairs, "resourceType") == "Patient" else ""


def _scan(raw: bytes, references: References) -> Owner:
    head = raw[:_SCANNED]
    types = set(_TYPE.findall(head[:4096])) or set(_TYPE.findall(head))
    type_name = types.pop().decode("ascii") if len(types) == 1 else ""
    if type_name in CONTAINERS or (type_name not in READ_NAMES and type_name not in _IGNORED):
        return _scan_all(raw, type_name if type_name in CONTAINERS else "", references)
    if type_name == "Patient":
        found = _ID.search(head)
        return _owned(found[1].decode("ascii") if found else "", type_name)
    for pattern in (_SUBJECT, _PATIENT):
        named = _referred(pattern, head, references)
        if named:
            return Owner(tuple(sorted(named)), type_name)
    return Owner((), type_name)


def _scan_all(raw: bytes, type_name: str, references: References) -> Owner:
    """All patients that the bytes of a broken container still name; what is cut off named others."""
    whole = raw.replace(b"\\/", b"/")
    named = _referred(_SUBJECT, whole, references) | _referred(_PATIENT, whole, references)
    for pattern in _PATIENT_IDS:
        named |= {found.decode("ascii") for found in pattern.findall(whole)}
    held = type_name in CONTAINERS or whole.count(b'"resourceType"') > 1
    return Owner(tuple(sorted(named)), type_name, cut=held)


def _referred(pattern: re.Pattern[bytes], data: bytes, references: References) -> set[str]:
    named = {_patient_in(match.decode("utf-8", "replace"), references) for match in pattern.findall(data)}
    return named - {""}
