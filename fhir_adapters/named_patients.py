"""References as they are followed: those by business identifier, and those of R5, too.

A patient named by an identifier only (`Patient?identifier=…`, or a reference with an `identifier`) waits
until all is read. A reference by any other query names nothing that could be found again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec
from msgspec import Raw, Struct

from fhir_adapters.cache import by_bytes
from fhir_adapters.identified import Wanted, read_identifier, wanted
from fhir_adapters.references import MISSING, NOT_A_PATIENT, References

WAITING = -4  # a patient named by an identifier, which may be read later
UNRESOLVED = -5  # an identifier that no patient has, or several have; or a query that is none

Identify = Callable[[Wanted], Collection[int]]


class Logical(Struct, gc=False):
    reference: str = ""
    type: str = ""
    identifier: Raw = Raw(b"")


class Reference(Struct, gc=False):
    reference: str = ""
    type: str = ""


class Either(Struct, gc=False):
    """A CodeableReference of R5, which may hold a reference."""

    reference: Reference | None = None


_logical = msgspec.json.Decoder(Logical).decode
_plain = msgspec.json.Decoder(list[Reference]).decode
_either = msgspec.json.Decoder(list[Either]).decode


class FollowedReferences(References):
    """`References`, with whom an identifier names once all is read."""

    def __init__(self, patient_index: Callable[[str], int]) -> None:
        super().__init__(patient_index)
        self._identified: Identify | None = None

    def resolve(self, identified: Identify) -> None:
        """From now on a patient may be named by an identifier: all have been read."""
        self._identified = identified
        self.patients = by_bytes(self._read_patient, MISSING)

    def name(self, reference: str, expected: str) -> str:
        """ "Type/id" of a reference; "" where it cannot be followed, as no query can."""
        if "?" in reference and reference not in self.full_urls:
            return ""
        return super().name(reference, expected)

    def names(self, raw: bytes, expected: str) -> list[str]:
        """Names of the records in a list of references (or a single one), also where R5 allows codes."""
        if not raw or raw == b"null":
            return []
        listed = raw if raw[:1] == b"[" else b"[" + raw + b"]"
        try:
            given = _plain(listed)
        except msgspec.ValidationError:
            given = [held.reference for held in _either(listed) if held.reference is not None]
        names = (self.name(r.reference, r.type or expected) for r in given if r.reference)
        return [name for name in names if name]

    def _read_patient(self, raw: bytes) -> int:
        if b"?" not in raw and b'"identifier"' not in raw:
            return super()._read_patient(raw)
        reference = _logical(raw)
        if self.name(reference.reference, reference.type or "Patient"):
            return super()._read_patient(raw)
        query = "Patient?" in reference.reference
        if not query and reference.type not in ("", "Patient"):
            return NOT_A_PATIENT
        held = bytes(reference.identifier)
        asked = wanted(reference.reference, read_identifier(held) if held and held != b"null" else None)
        if asked is None:
            return UNRESOLVED if query else MISSING
        if self._identified is None:
            return WAITING
        found = self._identified(asked)
        return next(iter(found)) if len(found) == 1 else UNRESOLVED
