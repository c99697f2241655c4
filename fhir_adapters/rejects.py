"""What was refused, where it stood, and whom it may have been about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

READ_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one record cannot become facts. `code` is one of `errors.CODES`."""

    code: str
    message: str
    path: str = ""


class BadRowsError(Exception):
    """Some records of a batch cannot be read; the others can. Never leaves this package."""

    def __init__(self, problems: dict[int, Problem]) -> None:
        super().__init__(f"{len(problems)} records")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Reject:
    """One refused line or bundle entry. `raw` are its bytes as they were read."""

    code: str
    message: str
    file: str
    line: int | None  # counted from 1; None inside a bundle
    offset: int | None  # of the line's first byte in the unpacked file
    entry: int | None  # index in Bundle.entry
    path: str  # element, where known
    patient: str  # "" where it cannot be read
    resource_type: str
    raw: bytes

    @property
    def digest(self) -> str:
        """sha256 of the refused bytes, so that a report can name them without quoting them."""
        return sha256(self.raw).hexdigest()

    def place(self) -> str:
        """Where it stood, for people."""
        if self.line is not None:
            return f"{self.file}:{self.line}"
        return f"{self.file} entry[{self.entry}]" if self.entry is not None else self.file


def write_rejects(rejects: Sequence[Reject], path: Path) -> None:
    """The refused bytes, one record a line, so that they can be mended and read again."""
    with path.open("wb") as out:
        for reject in rejects:
            out.write(reject.raw.replace(b"\r\n", b" ").replace(b"\n", b" ") + b"\n")
