"""What is gathered of one patient, type by type, and which kinds of record are whole.

A kind counts as delivered where a type of it came whole and none of its types came in part: silence about
any other kind is unknown. Of a type that came in part nothing is used, since the part that is missing
could be the newer one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from api.service.records.searchsets import Found
from fhir_adapters.mapping.table import KINDS_OF

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A bundle of what came, the kinds that are whole, and an account of the types that are not there."""

    data: bytes
    delivered: frozenset[str]
    absent: tuple[Told, ...]


class Gathering:
    """One patient's record on its way."""

    def __init__(self) -> None:
        self._resources: dict[tuple[str, str, bytes], bytes] = {}
        self._whole: set[str] = set()
        self._missing: dict[str, Told] = {}
        self._without: dict[str, Told] = {}

    def add(self, type_name: str, found: Iterable[Found]) -> None:
        """All there is of a type, with what it refers to."""
        self._whole.add(type_name)
        for one in found:
            self._resources[one.type, one.id, b"" if one.id else one.data] = one.data

    def without(self, type_name: str, code: str, message: str) -> None:
        """A type that the source does not have to give: other types of its kind may still be whole."""
        self._without[type_name] = {"code": code, "place": type_name, "message": message}

    def miss(self, type_name: str, code: str, message: str) -> None:
        """A type that did not come, or not whole."""
        self._missing[type_name] = {"code": code, "place": type_name, "message": message}

    def finish(self) -> Gathered:
        """The record."""
        broken = {kind for name in self._missing for kind in KINDS_OF.get(name, ())}
        whole = {kind for name in self._whole for kind in KINDS_OF.get(name, ())} - broken
        absent = {**self._without, **self._missing}
        entries = b",".join(b'{"resource":' + one + b"}" for one in self._resources.values())
        return Gathered(
            b'{"resourceType":"Bundle","type":"collection","entry":[' + entries + b"]}",
            frozenset(kind.name.lower() for kind in whole),
            tuple(absent[name] for name in sorted(absent)),
        )
