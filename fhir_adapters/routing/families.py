"""Who must be read together: patients whose records are one person's, or stand in one document.

Also records of one name that name different patients, whoever is named by an identifier, and requests to
delete a record. Everybody else is alone and is not mentioned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from fhir_adapters.rejects import READ_ERRORS
from fhir_adapters.routing.owners import keys_of, partition_of
from fhir_adapters.routing.parts import KEY_SLICES, Part, key_slice

Tie = tuple[str, str]


class Families:
    """Sets of nodes that belong together; the first of each set by name stands for it."""

    def __init__(self, ties: Iterable[Tie]) -> None:
        self._above: dict[str, str] = {}
        for one, other in ties:
            first, second = sorted((self._first(one), self._first(other)))
            if first != second:
                self._above[second] = first

    def _first(self, node: str) -> str:
        path = []
        while node in self._above:
            path.append(node)
            node = self._above[node]
        for passed in path:
            self._above[passed] = node
        return node

    def moves(self, partitions: int) -> dict[str, int]:
        """The nodes that are read in another partition than the one they are at home in."""
        found = {}
        for node in sorted(self._above):
            first = self._first(node)
            home = partition_of(first, partitions)
            if home != partition_of(node, partitions):
                found[node] = home
        return found


def ties_by_name(keys: Sequence[Path], asked: Collection[str]) -> list[Tie]:
    """Owners of records of one name, where they differ; and requests with the owners of what they name."""
    ties: set[Tie] = set()
    wanted: dict[int, str] = {}
    for node in asked:
        if node[:1] == "D":
            kind, _, identifier = node[1:].partition("/")
            wanted[int(keys_of(kind, [identifier])[0])] = node
    for number in range(KEY_SLICES):
        tables = [key_slice(path, number) for path in keys]
        table = pa.concat_tables(tables)
        key = table.column("key").to_numpy()
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        same = np.flatnonzero(ordered[1:] == ordered[:-1])
        if len(same):
            owners = table.column("owner").take(pa.array(np.concatenate((order[same], order[same + 1]))))
            names = owners.to_pylist()
            pairs = zip(names[: len(same)], names[len(same) :], strict=True)
            ties.update((one, other) for one, other in pairs if one != other)
        if wanted:
            hit = np.flatnonzero(np.isin(key, np.array(list(wanted), dtype=np.uint64)))
            owners = table.column("owner").take(pa.array(hit)).to_pylist()
            ties.update((wanted[one], owner) for one, owner in zip(key[hit].tolist(), owners, strict=True))
    return sorted(ties)


def ties_by_identifier(parts: Iterable[Part], partitions: int, asked: Collection[str]) -> list[Tie]:
    """Identifiers that records name patients by, with the patients who have them."""
    wanted: Mapping[tuple[str | None, str], str] = {
        tuple(msgspec.json.decode(node[1:])): node for node in asked if node[:1] == "?"
    }
    if not wanted:
        return []
    ties: set[Tie] = set()
    for part in parts:
        for group in part.groups():
            if group == partitions:
                continue
            table = part.pieces(group, ["owner", "raw"])
            if table is None:
                continue
            for owner, raw in zip(table["owner"], table["raw"], strict=True):
                data = raw.as_buffer().to_pybytes()
                if b'"Patient"' in data:
                    ties.update((wanted[one], owner.as_py()) for one in _identifiers(data) if one in wanted)
    return sorted(ties)


def _identifiers(raw: bytes) -> list[tuple[str | None, str]]:
    """The identifiers of a Patient, or of the Patients of a bundle, each with its system and without."""
    try:
        content = msgspec.json.decode(raw)
    except READ_ERRORS:
        return []
    waiting, found = [content], []
    while waiting:
        held = waiting.pop()
        if isinstance(held, list):
            waiting += held
        elif isinstance(held, dict):
            waiting += held.values()
            if held.get("resourceType") == "Patient":
                for one in held.get("identifier") or ():
                    if isinstance(one, dict) and isinstance(one.get("value"), str):
                        system = one.get("system")
                        found += [
                            (None, one["value"]),
                            (system if isinstance(system, str) else "", one["value"]),
                        ]
    return found
