"""Whose record it is, and which record is meant: every form a FHIR reference takes.

`Type/id`, the same with a version, an absolute URL, and `urn:uuid:` through the `fullUrl`s of the
bundle at hand. A `urn:` that no entry explains is taken by its last part. A reference by business
identifier only, or into `contained`, names nothing that could be found again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from eligibility.resources import key_of, keys_of
from fhir_adapters.cache import Cache, by_bytes
from fhir_adapters.pieces import Pieces

MISSING = -1  # no subject, or one that cannot be followed
NOT_A_PATIENT = -2  # a group, a device, a place
NOT_ASKED_FOR = -3  # a patient outside the chosen ones

_TAIL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([^/?#\s]+)(?:/_history/[^/]+)?$")

_ENCOUNTER = b'{"reference":"Encounter/'
_ID_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."
_IN_ID = np.zeros(256, dtype=np.bool_)
_IN_ID[list(_ID_CHARACTERS)] = True


class Reference(Struct, gc=False):
    reference: str = ""
    type: str = ""


_decoder = msgspec.json.Decoder(Reference)
_list_decoder = msgspec.json.Decoder(list[Reference])


class References:
    """Reference elements by their bytes. `full_urls` belongs to the bundle being read."""

    def __init__(self, patient_index: Callable[[str], int]) -> None:
        self._patient_index = patient_index
        self.full_urls: dict[str, str] = {}
        self._plain = True  # no address of the bundle looks like a plain reference
        self.patients = by_bytes(self._read_patient, MISSING)
        self._by_text: Cache[bytes, int] = Cache(self._read_text, {})
        self.encounter_keys = by_bytes(self._read_encounter, 0)

    def enter_bundle(self, full_urls: dict[str, str]) -> None:
        """`full_urls` maps the entries' addresses to "Type/id"; forgets what the last bundle's meant."""
        if full_urls or self.full_urls:
            self.patients = by_bytes(self._read_patient, MISSING)
            self.encounter_keys = by_bytes(self._read_encounter, 0)
        self.full_urls = full_urls
        addresses = "\n" + "\n".join(full_urls)
        self._plain = "\nPatient/" not in addresses and "\nEncounter/" not in addresses

    def name(self, reference: str, expected: str) -> str:
        """ "Type/id" of a reference; "" where it cannot be followed. `expected` types a bare urn."""
        held = self.full_urls.get(reference)
        if held is not None:
            return held
        found = _TAIL.search(reference)
        if found is not None:
            return f"{found[1]}/{found[2]}"
        if reference.startswith(("urn:uuid:", "urn:oid:")):
            return f"{expected}/{reference.rpartition(':')[2]}"
        return ""

    def names(self, raw: bytes, expected: str) -> list[str]:
        """Names of the records in a list of references (or a single one)."""
        if not raw or raw == b"null":
            return []
        given = _list_decoder.decode(raw) if raw[:1] == b"[" else [_decoder.decode(raw)]
        names = (self.name(r.reference, r.type or expected) for r in given if r.reference)
        return [name for name in names if name]

    def _read_patient(self, raw: bytes) -> int:
        plain = _plain(raw, b'{"reference":"Patient/') if self._plain else ""
        if plain:
            return self._patient_index(plain)
        reference = _decoder.decode(raw)
        name = self.name(reference.reference, reference.type or "Patient")
        if not name:
            return NOT_A_PATIENT if reference.type not in ("", "Patient") else MISSING
        kind, _, identifier = name.partition("/")
        return self._patient_index(identifier) if kind == "Patient" else NOT_A_PATIENT

    def _read_encounter(self, raw: bytes) -> int:
        plain = _plain(raw, _ENCOUNTER) if self._plain else ""
        if plain:
            return key_of(f"Encounter/{plain}")
        reference = _decoder.decode(raw)
        name = self.name(reference.reference, "Encounter")
        return key_of(name) if name.startswith("Encounter/") else 0

    def patients_named(self, references: Sequence[bytes]) -> NDArray[np.int64] | None:
        """Who is meant by the text of each reference; None where one is not in the commonest spelling."""
        if not self._plain:
            return None
        try:
            return np.fromiter(map(self._by_text.__getitem__, references), np.int64, count=len(references))
        except LookupError:
            return None

    def patient_ids(self, references: Pieces) -> Sequence[str] | None:
        """The ids in the texts of references; None where one is not in the commonest spelling."""
        identifiers = references.following(b"Patient/", _IN_ID) if self._plain else None
        return None if identifiers is None else identifiers.packed()

    def _read_text(self, reference: bytes) -> int:
        kind, _, identifier = reference.partition(b"/")
        if kind != b"Patient" or not identifier or identifier.translate(None, _ID_CHARACTERS):
            raise LookupError(reference)
        return self._patient_index(identifier.decode("ascii"))

    def encounters_named(self, references: Pieces) -> NDArray[np.int64] | None:
        """Keys of the Encounters that references name; None where one is not in the commonest spelling."""
        identifiers = references.following(b"Encounter/", _IN_ID) if self._plain else None
        return None if identifiers is None else keys_of("Encounter", identifiers.packed())

    def encounters(self, raws: Sequence[bytes]) -> NDArray[np.int64]:
        """Keys of many encounter references; those not met before are read together."""
        known = self.encounter_keys
        new = [raw for raw in dict.fromkeys(raws) if raw not in known]
        if new and self._plain:
            known.learn(new, _plain_keys(new))
        return np.fromiter(map(known.__getitem__, raws), dtype=np.int64, count=len(raws))


def _plain_keys(raws: Sequence[bytes]) -> list[int]:
    """Keys of references that are all in the commonest spelling; none where one is in another.

    Raw JSON holds no zero byte, so one can stand between them.
    """
    joined = b"\0" + b"\0".join(raws)
    if joined.count(b"\0" + _ENCOUNTER) != len(raws):
        return []
    pieces = joined.replace(b"\0" + _ENCOUNTER, b"\0").split(b"\0")[1:]
    identifiers = b"\0".join([piece.partition(b'"')[0] for piece in pieces])
    if identifiers.translate(None, _ID_CHARACTERS).strip(b"\0") or b"" in identifiers.split(b"\0"):
        return []
    found: list[int] = keys_of("Encounter", identifiers.decode("ascii").split("\0")).tolist()
    return found


def _plain(raw: bytes, opening: bytes) -> str:
    """The id in the commonest spelling, which begins with `opening`, without decoding; "" for any other."""
    if not raw.startswith(opening):
        return ""
    identifier = raw[len(opening) : raw.find(b'"', len(opening))]
    return "" if identifier.translate(None, _ID_CHARACTERS) else identifier.decode("ascii")
