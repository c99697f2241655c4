"""Elements that all resources share: codings of our own systems, references, pseudonyms.

Patients appear by their pseudonym only, as an identifier that leads nowhere but into this service.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

Element = dict[str, Any]
SYSTEM = "urn:eligibility"
_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_REFERENCE = re.compile(r"[A-Z][A-Za-z]{1,63}/[A-Za-z0-9.\-]{1,64}")


def fhir_id(name: str) -> str:
    """A name as FHIR id: itself where it is one, else what can be kept of it with a hash."""
    if _ID.fullmatch(name):
        return name
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in name)[:51]
    return f"{kept}-{sha256(name.encode()).hexdigest()[:12]}"


def is_reference(text: str) -> bool:
    """Whether a text is a relative reference, `Type/id`."""
    return _REFERENCE.fullmatch(text) is not None


def coding(name: str, code: str, display: str = "") -> Element:
    """A coding of one of the service's own code systems."""
    told = {"system": f"{SYSTEM}:{name}", "code": code}
    return {**told, "display": display} if display else told


def concept(name: str, code: str, display: str = "") -> Element:
    """The same as a CodeableConcept."""
    return {"coding": [coding(name, code, display)]}


def identifier(name: str, value: str) -> Element:
    """A name that the service gives."""
    return {"system": f"{SYSTEM}:{name}", "value": value}


def subject(patient_key: str) -> Element:
    """A patient, by pseudonym."""
    return {"type": "Patient", "identifier": identifier("patient", patient_key)}


def person(name: str) -> Element:
    """Somebody who works with the service, as the tokens name them."""
    return {"identifier": identifier("user", name)}


def study(protocol_id: str) -> Element:
    """A protocol as the study it is."""
    return {"reference": f"ResearchStudy/{fhir_id(protocol_id)}"}


def instant(moment: datetime) -> str:
    """A moment to the millisecond, in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def extension(name: str, **value: object) -> Element:
    """An extension of the service's own with one value."""
    return {"url": f"{SYSTEM}:{name}", **value}
