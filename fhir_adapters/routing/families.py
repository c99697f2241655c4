"""Who must be read together: patients whose records are one person's, or stand in one document.

Also records of one name that name different patients, whoever is named by an identifier, and requests to
delete a record. Everybody else is alone and is not mentioned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from fhir_adapters.rejects import READ_ERRORS
from fhir_adapters.routing.nodes import keys_of, node_of, partition_of
from fhir_adapters.routing.parts import Part
from fhir_adapters.routing.record_keys import stretches

Tie = tuple[int, int]


class Families:
    """Sets of nodes that belong together; the lowest of each set stands for it."""

    def __init__(self, ties: Iterable[Tie]) -> None:
        self._above: dict[int, int] = {}
        for one, other in ties:
            first, second = sorted((self._first(one), self._first(other)))
            if first != second:
                self._above[second] = first

    def _first(self, node: int) -> int:
        path = []
        while node in self._above:
            path.append(node)
            node = self._above[node]
        for passed in path:
            self._above[passed] = node
        return node

    def moves(self, partitions: int) -> dict[int, int]:
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
    wanted: dict[int, int] = {}
    for name in asked:
        if name[:1] == "D":
            kind, _, identifier = name[1:].partition("/")
            wanted[int(keys_of(kind, [identifier])[0])] = node_of("D", name[1:])
    for slices in stretches(keys) if keys else ():
        key = np.concatenate([one.key for one in slices])
        ordered = np.sort(key)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if not len(twice) and not wanted:
            continue
        owner = np.concatenate([one.owner for one in slices])
        rows = np.flatnonzero(np.isin(key, twice))
        rows = rows[np.argsort(key[rows], kind="stable")]
        of_one = np.flatnonzero((key[rows[1:]] == key[rows[:-1]]) & (owner[rows[1:]] != owner[rows[:-1]]))
        ties.update(zip(owner[rows[of_one]].tolist(), owner[rows[of_one + 1]].tolist(), strict=True))
        if wanted:
            hit = np.flatnonzero(np.isin(key, np.array(list(wanted), dtype=np.uint64)))
            ties.update(
                (wanted[one], whose)
                for one, whose in zip(key[hit].tolist(), owner[hit].tolist(), strict=True)
            )
    return sorted(ties)


def ties_by_identifier(parts: Iterable[Part], partitions: int, asked: Collection[str]) -> list[Tie]:
    """Identifiers that records name patients by, with the patients who have them."""
    wanted: Mapping[tuple[str | None, str], int] = {
        tuple(msgspec.json.decode(name[1:])): node_of("?", name[1:]) for name in asked if name[:1] == "?"
    }
    if not wanted:
        return []
    ties: set[Tie] = set()
    for part in parts:
        for group in part.groups():
            if group == partitions:
                continue
            pieces = part.pieces(group)
            if pieces is None:
                continue
            for owner, raw in zip(pieces["owner"], pieces["raw"], strict=True):
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
