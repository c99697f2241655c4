"""What the tasks of cutting came to, together; and what follows from it for who is read where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from eligibility.whole_files import read_json
from fhir_adapters.errors import FhirInputError
from fhir_adapters.routing.families import Families, ties_by_identifier, ties_by_name
from fhir_adapters.routing.nodes import keys_of, nodes_of, partition_of
from fhir_adapters.routing.parts import Part, write_moved
from fhir_adapters.routing.record_keys import keys_near
from fhir_adapters.routing.sources import Task
from fhir_adapters.storing.state import Content, Store


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of files. Paths are within the store; `parts` are in order of the input, each with the
    number of the line before its first one. `removed` says what it takes back, None where nothing.
    """

    files: list[dict[str, Any]]
    line_files: list[str]
    parts: list[tuple[str, int]]
    keys: list[str]
    blank: int
    ignored_types: dict[str, int]
    types: list[str]
    ties: list[tuple[int, int]]
    asked: list[str]
    gone: list[str]
    removed: dict[str, Any] | None = None

    def plain(self) -> dict[str, Any]:
        """As it is written."""
        return asdict(self)


def gather(store: Path, folder: Path, tasks: Sequence[Task]) -> Delivery:
    """The account of a delivery all of whose tasks are done."""
    inside = folder.relative_to(store).as_posix()
    files: list[dict[str, Any]] = []
    line_files: list[str] = []
    parts: list[tuple[str, int]] = []
    keys: list[str] = []
    blank, ignored = 0, Counter[str]()
    types: set[str] = set()
    ties: set[tuple[int, int]] = set()
    asked: set[str] = set()
    gone: set[str] = set()
    before = 0  # lines of the file whose stretches are at hand
    for number, task in enumerate(tasks):
        told = read_json(folder / f"{number:05d}.json")
        if task.stop < 0:
            (hashed,) = told["files"]
            files.append(
                {
                    "path": hashed["path"],
                    "bytes": task.files[0].bytes,
                    "sha256": hashed["sha256"],
                    "skipped": "",
                }
            )
            line_files.append(hashed["path"])
            before = 0
            continue
        parts += [(f"{inside}/{name}", before) for name in told["parts"]]
        keys.append(f"{inside}/{told['keys']}")
        before += told["lines"]
        for file in told["files"]:
            if file.pop("lines"):
                line_files.append(file["path"])
            files.append(file)
        blank += told["blank"]
        ignored.update(told["ignored_types"])
        types |= set(told["types"])
        ties.update((one, other) for one, other in told["ties"])
        asked |= set(told["asked"])
        gone |= set(told["gone"])
    if files and all(file["skipped"] for file in files):
        raise FhirInputError("NOT_FHIR", "no file in this folder holds FHIR", str(folder))
    return Delivery(
        files, sorted(set(line_files)), parts, keys, blank, dict(sorted(ignored.items())),
        sorted(types), sorted(ties), sorted(asked), sorted(gone),
    )  # fmt: skip


def settle_deletions(store: Path, content: Content) -> list[int]:
    """Work out whether the newest delivery takes records back; answers the owners who lose some.

    It does where none of them stands in a document, of which nothing can be taken away. Where one does, its
    requests are left as they are where an extract is read: they are told, and the patients marked.
    """
    *earlier, newest = content.deliveries
    if not earlier or not newest["gone"]:
        return []
    keys = []
    for name in newest["gone"]:
        kind, _, identifier = name.partition("/")
        keys.append(int(keys_of(kind, [identifier])[0]))
    wanted = np.unique(np.array(keys, dtype=np.uint64))
    losing: set[int] = set()
    for path in (store / name for delivery in earlier for name in delivery["keys"]):
        for held in keys_near(path, wanted):
            hit = np.isin(held.key, wanted)
            if held.whole[hit].any():
                return []
            losing |= set(held.owner[hit].tolist())
    names = [name.removeprefix("Patient/") for name in newest["gone"] if name.startswith("Patient/")]
    people = nodes_of("P", names).tolist()
    newest["removed"] = {"keys": wanted.tolist(), "owners": people}
    return sorted(losing | set(people))


def settle_families(store: Path, content: Content, folder: Path) -> None:
    """Work out who is read elsewhere, over all deliveries, and put their pieces where they are read."""
    deliveries = content.deliveries
    asked = {node for delivery in deliveries for node in delivery["asked"]}
    ties = {(one, other) for delivery in deliveries for one, other in delivery["ties"]}
    ties.update(ties_by_name([store / name for d in deliveries for name in d["keys"]], asked))
    parts = Store(store, content).parts()
    ties.update(ties_by_identifier(parts, content.partitions, asked))
    content.moves = Families(ties).moves(content.partitions)
    content.moved = None
    if content.moves:
        path = folder / "moved.parquet"
        pieces = _moving(parts, content)
        if pieces:
            if not path.exists():
                write_moved(path, pieces)
            content.moved = path.relative_to(store).as_posix()


def _moving(parts: Sequence[Part], content: Content) -> dict[int, pa.RecordBatch]:
    """Pieces of those who move, by the partition in which they are read."""
    movers = np.array(list(content.moves), dtype=np.int64)
    homes = {partition_of(node, content.partitions) for node in content.moves}
    found: dict[int, list[pa.RecordBatch]] = {}
    for number, part in enumerate(parts):
        for group in sorted(homes & set(part.groups())):
            pieces = part.pieces(group)
            if pieces is None:
                continue
            pieces = pieces.filter(pa.array(np.isin(pieces["owner"].to_numpy(), movers)))
            if not pieces.num_rows:
                continue
            target = np.array([content.moves[owner] for owner in pieces["owner"].to_pylist()])
            pieces = pieces.append_column("part", pa.array(np.full(len(target), number, np.int32)))
            for one in np.unique(target).tolist():
                found.setdefault(one, []).append(pieces.filter(pa.array(target == one)))
    return {
        target: pa.concat_batches([one.replace_schema_metadata(None) for one in batches])
        for target, batches in sorted(found.items())
    }


def affected(
    store: Path, content: Content, delivery: Delivery, before: Mapping[int, int], losing: Sequence[int]
) -> list[int]:
    """The partitions whose facts the newest delivery may have changed; `losing` owners lose records."""
    everyone = range(content.partitions)
    if len(content.deliveries) == 1:
        present = {0}
    else:
        present = set()
    for name, first_line in delivery.parts:
        present |= set(Part(store / name, first_line, 0).groups())
    if content.partitions in present and len(content.deliveries) > 1:
        return list(everyone)  # what everybody may refer to
    present.discard(content.partitions)
    present |= {partition_of(node, content.partitions) for node in losing}
    for node in content.moves.keys() | before.keys():
        home = partition_of(node, content.partitions)
        if content.moves.get(node) != before.get(node):
            present |= {home, content.moves.get(node, home), before.get(node, home)}
        elif home in present:
            present.add(content.moves[node])
    return sorted(present)
