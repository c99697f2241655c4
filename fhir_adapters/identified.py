"""Patients by their business identifiers, for references that name nothing else.

`Patient?identifier=system|value` and a reference with an `identifier` mean the one patient who has it.
Whether one or several have it is known when all is read. Kept as numbers, sixteen bytes for each.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from urllib.parse import unquote_plus

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

# A system and a value; of any system where that is None.
Wanted = tuple[str | None, str]
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Identifier(Struct, gc=False):
    system: str = ""
    value: str = ""


read_identifier = msgspec.json.Decoder(Identifier).decode
_identifiers = msgspec.json.Decoder(list[Identifier]).decode


def wanted(address: str, identifier: Identifier | None) -> Wanted | None:
    """The identifier that a reference asks for; None where it asks for none, or for more than that."""
    path, query, parameters = address.partition("?")
    if query:
        name, _, text = parameters.partition("=")
        if (path != "Patient" and not path.endswith("/Patient")) or name != "identifier" or "&" in text:
            return None
        system, bar, value = unquote_plus(text).rpartition("|")
        return (system if bar else None, value) if value else None
    if not address and identifier is not None and identifier.value:
        return identifier.system, identifier.value
    return None


class Identified:
    """All identifiers of the Patients that were read."""

    def __init__(self) -> None:
        self._keys = array("q")
        self._patients = array("i")
        self._sorted: tuple[NDArray[np.int64], NDArray[np.int32]] | None = None

    def note(self, given: Iterable[tuple[int, bytes]], patients: NDArray[np.int32]) -> None:
        """Remember the identifiers of some Patients, by row; one that cannot be read is nobody's."""
        for row, raw in given:
            patient = int(patients[row])
            try:
                held = _identifiers(raw)
            except _UNREADABLE:
                continue
            for one in held:
                if one.value:
                    self._keys.extend((hash((one.system, one.value)), hash((None, one.value))))
                    self._patients.extend((patient, patient))

    def of(self, asked: Wanted, same: Callable[[int], int]) -> set[int]:
        """Who has an identifier. `same` answers who a patient is after merging."""
        if self._sorted is None:
            keys = np.array(self._keys, dtype=np.int64)
            order = np.argsort(keys, kind="stable")
            self._sorted = keys[order], np.array(self._patients, dtype=np.int32)[order]
        keys, patients = self._sorted
        first, last = np.searchsorted(keys, hash(asked), "left"), np.searchsorted(keys, hash(asked), "right")
        return {same(patient) for patient in patients[first:last].tolist()}
