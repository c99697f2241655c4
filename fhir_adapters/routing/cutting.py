"""Files cut into lines and documents, each with its owner and its place, unpacked as they were sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from fhir_adapters.bundles import Document
from fhir_adapters.detection import Shape, shape_of
from fhir_adapters.errors import FhirInputError
from fhir_adapters.extract import LONGEST_LINE, is_fhir_name, type_named
from fhir_adapters.ledger import Ledger
from fhir_adapters.lines import LineBlock
from fhir_adapters.matcher import kept_matcher
from fhir_adapters.rejects import Problem
from fhir_adapters.routing.nodes import COUNTED, NOBODY
from fhir_adapters.routing.owners import Router
from fhir_adapters.streams import Lines, Stream, line_blocks

LINE, DOCUMENT, REFUSED, DELETIONS = 0, 1, 2, 3  # what a piece is


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of one file, one after the other in `data`.

    `ends` are their ends in it; `line` counts from 1 within what was cut in one go (0 for a document), and
    `offset` is of the unpacked file. `problem` is why a piece was refused as it was cut, or what it deletes.
    """

    file: str
    shape: int
    data: bytes
    ends: NDArray[np.int64]
    owner: NDArray[np.int64]
    key: NDArray[np.uint64]
    line: NDArray[np.int64]
    offset: NDArray[np.int64]
    problem: str = ""


@dataclass(slots=True)
class CutFile:
    """What is known of a file besides its pieces."""

    path: str
    bytes: int
    sha256: str
    lines: int = 0
    skipped: str = ""


@dataclass(slots=True)
class Told:
    """What was counted, and not kept."""

    blank: int = 0
    types: set[str] = field(default_factory=set)  # that empty files say there are none of
    gone: set[str] = field(default_factory=set)  # records that bundles of nothing else ask to delete


class Cutter:
    """Cuts files; hands pieces on as they come, in the order of the input."""

    def __init__(
        self, router: Router, give: Callable[[Pieces], None], progress: Callable[[int], None]
    ) -> None:
        self.router, self._give, self._progress = router, give, progress
        self.files: list[CutFile] = []
        self.told = Told()
        self._match = kept_matcher().match

    def stream(self, stream: Stream, *, alone: bool) -> None:
        """Cut one file. `alone`: a file that holds nothing we can read is the caller's error."""
        cut = CutFile(stream.name, 0, "")
        shape = shape_of(stream, LONGEST_LINE)
        if shape is Shape.EMPTY:
            self._empty(stream, alone=alone)
        elif shape is Shape.FOREIGN and not is_fhir_name(stream.name):
            if alone:
                raise FhirInputError("JSON_INVALID", "this is not JSON", stream.name)
            cut.skipped = "not JSON"
            while stream.read():
                pass
        elif shape is Shape.DOCUMENT:
            cut.skipped = self._document(stream, alone=alone)
        else:
            cut.lines = self.lines(stream, 0)
        cut.bytes, cut.sha256 = stream.hashing.total, ""
        cut.sha256 = stream.hashing.digest()
        if stream.truncated:
            self.damaged(Problem("GZIP_TRUNCATED", stream.truncated), stream.name)
        self.files.append(cut)

    def damaged(self, problem: Problem, name: str) -> None:
        """A file that could not be read to its end."""
        self._refused(problem, b"", name, 0, -1)

    def lines(self, stream: Stream, offset: int) -> int:
        """Cut lines, of which the first begins at `offset`; answers how many there are."""
        number = 0
        for block, length in line_blocks(stream, LONGEST_LINE, self._match, ahead=stream.compressed):
            if length > len(block.data):
                problem = Problem("LINE_TOO_LONG", f"longer than {LONGEST_LINE} bytes")
                self._refused(problem, block.data, stream.name, number + 1, offset)
                number += 1
            else:
                owner, key = self.router.begin(block.count)
                _RoutedLines(block, stream.name, 1, 0, as_ledger(self.router)).read()
                pieces = _pieces(stream.name, block, owner, key, number, offset)
                for line, gone in self.router.gone_lines.items():
                    self._give(_deletions(pieces, line - 1, gone))
                    owner[line - 1] = COUNTED
                    self.told.gone.update(gone)
                self._give(pieces)
                number += block.count
            offset += length
            self._progress(length)
        return number

    def _empty(self, stream: Stream, *, alone: bool) -> None:
        named = type_named(stream.name)
        if alone and not named:
            raise FhirInputError("EMPTY_INPUT", "nothing in it", stream.name)
        if named:
            self.told.types.add(named)
        self.told.blank += stream.everything().count(b"\n")

    def _document(self, stream: Stream, *, alone: bool) -> str:
        data = stream.everything()
        self._progress(len(data))
        # What is counted of a document is counted where it is read.
        router, blank, ignored = self.router, self.router.blank, self.router.ignored_types.copy()
        router.begin_document()
        try:
            Document(data, stream.name, as_ledger(router)).read()
        except FhirInputError as problem:
            if alone or problem.code == "NOT_FHIR":
                if alone:
                    raise
                return problem.message
            router.refuse(Problem(problem.code, problem.message), data, stream.name)
        finally:
            gone = router.gone if (router.blank, router.ignored_types) == (blank, ignored) else []
            owner = router.end_document()
            router.blank, router.ignored_types = blank, ignored
            router.references.enter_bundle({})
        shape = DELETIONS if gone else DOCUMENT
        self.told.gone.update(gone)
        self._give(_whole(stream.name, shape, data, owner, 0, -1, "\n".join(gone)))
        return ""

    def _refused(self, problem: Problem, raw: bytes, file: str, line: int, offset: int) -> None:
        owner = self.router.begin(line)[0]
        self.router.refuse(problem, raw, file, line=line or None)
        whose = int(owner[line - 1]) if line else NOBODY
        self._give(_whole(file, REFUSED, raw, whose, line, offset, f"{problem.code}\n{problem.message}"))


def as_ledger(router: Router) -> Ledger:
    """The router where a ledger is expected: it has what those who decode ask of one."""
    return cast("Ledger", router)


class _RoutedLines(LineBlock):
    """Lines of which only the owner is asked."""

    def _part(self, data: bytes, lines: int, size: int) -> LineBlock:
        return _RoutedLines(Lines.of(data), self._file, self._first_line + lines, size, self._ledger)

    def _open_bundles(self, positions: Sequence[int]) -> None:
        router = cast("Router", self._ledger)
        for position in positions:
            blank, ignored = router.blank, router.ignored_types.copy()
            router.begin_document()
            try:
                Document(self.raw(position), self._file, self._ledger).read()
            except FhirInputError as problem:
                router.refuse(Problem(problem.code, problem.message), self.raw(position), self._file)
            gone = router.gone if (router.blank, router.ignored_types) == (blank, ignored) else []
            router.own_line(self.line(position), router.end_document(), gone)
            router.blank, router.ignored_types = blank, ignored
        router.references.enter_bundle({})


def _pieces(
    file: str, block: Lines, owner: NDArray[np.int64], key: NDArray[np.uint64], number: int, offset: int
) -> Pieces:
    """The lines of a block that are kept."""
    ends = None if block.matched is None else block.matched.ends
    if ends is None:
        ends = np.flatnonzero(np.frombuffer(block.data, dtype=np.uint8) == ord("\n")) + 1
    line = np.arange(number + 1, number + len(ends) + 1)
    begins = offset + np.append(0, ends[:-1])
    return Pieces(file, LINE, block.data, ends, owner, key, line, begins)


def _deletions(pieces: Pieces, at: int, gone: list[str]) -> Pieces:
    """One line that asks for nothing but deletions."""
    data = pieces.data[int(pieces.ends[at - 1]) if at else 0 : int(pieces.ends[at])]
    owner, line, offset = int(pieces.owner[at]), int(pieces.line[at]), int(pieces.offset[at])
    return _whole(pieces.file, DELETIONS, data, owner, line, offset, "\n".join(gone))


def _whole(
    file: str, shape: int, data: bytes, owner: int, line: int, offset: int, problem: str = ""
) -> Pieces:
    return Pieces(
        file,
        shape,
        data,
        np.array([len(data)]),
        np.array([owner], dtype=np.int64),
        np.zeros(1, dtype=np.uint64),
        np.array([line]),
        np.array([offset]),
        problem,
    )


class Stretch:
    """A part of an open file, as a file of its own."""

    def __init__(self, raw: BinaryIO, begin: int, end: int) -> None:
        self._raw, self._left = raw, end - begin
        raw.seek(begin)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, none at the end."""
        data = self._raw.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(data)
        return data


# A stream takes these at its beginning for a mark of its form.
_MARKS = (b"\xef\xbb\xbf", b"\x1f\x8b")


def line_start(raw: BinaryIO, at: int, size: int) -> int:
    """Where the first line begins that begins at `at` or later; the file's size where none does."""
    while 0 < at < size:
        raw.seek(at - 1)
        at -= 1
        while data := raw.read(1 << 16):
            found = data.find(b"\n")
            if found >= 0:
                at += found + 1
                break
            at += len(data)
        raw.seek(at)
        if not raw.read(3).startswith(_MARKS):
            return at
        at += 1
    return min(at, size)


def kept(pieces: Pieces) -> NDArray[np.bool_]:
    """Which pieces are kept."""
    found: NDArray[np.bool_] = pieces.owner != COUNTED
    return found


def first_bytes(path: Path) -> bytes:
    """The first bytes of a file, which tell its form."""
    with path.open("rb") as raw:
        return raw.read(4)
