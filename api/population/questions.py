"""What is asked of a population: protocols, their parameters, their readers of notes; once a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from api.errors import UserError
from api.loading import Question, given_parameters, load_question, protocol_text
from api.noting import reader_for, shared_reader
from eligibility.notes import NoteReader


@dataclass(frozen=True, slots=True)
class Asked:
    """One protocol and all that is given for it; small enough to be told to another process."""

    protocol: Path
    as_of: str
    parameters: tuple[str, ...] = ()
    value_sets: tuple[Path, ...] = ()
    names: tuple[str, ...] = ()
    no_notes: bool = False


_known: dict[Asked, Question] = {}


def know(questions: Mapping[Asked, Question]) -> None:
    """Questions that were compiled elsewhere: their protocols need not be on this machine."""
    _known.update(questions)


def question_of(asked: Asked) -> Question:
    """The compiled question. Raises UserError."""
    return _known.get(asked) or _loaded(asked)


@lru_cache(maxsize=64)
def _loaded(asked: Asked) -> Question:
    return load_question(asked.protocol, asked.as_of, asked.parameters, asked.value_sets)


@lru_cache(maxsize=16)
def reader_of(asked: Asked) -> NoteReader | None:
    """Who reads notes for it; None where it does not listen."""
    if asked.no_notes:
        return None
    question = question_of(asked)
    return reader_for([question.program], question.value_sets, asked.names)


def shared_reader_of(asked: Asked, processes: int) -> AbstractContextManager[NoteReader | None]:
    """The same for one reading of a whole input: other processes help where there is much to read."""
    question = question_of(asked)
    programs = [] if asked.no_notes else [question.program]
    return shared_reader(programs, question.value_sets, asked.names, processes)


def protocols_in(paths: Sequence[Path]) -> list[Path]:
    """The protocols named, and those in the folders named: `*.elig` without cases and libraries."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [one for one in sorted(path.glob("*.elig")) if _is_protocol(one)]
        if not inside:
            raise UserError("PROTOCOL_MISSING", str(path), "no protocol in this folder")
        found += inside
    return found


def _is_protocol(path: Path) -> bool:
    if path.name.endswith(".cases.elig"):
        return False
    lines = protocol_text(path).splitlines()
    words = (line.split() for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return next(words, [""])[0] in ("protocol", "measure")


def asked_of(
    protocols: Sequence[Path],
    as_of: str,
    parameters: Sequence[str],
    value_sets: Sequence[Path],
    names: Sequence[str],
    no_notes: bool,
) -> list[Asked]:
    """One for each protocol. Of several, each is given those parameters that it declares.

    Raises UserError, also for a parameter that none declares, or two protocols of one name.
    """
    given = given_parameters(parameters)
    paths = protocols_in(protocols)
    if len(paths) == 1:
        made = [Asked(paths[0], as_of, tuple(parameters), tuple(value_sets), tuple(names), no_notes)]
        question_of(made[0])
        return made
    made = []
    declared: set[str] = set()
    folders: dict[str, Path] = {}
    for path in paths:
        own = tuple(text for text in parameters if text.partition("=")[0] in declared_by(path))
        declared |= {text.partition("=")[0] for text in own}
        asked = Asked(path, as_of, own, tuple(value_sets), tuple(names), no_notes)
        folder = folder_of(asked)
        if folder in folders:
            text = f"{folders[folder]} has the same id and version"
            raise UserError("PROTOCOL_TWICE", str(path), text)
        folders[folder] = path
        made.append(asked)
    for name in sorted({*given.dates, *given.values} - declared):
        raise UserError("PARAMETER_UNKNOWN", "--param", f"no protocol has a parameter {name}")
    return made


def declared_by(path: Path) -> frozenset[str]:
    """The names of a protocol's parameters."""
    from api.loading import compiled_program

    return frozenset(parameter.name for parameter in compiled_program(path).parameters)


def folder_of(asked: Asked) -> str:
    """The folder of a protocol's results beside those of others: its id and version, safe as a name."""
    program = question_of(asked).program
    text = f"{program.id}-{program.version}" if program.version else program.id
    return "".join(sign if sign.isalnum() or sign in "-._" else "_" for sign in text).lstrip(".") or "_"
