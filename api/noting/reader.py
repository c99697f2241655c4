"""Which reader of notes the commands use. It is loaded only when asked for, since that takes a second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import UserError
from eligibility.notes import NoteReader
from eligibility.program import Program, listens_to_notes
from eligibility.terminology import ValueSet

if TYPE_CHECKING:
    from nlp.lexicon import Lexicon

ICD_10_CM = "icd-10-cm"


def note_reader(
    programs: Sequence[Program] = (),
    supplied: Mapping[str, ValueSet] | None = None,
    names: Sequence[str] = (),
) -> NoteReader:
    """A reader of what the engine's own lexicon names, and of what some protocols state besides.

    `names` adds further ones: `icd-10-cm` for the titles of that classification, or files of a user's
    terminology. Raises UserError for a file that is none.
    """
    from nlp.reader import Reader

    return Reader(programs, supplied, _lexicon(names) if names else None)


def reader_for(
    programs: Sequence[Program],
    supplied: Mapping[str, ValueSet] | None = None,
    names: Sequence[str] = (),
) -> NoteReader | None:
    """The reader for some protocols, None where none of them listens to notes."""
    return note_reader(programs, supplied, names) if any(map(listens_to_notes, programs)) else None


@contextmanager
def shared_reader(
    programs: Sequence[Program],
    supplied: Mapping[str, ValueSet],
    names: Sequence[str],
    processes: int,
) -> Iterator[NoteReader | None]:
    """As `reader_for`, for inputs of any size: where there is much to read, so many processes share it."""
    if not any(map(listens_to_notes, programs)):
        yield None
        return
    from nlp.pool import GrowingReader

    reader = GrowingReader(programs, supplied, _lexicon(names) if names else None, processes=processes)
    try:
        yield reader
    finally:
        reader.close()


def _lexicon(names: Sequence[str]) -> Lexicon:
    """Our own lexicon with further names."""
    from fhir_adapters.terminology.errors import ValueSetError
    from fhir_adapters.terminology.names import names_in
    from nlp.lexicon import base
    from nlp.lexicon.icd import icd_10_cm_terms
    from nlp.lexicon.supplied import supplied_terms

    lexicon = base()
    for name in names:
        if name.lower() == ICD_10_CM:
            lexicon = lexicon.with_terms(icd_10_cm_terms())
            continue
        try:
            lexicon = lexicon.with_terms(supplied_terms(names_in(Path(name))))
        except ValueSetError as error:
            raise UserError(error.code, name, str(error).removeprefix(f"{error.place}: ")) from error
        except OSError as error:
            raise UserError("NAMES_UNREADABLE", name, error.strerror or str(error)) from error
    return lexicon
