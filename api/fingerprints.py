"""One hash for all that is known of a patient: another hash means that the facts are others.

It is worked out column by column, so that a chart costs milliseconds. Ids of concepts, words, records and
units stand for what they point to, and rows are put in an order of their own: the hash depends neither on
the order of the input, nor on who else is in the table, nor on what was read before it.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Block, Facts, Kind, columns_of
from eligibility.units import dimension_name

_SIGN = 16  # bytes that stand for a content
_RECORDS = frozenset({"resource", "encounter"})
_DIMENSIONS = frozenset({"unit", "dose_unit"})
_WIDE_WORDS = frozenset({"postal_code", "quote"})  # word ids in int32
_PLACES = frozenset({"span_lo", "span_hi", "cue_lo", "cue_hi"})  # numbers in int32
# `patient` is an index; `passage` is of this process, and the quote's place says the same.
_LEFT_OUT = frozenset({"patient", "passage"})

_Sign = Callable[[int], bytes]


def facts_hashes(facts: Facts) -> list[str]:
    """A SHA-256 for each patient, in hexadecimal, by dense index: over facts, links and what was damaged."""
    signs = _Signs(facts)
    hashes = [sha256() for _ in facts.patients]
    for kind, block in sorted(facts.blocks.items()):
        _add(hashes, kind.name, block.columns["patient"], _rows(kind, block, signs))
    _add(hashes, "links", *_links(facts, signs))
    for name, flags in (
        *((f"corrupt {kind.name}", flags) for kind, flags in sorted(facts.corrupt.items())),
        *((f"unread {reading.name}", flags) for reading, flags in sorted(facts.unread.items())),
    ):
        for patient in np.flatnonzero(flags).tolist():
            hashes[patient].update(f"{name}\n".encode())
    return [one.hexdigest() for one in hashes]


class _Signs:
    """Bytes that stand for what an id points to, each worked out once."""

    def __init__(self, facts: Facts) -> None:
        concepts, words, resources = facts.concepts, facts.words, facts.resources
        self._of: dict[str, _Sign] = {
            "concept": lambda i: _sign(repr((concepts.codings[i], concepts.texts[i], concepts.displays[i]))),
            "word": lambda i: _sign(words.texts[i] if i >= 0 else ""),
            "record": lambda i: _sign(resources.name(i)),
            "dimension": lambda i: _sign(dimension_name(i) if i >= 0 else ""),
        }
        self._known: dict[tuple[str, int], bytes] = {}

    def of(self, what: str, ids: NDArray[Any]) -> NDArray[np.void]:
        """V16[len(ids)]"""
        unique, inverse = np.unique(ids, return_inverse=True)
        signs = b"".join([self.one(what, number) for number in unique.tolist()])
        found: NDArray[np.void] = np.frombuffer(signs, dtype=f"V{_SIGN}")[inverse]
        return found

    def one(self, what: str, number: int) -> bytes:
        held = self._known.get((what, number))
        if held is None:
            held = self._known[what, number] = self._of[what](number)
        return held


def _sign(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()[:_SIGN]


def _stands_for(name: str, dtype: str) -> str:
    """What a column's numbers are ids of, "" where they are numbers."""
    if name in _RECORDS:
        return "record"
    if name in _DIMENSIONS:
        return "dimension"
    if dtype == "int16" or name in _WIDE_WORDS:
        return "word"
    return "concept" if dtype == "int32" and name not in _PLACES else ""


def _rows(kind: Kind, block: Block, signs: _Signs) -> NDArray[np.void]:
    """Every column of a kind, held or not, side by side: a column that others fill changes nothing."""
    columns = {name: told for name, told in columns_of(kind).items() if name not in _LEFT_OUT}
    meanings = {name: _stands_for(name, dtype) for name, (dtype, _) in columns.items()}
    layout = np.dtype(
        [
            (name, f"V{_SIGN}" if meanings[name] else np.dtype(dtype).newbyteorder("<"))
            for name, (dtype, _) in columns.items()
        ]
    )
    rows = np.zeros(len(block), layout)
    for name, (_, default) in columns.items():
        held = block.columns.get(name)
        if meanings[name]:
            if held is None:
                rows[name] = np.void(signs.one(meanings[name], int(default)))  # type: ignore[call-overload]
            else:
                rows[name] = signs.of(meanings[name], held)
        elif held is not None or default:
            rows[name] = default if held is None else held
    return rows


def _links(facts: Facts, signs: _Signs) -> tuple[NDArray[np.int32], NDArray[np.void]]:
    """Patients of the links between records, and the links."""
    links = facts.links
    rows = np.zeros(len(links.source), [(name, f"V{_SIGN}") for name in ("source", "role", "target")])
    patients = np.zeros(len(rows), np.int32)
    if len(rows):
        whose = np.zeros(len(facts.resources), np.int32)
        for block in facts.blocks.values():
            records = block.column("resource")
            known = records >= 0
            whose[records[known]] = block.columns["patient"][known]
        patients = whose[links.source]
        rows["source"], rows["target"] = signs.of("record", links.source), signs.of("record", links.target)
        rows["role"] = signs.of("word", links.role)
    return patients, rows


def _add(hashes: list[Any], name: str, patients: NDArray[Any], rows: NDArray[np.void]) -> None:
    """Each patient's rows, in the order of their bytes."""
    if not len(rows):
        return
    packed = rows.view(f"V{rows.dtype.itemsize}")
    order = np.argsort(packed)
    if len(hashes) > 1:
        order = order[np.argsort(patients[order], kind="stable")]
    packed = packed[order]
    present, first = np.unique(patients[order], return_index=True)
    for patient, start, stop in zip(
        present.tolist(), first.tolist(), [*first[1:].tolist(), len(packed)], strict=True
    ):
        hashes[patient].update(f"{name} {stop - start}\n".encode())
        hashes[patient].update(packed[start:stop].tobytes())
