"""Contents of notes that stand in records of their own (`Binary`), for the notes that name them.

Only Binaries of the same input are read; no address is ever fetched. A name that stands for two different
contents stands for none: nobody could tell whose text it is. Notes wait for all of an input to be read,
save where its last files hold nothing but Binaries: those are handed on one by one, and none is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from eligibility.facts import Array
from fhir_adapters.notes.attachments import media_type, readable


@dataclass(frozen=True, slots=True)
class Packed:
    """A content as it was sent: a JSON string in base64, and its type."""

    content_type: str
    data: bytes = field(repr=False)

    def told(self, content_type: str) -> str:
        """The type to read it by: its own, with what who names it says of the same type besides."""
        alike = media_type(self.content_type) == media_type(content_type)
        return max(self.content_type, content_type, key=len) if alike else self.content_type or content_type


class HasTextElsewhere(Protocol):
    """Something whose text stands in a record that it names."""

    def text_in(self, content: Packed) -> str:
        """The text in that record's content; raises UnreadableError where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Naming:
    """A note that names its content: row `row` of `columns`, written between two instants."""

    content: HasTextElsewhere = field(repr=False)
    columns: dict[str, Array]
    row: int
    lo: int
    hi: int


Opened = tuple[Naming, Packed | None]  # None: several contents have the name


class Binaries:
    """Notes and the contents that they name, by the names of their records."""

    def __init__(self) -> None:
        self._naming: dict[str, list[Naming]] = {}
        self._held: dict[str, Packed | None] = {}
        self._digests: dict[str, bytes] = {}  # of contents that were handed on
        self._keep = True

    def await_content(self, name: str, note: Naming) -> None:
        """A note waits for a content."""
        self._naming.setdefault(name, []).append(note)

    def take(self, name: str, content: Packed) -> list[Opened]:
        """Take in a content; answers the notes that can be read now, or no longer."""
        if not self._keep:
            return self._handed_on(name, content)
        if not readable(content.content_type):
            content = Packed(content.content_type, b"")  # only its type is of use
        if self._held.setdefault(name, content) != content:
            self._held[name] = None
        return []

    def hand_on(self) -> list[Opened]:
        """From here on nothing is kept, for all notes are known; answers those that can be read now."""
        self._keep = False
        return self.settled()

    def settled(self) -> list[Opened]:
        """The notes that wait for contents that were read."""
        held, self._held = self._held, {}
        found: list[Opened] = []
        for name, content in held.items():
            notes = self._naming.get(name, ())
            found += [(note, content) for note in notes]
            if notes and content is not None:
                self._digests[name] = _digest(content)
        return found

    def _handed_on(self, name: str, content: Packed) -> list[Opened]:
        notes = self._naming.get(name, ())
        if not notes:
            return []
        digest = _digest(content)
        known = self._digests.setdefault(name, digest)
        if known is digest:
            return [(note, content) for note in notes]
        return [] if known == digest else [(note, None) for note in notes]


def _digest(content: Packed) -> bytes:
    return blake2b(content.data, digest_size=16).digest()
