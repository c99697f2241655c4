"""The files of an input and the tasks of cutting them, none of which depends on another.

Large plain files of lines are cut in stretches of whole lines, the others as a whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import file_digest
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, cast

from fhir_adapters.archives import is_archive, read_archive
from fhir_adapters.detection import Shape, shape_of
from fhir_adapters.errors import FhirInputError
from fhir_adapters.extract import LONGEST_LINE, type_named
from fhir_adapters.routing.cutting import Cutter, Stretch, first_bytes, line_start
from fhir_adapters.routing.owners import Router
from fhir_adapters.routing.part_writing import PartWriter
from fhir_adapters.streams import Stream, hold_stretches

STRETCH = 32 << 20  # bytes of a file that are cut in one go
# Each partition looks into what every stretch left, so stretches grow with each so many bytes of an input,
# up to so many times: what a process holds is the same for all inputs of some gigabytes.
_LARGE, _LONGER = 1 << 30, 4
_TOGETHER = 16 << 20  # bytes of small files that are cut in one go
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the input. `name` is what it is called in the account, `changed` its time of change."""

    name: str
    path: str
    bytes: int
    changed: int


@dataclass(frozen=True, slots=True)
class Task:
    """Files that are cut as a whole, or one file from `start` to `stop`; or hashed, where `stop` is -1."""

    files: tuple[Source, ...]
    start: int = 0
    stop: int = 0
    alone: bool = False  # the input is this one file

    @property
    def bytes(self) -> int:
        """What is to be read."""
        return 0 if self.stop < 0 else self.stop - self.start or sum(file.bytes for file in self.files)


def files_of(source: Path) -> tuple[list[Source], bool]:
    """The files of an input, in order, and whether it is one file. Raises FhirInputError for none."""
    if not source.exists():
        raise FhirInputError("NOT_FOUND", "no file or folder of this name", str(source))
    try:
        if not source.is_dir():
            return [_source(source, source.name)], True
        paths = sorted(
            path
            for path in source.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(source).parts)
        )
        if not paths:
            raise FhirInputError("EMPTY_INPUT", "no file in this folder", str(source))
        # Contents of notes come last, as where an extract is read.
        paths.sort(key=lambda path: type_named(path.name) == "Binary")
        return [_source(path, path.relative_to(source).as_posix()) for path in paths], False
    except OSError as problem:
        raise FhirInputError("NOT_READABLE", problem.strerror or str(problem), str(source)) from None


def _source(path: Path, name: str) -> Source:
    told = path.stat()
    return Source(name, str(path.resolve()), told.st_size, told.st_mtime_ns)


def tasks_of(files: list[Source], alone: bool) -> list[Task]:
    """The tasks of cutting some files."""
    tasks: list[Task] = []
    few: list[Source] = []
    stretch = STRETCH * min(_LONGER, 1 + sum(file.bytes for file in files) // _LARGE)

    def together() -> None:
        if few:
            tasks.append(Task(tuple(few), alone=alone))
            few.clear()

    for file in files:
        if file.bytes > stretch and _is_lines(file):
            together()
            edges = _edges(file, stretch)
            for start, stop in pairwise(edges):
                tasks.append(Task((file,), start, stop))
            tasks.append(Task((file,), 0, -1))
            continue
        if few and sum(one.bytes for one in few) + file.bytes > _TOGETHER:
            together()
        few.append(file)
    together()
    return tasks


def _is_lines(file: Source) -> bool:
    path = Path(file.path)
    if first_bytes(path)[:2] == _GZIP or is_archive(path):
        return False
    with path.open("rb") as raw:
        return shape_of(Stream(raw, file.name), LONGEST_LINE) is Shape.LINES


def _edges(file: Source, stretch: int) -> list[int]:
    with Path(file.path).open("rb") as raw:
        found = {line_start(raw, at, file.bytes) for at in range(0, file.bytes, stretch)}
    return sorted(found | {0, file.bytes})


def cut(
    task: Task, name: str, folder: Path, partitions: int, progress: Callable[[int], None]
) -> dict[str, Any]:
    """Do one task: write its parts as files that begin with `name`; answers an account as plain data."""
    hold_stretches()
    if task.stop < 0:
        return {"files": [{"path": task.files[0].name, "sha256": _hash(task.files[0])}]}
    router = Router()
    writer = PartWriter(folder, name, partitions, router)
    cutter = Cutter(router, writer.add, progress)
    lines = 0
    for file in task.files:
        path = Path(file.path)
        try:
            if is_archive(path):
                read_archive(path, file.name, cutter)
                if task.alone and all(one.skipped for one in cutter.files):
                    raise FhirInputError("NOT_FHIR", "no file in this archive holds FHIR", file.name)
                continue
            with path.open("rb") as raw:
                if task.stop:
                    stretch = Stretch(raw, task.start, task.stop)
                    lines = cutter.lines(
                        Stream(cast("BinaryIO", stretch), file.name, hashed=False), task.start
                    )
                else:
                    cutter.stream(Stream(raw, file.name), alone=task.alone)
        except OSError as problem:
            raise FhirInputError("NOT_READABLE", problem.strerror or str(problem), file.path) from None
    keys = writer.finish()
    return {
        "parts": writer.written,
        "keys": keys,
        "lines": lines,  # of a stretch, so that those after it can be numbered
        "files": [asdict(file) for file in cutter.files],
        "blank": router.blank + cutter.told.blank,
        "ignored_types": dict(sorted(router.ignored_types.items())),
        "types": sorted(cutter.told.types),
        "gone": sorted(cutter.told.gone),
        "ties": sorted(router.ties),
        "asked": sorted(name for name in router.names.values() if name[:1] in ("?", "D")),
    }


def _hash(file: Source) -> str:
    with Path(file.path).open("rb") as raw:
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(raw.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
        return file_digest(raw, "sha256").hexdigest()
