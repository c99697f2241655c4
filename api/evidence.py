"""Evidence of findings as Arrow structs: which record said what, when, and of notes in which words.

Columns are made for all rows at once, whatever criteria they speak for; a text is made once for each id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from eligibility.facts import Facts, Kind, Source, ValueState
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging.evidence import EvidenceRows
from eligibility.showing import show_assertion
from eligibility.units import dimension_name
from fhir_adapters.elements import element_path

_TIME = pa.timestamp("ms")
EVIDENCE = pa.struct(
    [
        ("statement", pa.string()),
        ("kind", pa.string()),
        ("concept", pa.string()),
        ("resource", pa.string()),
        ("path", pa.string()),
        ("start_earliest", _TIME),
        ("start_latest", _TIME),
        ("end_earliest", _TIME),
        ("end_latest", _TIME),
        ("value_low", pa.float64()),
        ("value_high", pa.float64()),
        ("unit", pa.string()),
        ("coded_value", pa.string()),
        ("status", pa.string()),
        ("assertion", pa.string()),  # of rows from notes, with the very words and where they stand
        ("quote", pa.string()),
        ("span_start", pa.int32()),
        ("span_end", pa.int32()),
    ]
)
_AT_ONCE = 1 << 20  # rows: texts of more than 2 GB do not fit into one column


def evidence_lists(
    facts: Facts, found: Sequence[EvidenceRows], places: Sequence[NDArray[np.int64]], size: int
) -> pa.ChunkedArray:
    """One list of evidence for each of `size` places; `places` says to which each row of `found` belongs."""
    place = np.concatenate([np.empty(0, np.int64), *places])
    order = np.argsort(place, kind="stable")
    rows, place = _together(found, order), place[order]
    ends = np.cumsum(np.bincount(place, minlength=size))
    chunks, first, begun = [], 0, 0
    while first < size:
        # As many places as hold so many rows, and one at least.
        stop = max(int(np.searchsorted(ends, begun + _AT_ONCE, "right")), first + 1)
        ended = int(ends[stop - 1])
        offsets = np.append(begun, ends[first:stop]) - begun
        structs = pa.StructArray.from_arrays(
            _columns(facts, _part(rows, slice(begun, ended))), fields=list(EVIDENCE)
        )
        chunks.append(pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), structs))
        first, begun = stop, ended
    return pa.chunked_array(chunks, pa.list_(EVIDENCE))


def _together(found: Sequence[EvidenceRows], order: NDArray[np.int64]) -> EvidenceRows:
    """Rows of several criteria as if they were of one, in an order."""
    starts = np.cumsum([0, *(len(one.leaves) for one in found)])
    none = np.empty(0, np.int64)
    leaf = [one.leaf + start for one, start in zip(found, starts.tolist(), strict=False)]
    return EvidenceRows(
        tuple(leaf for one in found for leaf in one.leaves),
        np.concatenate([none, *(one.patient for one in found)])[order],
        np.concatenate([none, *leaf])[order],
        np.concatenate([none, *(one.kind for one in found)])[order],
        np.concatenate([none, *(one.row for one in found)])[order],
    )


def _part(rows: EvidenceRows, part: slice) -> EvidenceRows:
    return EvidenceRows(rows.leaves, rows.patient[part], rows.leaf[part], rows.kind[part], rows.row[part])


def _columns(facts: Facts, rows: EvidenceRows) -> list[pa.Array]:
    size = len(rows.row)
    statements = pa.array([leaf.text for leaf in rows.leaves] or [""], pa.string())
    ints = {
        name: np.zeros(size, np.int64)
        for name in ("concept", "resource", "path", "status", "unit", "value_concept", "state")
    }
    ints["unit"][:] = -1
    times = {
        name: np.full(size, BEGINNING, np.int64) for name in ("start_lo", "start_hi", "end_lo", "end_hi")
    }
    low, high = np.full(size, np.nan), np.full(size, np.nan)
    noted = np.zeros(size, np.bool_)
    said = {
        name: np.zeros(size, np.int64) for name in ("assertion", "doubtful", "quote", "span_lo", "span_hi")
    }
    for number in np.unique(rows.kind).tolist():
        kind = Kind(number)
        mine = np.flatnonzero(rows.kind == number)
        block, at = facts.blocks[kind], rows.row[mine]
        for name in ("concept", "resource", "path", "status"):
            ints[name][mine] = block.column(name)[at]
        for name, held in times.items():
            held[mine] = block.column(name)[at]
        if "source" in block.columns:
            noted[mine] = block.columns["source"][at] == Source.NOTE
            for name, column in said.items():
                column[mine] = block.column(name)[at]
        if kind in (Kind.OBSERVATION, Kind.ANSWER):
            for name in ("unit", "value_concept"):
                ints[name][mine] = block.column(name)[at]
            ints["state"][mine] = block.column("value_state")[at]
            low[mine], high[mine] = block.column("value_lo")[at], block.column("value_hi")[at]
    coded = (ints["state"] == ValueState.CODED) | (ints["state"] == ValueState.TEXT)
    words = facts.words.texts
    resources = facts.resources.take(ints["resource"]).cast(pa.string())
    return [
        statements.take(pa.array(rows.leaf)),
        _looked_up(rows.kind.astype(np.int64), lambda kind: Kind(kind).name.lower()),
        _looked_up(ints["concept"], facts.concepts.show),
        resources,
        _paths(facts, resources, ints["path"]),
        *(_moments(times[name]) for name in ("start_lo", "start_hi", "end_lo", "end_hi")),
        pa.array(low, pa.float64(), mask=np.isnan(low)),
        pa.array(high, pa.float64(), mask=np.isnan(high)),
        _looked_up(ints["unit"], lambda i: dimension_name(i) if i >= 0 else ""),
        _looked_up(np.where(coded, ints["value_concept"], 0), lambda i: facts.concepts.show(i) if i else ""),
        _looked_up(ints["status"], lambda i: words[i]),
        _looked_up(
            np.where(noted, said["assertion"] * 2 + said["doubtful"], -1),
            lambda i: show_assertion(i // 2, i % 2) if i >= 0 else "",
        ),
        _looked_up(np.where(noted, said["quote"], 0), lambda i: words[max(i, 0)]),
        pa.array(said["span_lo"], pa.int32(), mask=~noted),
        pa.array(said["span_hi"], pa.int32(), mask=~noted),
    ]


def _paths(facts: Facts, resources: pa.Array, paths: NDArray[np.int64]) -> pa.Array:
    """Where in its record each fact stands, by the type of the record and the fact's own path."""
    types = pc.replace_substring_regex(resources.fill_null(""), "/.*", "").dictionary_encode()
    names, words = types.dictionary.to_pylist(), facts.words.texts
    key = paths * max(len(names), 1) + types.indices.to_numpy(zero_copy_only=False)
    return _looked_up(key, lambda i: element_path(names[i % len(names)], words[i // len(names)]), empty="")


def _looked_up(ids: NDArray[np.int64], show: Callable[[int], str], empty: str | None = None) -> pa.Array:
    """Texts of small ids, each made once; in place of "" stands `empty`."""
    told = pa.array(ids).dictionary_encode()
    texts = [show(i) or empty for i in told.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(told.indices)


def _moments(instants: NDArray[np.int64]) -> pa.Array:
    """Instants as timestamps without zone (wall clock of the run's zone); null where unknown."""
    finite = (instants > BEGINNING // 2) & (instants < END_OF_TIME // 2)
    return pa.array(np.where(finite, instants, 0), pa.int64(), mask=~finite).cast(_TIME)
