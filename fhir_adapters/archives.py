"""Zip archives: their files one after the other, as if they lay in a folder.

Nothing is written to disk. What an archive claims of its sizes is not believed: bytes are counted as they
are unpacked, and an archive that grows beyond all reason is refused as a whole. A file within that is
damaged loses what comes after the damage, which is accounted for.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

from fhir_adapters.errors import FhirInputError
from fhir_adapters.growth import Growth
from fhir_adapters.rejects import Problem
from fhir_adapters.streams import Stream

MOST_FILES = 100_000
_OPENINGS = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError)
_ENCRYPTED = 1


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive, by its first bytes."""
    with path.open("rb") as raw:
        return raw.read(4) in _OPENINGS


class Reader(Protocol):
    """What takes in the files of an archive."""

    def stream(self, stream: Stream, *, alone: bool) -> None:
        """Read one file; one that holds nothing to read is passed over unless it is `alone`."""

    def damaged(self, problem: Problem, name: str) -> None:
        """Account for a file that could not be read to its end."""


class Unpacked(io.RawIOBase):
    """One file of an archive, counted while it is read. `damage` says why it ends early, if it does."""

    def __init__(self, packed: IO[bytes], archive: Archive) -> None:
        super().__init__()
        self._packed = packed
        self._archive = archive
        self.damage = ""

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._packed.read(size)
        except _DAMAGE as problem:
            self.damage = str(problem) or "the compressed data ends early"
            return b""
        self._archive.growth.count(len(data))
        return data


class Archive:
    """A zip archive that is open. Raises FhirInputError for one that cannot be read, or must not be."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.growth = Growth("ZIP_TOO_LARGE", name, path.stat().st_size)
        try:
            self._zip = zipfile.ZipFile(path)
        except (*_DAMAGE, ValueError, NotImplementedError) as problem:
            raise FhirInputError("ZIP_INVALID", str(problem), name) from None

    def files(self) -> Iterator[tuple[str, Unpacked]]:
        """Names and contents in order of the names; folders and hidden files are left out."""
        infos = [info for info in self._zip.infolist() if not info.is_dir() and not _hidden(info.filename)]
        if len(infos) > MOST_FILES:
            raise FhirInputError("ZIP_TOO_LARGE", f"more than {MOST_FILES:,} files", self.name)
        for info in sorted(infos, key=lambda info: info.filename):
            if info.flag_bits & _ENCRYPTED:
                raise FhirInputError("ZIP_ENCRYPTED", "unpack it with its password first", self.name)
            try:
                packed = self._zip.open(info)
            except (*_DAMAGE, NotImplementedError, RuntimeError):
                raise FhirInputError(
                    "ZIP_INVALID", "this file of it cannot be unpacked", f"{self.name}/{info.filename}"
                ) from None
            with packed:
                yield f"{self.name}/{info.filename}", Unpacked(packed, self)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()


def read_archive(path: Path, name: str, reader: Reader) -> None:
    """Read all files of an archive. Raises FhirInputError for one that cannot be read, or must not be."""
    archive = Archive(path, name)
    try:
        empty = True
        for file, unpacked in archive.files():
            empty = False
            reader.stream(Stream(cast("BinaryIO", unpacked), file, archive.growth), alone=False)
            if unpacked.damage:
                reader.damaged(Problem("ZIP_DAMAGED", unpacked.damage), file)
        if empty:
            raise FhirInputError("EMPTY_INPUT", "no file in this archive", name)
    finally:
        archive.close()


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
