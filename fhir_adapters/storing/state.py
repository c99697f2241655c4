"""What a store consists of: deliveries, where their pieces lie, and the folder of each partition's facts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from eligibility.factstore.opening import Opened
from eligibility.manifest import LineCounts, Manifest
from eligibility.notes import NoteReader
from eligibility.whole_files import read_json, write_json
from fhir_adapters.extract import ReadFile
from fhir_adapters.routing.kept import Layout, PartitionRead, Removed, read_partition
from fhir_adapters.routing.nodes import node_of, partition_of
from fhir_adapters.routing.parts import Part

VERSION = 3
NAME = "store.json"


class StoreError(Exception):
    """A store that cannot be used as asked. `code` says why."""

    def __init__(self, code: str, place: str, message: str) -> None:
        self.code, self.place, self.message = code, place, message
        super().__init__(f"{place}: {message} [{code}]")

    def __reduce__(self) -> tuple[type[StoreError], tuple[str, str, str]]:
        return type(self), (self.code, self.place, self.message)  # as it comes back from another process


def is_store(path: str | Path) -> bool:
    """Whether there is a store at a place, be it one whose first delivery was not finished."""
    return (Path(path) / NAME).is_file() or (Path(path) / "lines").is_dir()


@dataclass(slots=True)
class Content:
    """What `store.json` says."""

    partitions: int
    zone: str
    complete: bool
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    moves: dict[int, int] = field(default_factory=dict)
    moved: str | None = None
    folders: dict[int, str] = field(default_factory=dict)  # of partitions that hold anything
    manifest: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As it is written."""
        return {
            "version": VERSION,
            "partitions": self.partitions,
            "zone": self.zone,
            "complete": self.complete,
            "deliveries": self.deliveries,
            "moves": {str(node): target for node, target in sorted(self.moves.items())},
            "moved": self.moved,
            "folders": {str(number): name for number, name in sorted(self.folders.items())},
            "manifest": self.manifest,
        }


class Store:
    """A store that holds at least one delivery, or is to take its first."""

    def __init__(self, path: Path, content: Content) -> None:
        self.path, self.content = path, content

    @classmethod
    def open(cls, path: Path) -> Store:
        """Raises StoreError for what is no store, or an unfinished one."""
        told = read_json(path / NAME)
        if told is None:
            text = "its first delivery was not read to the end: run the same ingest again"
            raise StoreError("STORE_UNFINISHED", str(path), text)
        if told.pop("version") != VERSION:
            text = "another version of this program wrote it: ingest its deliveries into a new store"
            raise StoreError("STORE_VERSION", str(path), text)
        folders = {int(number): name for number, name in told.pop("folders").items()}
        moves = {int(node): target for node, target in told.pop("moves").items()}
        return cls(path, Content(**told, moves=moves, folders=folders))

    def save(self) -> None:
        """Have the content written: from then on the store is another."""
        write_json(self.path / NAME, self.content.plain())

    @property
    def patients(self) -> int:
        """How many patients it holds."""
        return int(self.content.manifest["patients"])

    def parts(self) -> tuple[Part, ...]:
        """The files of pieces, in order of the input."""
        return tuple(
            Part(self.path / name, first_line, number)
            for number, delivery in enumerate(self.content.deliveries, 1)
            for name, first_line in delivery["parts"]
        )

    def layouts(self, partitions: Collection[int]) -> list[Layout]:
        """Where the pieces of some partitions are."""
        content, parts = self.content, self.parts()
        leaving: dict[int, set[int]] = {number: set() for number in partitions}
        arriving: dict[int, set[int]] = {number: set() for number in partitions}
        for node, target in content.moves.items():
            home = partition_of(node, content.partitions)
            if home in leaving:
                leaving[home].add(node)
            if target in arriving:
                arriving[target].add(node)
        removed = {
            number: Removed(np.array(told["keys"], dtype=np.uint64), np.array(told["owners"], dtype=np.int64))
            for number, delivery in enumerate(content.deliveries, 1)
            if (told := delivery["removed"]) is not None
        }
        moved = None if content.moved is None else self.path / content.moved
        return [
            Layout(number, content.partitions, parts, frozenset(leaving[number]), frozenset(arriving[number]),
                   moved, removed)
            for number in partitions
        ]  # fmt: skip

    def partition_of(self, patient: str) -> int:
        """The partition that holds a patient, if any does."""
        node = node_of("P", patient)
        home = self.content.moves.get(node)
        return partition_of(node, self.content.partitions) if home is None else home

    def numbers(self) -> list[int]:
        """The partitions that hold anything."""
        return sorted(self.content.folders)

    def opened(self, partition: int) -> Opened:
        """The facts of a partition."""
        return Opened.of(self.path / self.content.folders[partition])

    def read(self, partition: int, reader: NoteReader | None, *, keep_texts: bool = False) -> PartitionRead:
        """A partition as it was sent, with what its notes say."""
        (layout,) = self.layouts([partition])
        return read_partition(layout, self.content.zone, reader, keep_texts=keep_texts)

    def manifest(self, *, notes_read: bool = False) -> Manifest:
        """What all deliveries together contain."""
        told = self.content.manifest
        delivered = told["delivered"]
        return Manifest(
            zone=self.content.zone,
            delivered=None if self.content.complete else frozenset(delivered),
            systems={kind: frozenset(held) for kind, held in told["systems"].items()},
            lines=LineCounts(**told["lines"]),
            ignored_types=told["ignored_types"],
            unattributed=told["unattributed"],
            duplicates=told["duplicates"],
            notes_read=notes_read,
        )

    def cut_lines(self) -> tuple[dict[str, int], dict[str, int]]:
        """Lines that were counted as they were cut, and are not kept; and those ignored, by type."""
        lines, ignored = asdict(LineCounts()), dict[str, int]()
        for delivery in self.content.deliveries:
            lines["blank"] += delivery["blank"]
            for name, count in delivery["ignored_types"].items():
                lines["ignored"] += count
                ignored[name] = ignored.get(name, 0) + count
        return lines, ignored

    def files(self) -> list[ReadFile]:
        """All files that were delivered."""
        return [
            ReadFile(file["path"], file["bytes"], _saying(file["sha256"]), file["skipped"])
            for delivery in self.content.deliveries
            for file in delivery["files"]
        ]

    def rejects(self) -> Iterator[dict[str, Any]]:
        """What was refused, in the order of the input, as rows of the account of a run."""
        order = {file.path: number for number, file in enumerate(self.files())}
        rows = [row for number in self.numbers() for row in self.rejects_of(number)]
        rows.sort(
            key=lambda row: (order.get(row["file"], 0), row["file"], row["line"] or 0, row["entry"] or 0)
        )
        return iter(rows)

    def rejects_of(self, partition: int) -> list[dict[str, Any]]:
        """What was refused in one partition."""
        path = self.path / self.content.folders[partition] / "rejects.ndjson"
        with path.open("rb") as lines:
            return [json.loads(line) for line in lines]


def _saying(text: str) -> Any:
    return lambda: text


def together(told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts and sets of partitions, as one."""
    lines = {name: sum(one["lines"][name] for one in told) for name in asdict(LineCounts())}
    ignored: dict[str, int] = {}
    systems: dict[str, set[str]] = {}
    types: dict[str, set[str]] = {}
    for one in told:
        for name, count in one["ignored_types"].items():
            ignored[name] = ignored.get(name, 0) + count
        for kind, held in one["systems"].items():
            systems.setdefault(kind, set()).update(held)
        for file, held in one["types"].items():
            types.setdefault(file, set()).update(held)
    return {
        "lines": lines,
        "ignored_types": ignored,
        "systems": {kind: sorted(held) for kind, held in sorted(systems.items())},
        "types": {file: sorted(held) for file, held in sorted(types.items())},
        **{name: sum(one[name] for one in told) for name in _SUMS},
    }


_SUMS = (
    "patients",
    "facts",
    "unattributed",
    "duplicates",
    "patients_without_record",
    "unresolved_medications",
)
