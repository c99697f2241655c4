"""Texts of notes that are kept to be shown: the first in memory, those beyond a limit in a file.

The file has no name, so that nobody else can open it and nothing of it stays when the process ends, however
it ends. Texts are looked up one at a time.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field

from eligibility.notes import Note
from fhir_adapters.errors import FhirInputError

MEMORY = 256 << 20  # characters of texts that are held in memory


@dataclass(frozen=True, slots=True)
class ReadText:
    """The text of a note, for showing. `resource` is a row of `Facts.resources`, `path` its element."""

    resource: int
    path: str
    kept: Note | LaidAside = field(repr=False)

    @property
    def note(self) -> Note:
        return self.kept if isinstance(self.kept, Note) else self.kept.fetched()


@dataclass(frozen=True, slots=True)
class LaidAside:
    """A note whose text is in the file."""

    shelf: Shelf = field(repr=False)
    start: int
    length: int
    written_lo: int
    written_hi: int
    title: str = field(repr=False)

    def fetched(self) -> Note:
        text = self.shelf.read(self.start, self.length)
        return Note(text, self.written_lo, self.written_hi, self.title)


class Shelf:
    """Where texts of one input are kept."""

    def __init__(self, memory: int | None = None) -> None:
        self._left = MEMORY if memory is None else memory
        self._file = -1
        self._end = 0

    def keep(self, note: Note) -> Note | LaidAside:
        """The note itself while there is room, else where its text lies; raises FhirInputError."""
        self._left -= len(note.text)
        if self._left >= 0:
            return note
        data = note.text.encode("utf-8", "surrogatepass")
        try:
            start = self._write(data)
        except OSError as error:
            why = error.strerror or "it cannot be written"
            raise FhirInputError("NO_ROOM_ASIDE", why, tempfile.gettempdir()) from error
        return LaidAside(self, start, len(data), note.written_lo, note.written_hi, note.title)

    def _write(self, data: bytes) -> int:
        """Where in the file the bytes begin; raises OSError."""
        if self._file < 0:
            with tempfile.TemporaryFile() as file:
                self._file = os.dup(file.fileno())
        start, rest = self._end, memoryview(data)
        while rest:
            written = os.pwrite(self._file, rest, self._end)
            self._end, rest = self._end + written, rest[written:]
        return start

    def read(self, start: int, length: int) -> str:
        """A text that was laid aside."""
        parts = []
        while length:
            part = os.pread(self._file, length, start)
            if not part:
                raise EOFError("the file of texts is shorter than what was written to it")
            parts.append(part)
            start, length = start + len(part), length - len(part)
        return b"".join(parts).decode("utf-8", "surrogatepass")

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
