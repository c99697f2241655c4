"""Takes a delivery into a store: cuts it by patient, then reads every partition that it touches.

Each step leaves files that are whole or absent, and nothing counts before `store.json` says so: a run that
was stopped anywhere goes on where it was, and ends with the bytes it would have had.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from eligibility.factstore import told_of, write_facts
from eligibility.whole_files import read_json, write_json
from fhir_adapters.extract import told_by_name
from fhir_adapters.mapping.table import KINDS_OF
from fhir_adapters.routing.cutting import first_bytes
from fhir_adapters.routing.kept import Layout, PartitionRead, read_partition
from fhir_adapters.routing.sources import Source, Task, cut, files_of, tasks_of
from fhir_adapters.storing.gathering import affected, gather, settle_deletions, settle_families
from fhir_adapters.storing.refused import reject_row
from fhir_adapters.storing.state import NAME, VERSION, Content, Store, StoreError, together
from fhir_adapters.storing.workers import Doing, processes

Progress = Callable[[str, int, int], None]  # what is done, how much of it, and of how much
_PARTITION = 96 << 20  # bytes of input that are read in one go
_MOST = 4096
_PACKED = 12  # how much smaller gzip makes FHIR
_HASHED = 4  # times as fast as cutting
_PACKINGS = (b"\x1f\x8b", b"PK")


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a delivery. `partitions` is how many were read; none where nothing was new."""

    store: Store
    files: int
    known: int  # files that had been delivered before
    partitions: int


@dataclass(frozen=True, slots=True)
class _Cutting:
    task: Task
    name: str
    folder: Path
    partitions: int


@dataclass(frozen=True, slots=True)
class _Reading:
    layout: Layout
    zone: str
    folder: Path


def ingest(
    source: Path,
    store: Path,
    *,
    zone: str = "UTC",
    complete: bool = False,
    do: Doing | None = None,
    partitions: int | None = None,
    progress: Progress | None = None,
) -> Ingested:
    """Take the files of an input into a store, which is made where there is none. The caller holds the store.

    `zone` and `complete` are as in `read`; they are the store's, and so is the number of partitions, which
    otherwise follows from the size of the first delivery. `do` is who works, else this process alone.
    Raises FhirInputError for an input that cannot be read, StoreError for a store that is another's, OSError
    where it cannot be written.
    """
    shown, do = progress or _silent, do or processes(1)
    files, alone = files_of(source)
    held = read_json(store / NAME)
    if held is None:
        content = Content(partitions or _partitions(files), zone, complete)
    else:
        content = Store.open(store).content
        _must_fit(content, zone, complete, partitions, store)
    number = len(content.deliveries) + 1
    fresh = _not_known(files, content)
    if not fresh and content.deliveries:
        return Ingested(Store(store, content), len(files), len(files), 0)
    folder = store / "lines" / f"{number:04d}"
    content = _planned(folder, fresh, content, store, number)
    tasks = tasks_of(fresh, alone)
    _cut_all(tasks, folder, content.partitions, do, shown)
    delivery = gather(store, folder, tasks)
    content.deliveries.append(delivery.plain())
    losing = settle_deletions(store, content)
    before = content.moves
    settle_families(store, content, folder)
    touched = affected(store, content, delivery, before, losing)
    made = Store(store, content)
    read_all(made, touched, str(number), do, shown)
    settle(made)
    return Ingested(made, len(files), len(files) - len(fresh), len(touched))


def settle(store: Store) -> None:
    """Have what was read count from now on."""
    folders = store.content.folders
    told = {partition: told_of(store.path / folder) for partition, folder in folders.items()}
    store.content.manifest = _manifest(store.content, told)
    store.save()
    _tidy(store)


def _silent(what: str, done: int, of: int) -> None:
    """No progress is shown."""


def _must_fit(content: Content, zone: str, complete: bool, partitions: int | None, store: Path) -> None:
    asked = {"zone": zone, "complete": complete, "partitions": partitions or content.partitions}
    kept = {"zone": content.zone, "complete": content.complete, "partitions": content.partitions}
    for name, value in asked.items():
        if kept[name] != value:
            text = f"the store was made with {name} {kept[name]}, not {value}"
            raise StoreError("STORE_DIFFERS", str(store), text)


def _partitions(files: Sequence[Source]) -> int:
    size = sum(
        file.bytes * (_PACKED if first_bytes(Path(file.path)).startswith(_PACKINGS) else 1) for file in files
    )
    return min(max(1, -(-size // _PARTITION)), _MOST)


def _not_known(files: Sequence[Source], content: Content) -> list[Source]:
    """Files that no earlier delivery held under the same name with the same bytes."""
    known = {
        (file["path"], file["bytes"], file["sha256"]) for held in content.deliveries for file in held["files"]
    }
    named = {(path, size) for path, size, _ in known}
    return [
        file
        for file in files
        if (file.name, file.bytes) not in named or (file.name, file.bytes, _sha256(file)) not in known
    ]


def _sha256(file: Source) -> str:
    made = sha256()
    with Path(file.path).open("rb") as raw:
        while data := raw.read(1 << 20):
            made.update(data)
    return made.hexdigest()


def _planned(folder: Path, files: Sequence[Source], content: Content, store: Path, number: int) -> Content:
    """Go on with a plan for the same files; what was begun for others is thrown away."""
    plan = {"files": [asdict(file) for file in files], "partitions": content.partitions,
            "zone": content.zone, "complete": content.complete, "version": VERSION}  # fmt: skip
    held = read_json(folder / "plan.json")
    if held is not None and not content.deliveries and "partitions" in held:
        plan["partitions"] = content.partitions = (
            held["partitions"] if _same(held, plan) else content.partitions
        )
    if held != plan:
        shutil.rmtree(folder, ignore_errors=True)
        for left in (store / "facts").glob(f"*.{number}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder.mkdir(parents=True)
        (store / "facts").mkdir(exist_ok=True)
        write_json(folder / "plan.json", plan)
    for left in folder.glob("*.part"):
        left.unlink()
    return content


def _same(held: dict[str, Any], plan: dict[str, Any]) -> bool:
    return {**held, "partitions": 0} == {**plan, "partitions": 0}


def _cut_all(tasks: Sequence[Task], folder: Path, partitions: int, do: Doing, shown: Progress) -> None:
    waiting = [
        _Cutting(task, f"{number:05d}", folder, partitions)
        for number, task in enumerate(tasks)
        if not (folder / f"{number:05d}.json").exists()
    ]
    whole = sum(task.bytes for task in tasks)
    done = whole - sum(one.task.bytes for one in waiting)
    shown("dividing by patient", done, whole)
    # What takes longest is begun first, so that nobody waits for it at the end.
    waiting.sort(key=lambda one: -(one.task.bytes or one.task.files[0].bytes // _HASHED))
    for position, _ in do(_cut, waiting):
        done += waiting[position].task.bytes
        shown("dividing by patient", done, whole)


def _cut(one: _Cutting) -> None:
    told = cut(one.task, one.name, one.folder, one.partitions, _nothing)
    write_json(one.folder / f"{one.name}.json", told)


def _nothing(count: int) -> None:
    """Progress is told task by task."""


def read_all(store: Store, touched: Sequence[int], name: str, do: Doing, shown: Progress) -> None:
    """Read partitions into folders that end with a name; those that are there are left as they are."""
    content = store.content
    for partition in touched:
        content.folders[partition] = f"facts/{partition:04d}.{name}"
    missing = [one for one in touched if not (store.path / content.folders[one]).is_dir()]
    waiting = [
        _Reading(layout, content.zone, store.path / content.folders[layout.partition])
        for layout in store.layouts(missing)
    ]
    done = len(touched) - len(waiting)
    shown("reading", done, len(touched))
    for _ in do(_read, waiting):
        done += 1
        shown("reading", done, len(touched))


def _read(one: _Reading) -> None:
    found = read_partition(one.layout, one.zone)
    rejects = [reject_row(reject) for reject in found.extract.rejects]
    write_facts(one.folder, found.extract.facts, _told(found), rejects)


def _told(found: PartitionRead) -> dict[str, Any]:
    """The account of one partition."""
    extract = found.extract
    manifest = extract.facts.manifest
    return {
        "patients": extract.facts.n_patients,
        "facts": sum(map(len, extract.facts.blocks.values())),
        "lines": {
            name: getattr(manifest.lines, name) for name in ("accepted", "ignored", "blank", "rejected")
        },
        "ignored_types": dict(manifest.ignored_types),
        "systems": {kind: sorted(held) for kind, held in sorted(manifest.systems.items())},
        "types": {file: list(types) for file, types in found.types.items()},
        "unattributed": manifest.unattributed,
        "duplicates": manifest.duplicates,
        "patients_without_record": extract.patients_without_record,
        "unresolved_medications": extract.unresolved_medications,
    }


def _manifest(content: Content, told: dict[int, Any]) -> dict[str, Any]:
    """What all partitions and the account of cutting say together."""
    whole = together([told[number] for number in sorted(told)])
    met = whole.pop("types")
    types, wrong = set(met.pop("", ())), 0
    for delivery in content.deliveries:
        types |= set(delivery["types"])
        whole["lines"]["blank"] += delivery["blank"]
        for name, count in delivery["ignored_types"].items():
            whole["ignored_types"][name] = whole["ignored_types"].get(name, 0) + count
            whole["lines"]["ignored"] += count
    for file in sorted({file for delivery in content.deliveries for file in delivery["line_files"]}):
        found = set(met.get(file, ()))
        named, misnamed = told_by_name(file, found)
        types |= found | named
        wrong += misnamed
    whole["ignored_types"] = dict(sorted(whole["ignored_types"].items()))
    whole["delivered"] = sorted({kind.name.lower() for name in types for kind in KINDS_OF.get(name, ())})
    whole["notes"] = {"WRONG_FILE_TYPE": wrong} if wrong else {}
    return whole


def _tidy(store: Store) -> None:
    """Remove facts that a later reading has replaced."""
    kept = {Path(name).name for name in store.content.folders.values()}
    for folder in (store.path / "facts").iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
