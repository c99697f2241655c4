"""The reader of notes: texts in, rows of the fact table out. What the rest of the engine knows of `nlp`.

The same text of the same time is read once: what one reader found is remembered by their hash, for a
bounded number of texts. Nothing of a text is written anywhere.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b

from eligibility.concepts import Concepts, Words
from eligibility.notes import Note, NotesRead
from eligibility.program import Program
from eligibility.terminology import ValueSet
from nlp.document import Mention
from nlp.facts import concepts as concept_table
from nlp.facts.protocols import allergies_in, stated_in, with_phrases
from nlp.facts.rows import rows_of
from nlp.facts.statement import Statement
from nlp.facts.stating import statements
from nlp.lexicon import Lexicon, base
from nlp.limit import Limit, TooSlowError
from nlp.marking import Marked, Marker
from nlp.mentions import build

REMEMBERED = 4_096


class Reader:
    """Reads notes for some protocols: the lexicon, and the phrases that they state.

    `supplied` are the value sets that the protocols name by address.

    A reader may be kept for as long as its protocols are; it holds what it found in the last few thousand
    texts, never the texts. Its tables are made for the first note, since many an input has none.
    """

    def __init__(
        self,
        programs: Iterable[Program] = (),
        supplied: Mapping[str, ValueSet] | None = None,
        lexicon: Lexicon | None = None,
        *,
        spelling: bool = True,
        seconds: float = 5.0,
        remembered: int = REMEMBERED,
    ) -> None:
        programs = tuple(programs)
        self._stated = stated_in(programs, supplied or {})
        self._allergies = allergies_in(programs, supplied or {})
        self._names = lexicon
        self._spelling, self._seconds = spelling, seconds
        self._found: OrderedDict[bytes, tuple[Statement, ...] | None] = OrderedDict()
        self._remembered = remembered

    @cached_property
    def lexicon(self) -> Lexicon:
        """All that is looked for."""
        return with_phrases(self._names or base(), self._stated)

    @cached_property
    def _concepts(self) -> concept_table.Concepts:
        return concept_table.Concepts(self.lexicon, self._stated, self._allergies)

    @cached_property
    def _marker(self) -> Marker:
        return Marker(build(self.lexicon, spelling=self._spelling), self._seconds)

    def mark(self, note: Note) -> Marked:
        """A note with all that was found in it, for showing. Raises TooSlowError."""
        return self._marker.mark(note.text, note.written_lo, note.written_hi)

    def read(self, notes: Sequence[Note], concepts: Concepts, words: Words) -> NotesRead:
        """Facts of a batch of notes; those that took too long are told apart."""
        stated: list[tuple[int, str, Statement]] = []
        unread: list[int] = []
        keys = [_key(note) for note in notes]
        self._read_new(dict(zip(keys, notes, strict=True)))
        for position, (key, note) in enumerate(zip(keys, notes, strict=True)):
            found = self._found[key]
            if found is None:
                unread.append(position)
            else:
                stated += [(position, note.text, statement) for statement in found]
        while len(self._found) > self._remembered:
            self._found.popitem(last=False)
        return NotesRead(rows_of(stated, concepts, words), unread)

    def _read_new(self, notes: Mapping[bytes, Note]) -> None:
        """Remember what notes state, and of which of them reading took too long (None)."""
        for key in notes:
            if key in self._found:
                self._found.move_to_end(key)
        named: dict[bytes, list[Mention]] = {}
        for key, note in notes.items():
            if key not in self._found:
                try:
                    named[key] = self._marker.named(note.text)
                except TooSlowError:
                    self._found[key] = None
        for key, found in named.items():
            note, limit = notes[key], Limit(self._seconds)
            written = note.written_lo, note.written_hi
            try:
                marked = self._marker.mark(note.text, *written, found, limit)
                self._found[key] = tuple(limit.watched(statements(marked, written, self._concepts)))
            except TooSlowError:
                self._found[key] = None


def _key(note: Note) -> bytes:
    """The same for the same text of the same time."""
    text = note.text.encode("utf-8", "surrogatepass")
    return blake2b(b"%d %d " % (note.written_lo, note.written_hi) + text, digest_size=16).digest()
