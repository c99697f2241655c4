"""One partition read: its pieces go the one way of reading, at the places where they stood in the input."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eligibility.manifest import LineCounts
from eligibility.notes import NoteReader
from fhir_adapters.extract import Extract, OneReading
from fhir_adapters.ledger import Ledger
from fhir_adapters.lines import LineBlock
from fhir_adapters.matcher import kept_matcher
from fhir_adapters.rejects import Problem
from fhir_adapters.routing.cutting import DELETIONS, DOCUMENT, LINE, REFUSED
from fhir_adapters.routing.nodes import nodes_of
from fhir_adapters.routing.parts import Part, moved_pieces
from fhir_adapters.streams import BLOCK, Lines, hold_memory


@dataclass(frozen=True, slots=True)
class Removed:
    """What a delivery takes back of earlier ones: records by their keys, and all of some owners."""

    keys: NDArray[np.uint64]
    owners: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the pieces of a partition are: among those of all files, in order of the input.

    Nodes that are `leaving` are at home in it and read in another one, those `arriving` the other way round;
    `moved` is the file with the pieces of all who are read elsewhere.
    """

    partition: int
    partitions: int
    parts: tuple[Part, ...]
    leaving: frozenset[int]
    arriving: frozenset[int]
    moved: Path | None
    removed: Mapping[int, Removed]  # by the number of the delivery


@dataclass(frozen=True, slots=True)
class PartitionRead:
    """What a partition holds. `types` are the resource types met in each file of lines; "" stands for all
    documents. `extract` counts what is the partition's own; records of everybody's are counted in the first.
    """

    extract: Extract
    types: Mapping[str, Sequence[str]]


class MisroutedError(Exception):
    """A partition holds facts of a patient who belongs to another: a fault of the engine."""


def read_partition(
    layout: Layout, zone: str, reader: NoteReader | None = None, *, keep_texts: bool = False
) -> PartitionRead:
    """Read one partition, with the texts of notes where there is a reader of them."""
    hold_memory()
    feed = _Feed(OneReading(zone, None, reader=reader, keep_texts=keep_texts), layout.removed.keys())
    for part in layout.parts:
        feed.take(_staying(layout, part, part.pieces(layout.partitions)), part)
    feed.flush()
    before = feed.reading.ledger.counts(), feed.reading.ledger.unattributed
    partition = layout.partition
    moved = moved_pieces(layout.moved, partition) if layout.moved is not None and layout.arriving else None
    leaving = np.array(sorted(layout.leaving), dtype=np.int64)
    for number, part in enumerate(layout.parts):
        own = _staying(layout, part, part.pieces(partition))
        if own is not None and layout.leaving:
            own = _only(own, ~np.isin(own["owner"].to_numpy(), leaving))
        if moved is not None:
            theirs = _staying(layout, part, _only(moved, moved["part"].to_numpy() == number))
            if theirs is not None and theirs.num_rows:
                theirs = theirs.drop_columns(["part"])
                own = (
                    theirs
                    if own is None
                    else pa.concat_batches([own, theirs.cast(own.schema)]).sort_by("place")
                )
        feed.take(own, part)
    feed.flush()
    extract = feed.reading.finish(frozenset())
    _check(layout, extract)
    if partition:
        extract = _without(extract, *before)
    extract = _with_deletions(extract, feed.deleted)
    return PartitionRead(extract, {file: sorted(types) for file, types in sorted(feed.types.items())})


def _staying(layout: Layout, part: Part, pieces: pa.RecordBatch | None) -> pa.RecordBatch | None:
    """Pieces without those that a later delivery has taken back."""
    if pieces is None:
        return None
    for delivery, removed in sorted(layout.removed.items()):
        if part.delivery < delivery:
            gone = np.isin(pieces["key"].to_numpy(), removed.keys)
            gone |= np.isin(pieces["owner"].to_numpy(), removed.owners)
            pieces = _only(pieces, ~gone)
    return pieces


def _only(pieces: pa.RecordBatch, chosen: NDArray[np.bool_]) -> pa.RecordBatch:
    return pieces if chosen.all() else pieces.filter(pa.array(chosen))


def _check(layout: Layout, extract: Extract) -> None:
    names = [name for name in extract.facts.patients if "#" not in name]  # named after its place
    nodes = nodes_of("P", names)
    at_home = nodes % layout.partitions == layout.partition
    at_home &= ~np.isin(nodes, np.array(sorted(layout.leaving), dtype=np.int64))
    here = at_home | np.isin(nodes, np.array(sorted(layout.arriving), dtype=np.int64))
    if not here.all():
        raise MisroutedError(f"facts of a patient of another partition were met in {layout.partition}")


def _without(extract: Extract, counts: LineCounts, unattributed: int) -> Extract:
    """An extract without the account of what was read first."""
    manifest, lines = extract.facts.manifest, extract.facts.manifest.lines
    own = LineCounts(
        accepted=lines.accepted - counts.accepted,
        ignored=lines.ignored - counts.ignored,
        blank=lines.blank - counts.blank,
        rejected=lines.rejected - counts.rejected,
    )
    told = replace(manifest, lines=own, unattributed=manifest.unattributed - unattributed)
    return replace(
        extract, facts=replace(extract.facts, manifest=told), rejects=extract.rejects[counts.rejected :]
    )


def _with_deletions(extract: Extract, count: int) -> Extract:
    """An extract with requests that were carried out."""
    manifest = extract.facts.manifest
    lines = replace(manifest.lines, accepted=manifest.lines.accepted + count)
    return replace(extract, facts=replace(extract.facts, manifest=replace(manifest, lines=lines)))


class _Feed:
    """Hands pieces to a reading, lines of one file together. `deleting`: deliveries that are obeyed."""

    def __init__(self, reading: OneReading, deleting: Collection[int]) -> None:
        self.reading = reading
        self.deleted = 0  # requests that were carried out
        self._deleting = deleting
        self.types: dict[str, set[str]] = {}
        self._match = kept_matcher().match
        self._file = ""
        self._data: list[Any] = []
        self._lines: list[NDArray[np.int64]] = []
        self._offsets: list[NDArray[np.int64]] = []
        self._size = 0

    def take(self, pieces: pa.RecordBatch | None, part: Part) -> None:
        """The pieces of one part, in the order of the input."""
        if pieces is None or not pieces.num_rows:
            return
        shape, which = pieces["shape"].to_numpy(), pieces["file"].to_numpy()
        edges = np.flatnonzero((np.diff(which) != 0) | (np.diff(shape) != 0) | (shape[1:] != LINE)) + 1
        raw = pieces["raw"]
        line = pieces["line"].to_numpy() + part.first_line
        offset = pieces["offset"].to_numpy()
        for start, stop in zip([0, *edges.tolist()], [*edges.tolist(), len(shape)], strict=True):
            file = part.files[int(which[start])]
            one = int(shape[start])
            if one == DELETIONS:
                if part.delivery in self._deleting:
                    self.deleted += pieces["problem"][start].as_py().count("\n") + 1
                    continue
                one = LINE if pieces["line"][start].as_py() else DOCUMENT
            if one == LINE:
                self._take_lines(file, raw.slice(start, stop - start), line[start:stop], offset[start:stop])
                continue
            self.flush()
            data = raw[start].as_buffer().to_pybytes()
            if one == DOCUMENT:
                self._meeting("")
                self.reading.document(data, file, alone=False)
            elif one == REFUSED:
                code, _, message = pieces["problem"][start].as_py().partition("\n")
                stood = bool(pieces["line"][start].as_py())
                self.reading.ledger.refuse(
                    Problem(code, message),
                    data,
                    file,
                    line=int(line[start]) if stood else None,
                    offset=int(offset[start]) if stood else None,
                )

    def _take_lines(
        self, file: str, raw: pa.LargeBinaryArray, line: NDArray[np.int64], offset: NDArray[np.int64]
    ) -> None:
        if file != self._file:
            self.flush()
            self._file = file
        ends = np.frombuffer(raw.buffers()[1], dtype=np.int64)[raw.offset : raw.offset + len(raw) + 1]
        data = raw.buffers()[2]
        done = 0
        while done < len(raw):
            room = max(BLOCK - self._size, 1)
            stop = int(np.searchsorted(ends, ends[done] + room, side="left"))
            stop = min(max(stop, done + 1), len(raw))
            self._data.append(data[int(ends[done]) : int(ends[stop])])
            self._lines.append(line[done:stop])
            self._offsets.append(offset[done:stop])
            self._size += int(ends[stop] - ends[done])
            done = stop
            if self._size >= BLOCK:
                self.flush()

    def flush(self) -> None:
        """Read the lines that are held."""
        held, self._data, self._size = self._data, [], 0
        if not held:
            return
        lines, self._lines = np.concatenate(self._lines), []
        offsets, self._offsets = np.concatenate(self._offsets), []
        self._meeting(self._file)
        block = Lines.of(b"".join(held), self._match)
        KeptLines(block, self._file, lines, offsets, self.reading.ledger).read()

    def _meeting(self, file: str) -> None:
        """Types that are met from now on are those of a file."""
        self.reading.intake.seen_types = self.types.setdefault(file, set())


class KeptLines(LineBlock):
    """Lines of one file that do not stand one after the other in it: `numbers`, and where each begins."""

    def __init__(
        self,
        lines: Lines,
        file: str,
        numbers: NDArray[np.int64],
        offsets: NDArray[np.int64],
        ledger: Ledger,
    ) -> None:
        super().__init__(lines, file, 0, 0, ledger)
        self._numbers, self._offsets = numbers, offsets

    def _part(self, data: bytes, lines: int, size: int) -> LineBlock:
        some = slice(lines, lines + data.count(b"\n"))
        return KeptLines(Lines.of(data), self._file, self._numbers[some], self._offsets[some], self._ledger)

    def line(self, position: int) -> int:
        return int(self._numbers[position])

    def offset(self, position: int) -> int:
        return int(self._offsets[position])
