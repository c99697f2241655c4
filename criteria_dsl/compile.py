"""The passes in order: cut and parse each file, collect names, check them, plan the program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from criteria_dsl.blocks import MAX_FILE
from criteria_dsl.check import check
from criteria_dsl.names import File, Library, Loader
from criteria_dsl.parameters import set_parameters
from criteria_dsl.plan import Declared, Planned, plan_program
from criteria_dsl.problem import CriteriaError, Problem, Report
from criteria_dsl.source import decoded, read
from eligibility.program import Program, ValueSetSource

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Compiled:
    """The program, or None where a problem is an error; and all problems of the file and its libraries.

    `declared` are the terms and lists of codes by name, `value_sets` what they are made of.
    """

    program: Program | None
    problems: tuple[Problem, ...]
    declared: Mapping[str, Declared] = field(default_factory=dict)
    value_sets: Mapping[str, ValueSetSource] = field(default_factory=dict)

    def require(self) -> Program:
        """The program. Raises `CriteriaError` with all problems where there is none."""
        if self.program is None:
            raise CriteriaError(self.problems)
        return self.program


def compile_text(
    text: str,
    *,
    name: str = "protocol.elig",
    library: Library | None = None,
    given: Mapping[str, str] | None = None,
) -> Compiled:
    """Compiles a protocol, measure or library. Never raises on any text.

    `library` gives the text of a library by its plain name, or None where there is none. `given` are the
    values of number and duration parameters over their defaults: `75`, `30 days`.
    """
    _, planned, report = passes(text, name, library, given)
    program = None if report.failed else planned.program
    return Compiled(program, report.problems(name), planned.declared, planned.value_sets)


def passes(
    text: str, name: str, library: Library | None, given: Mapping[str, str] | None = None
) -> tuple[File, Planned, Report]:
    """All passes over a text: its file with names, what it plans to, and the problems found."""
    report = Report()
    loader = Loader(library, report)
    main = loader.load(read(name, text))
    for file in loader.files:
        check(file, report)
    settings = set_parameters(main, loader.files, given or {}, report)
    return main, plan_program(main, loader.files, loader.sources, report, settings), report


def compile_file(path: Path | str, given: Mapping[str, str] | None = None) -> Compiled:
    """Compiles a file; its libraries are the `.elig` files beside it.

    Raises OSError if one of them cannot be read, EncodingError if it is not UTF-8.
    """
    where = Path(path)
    return compile_text(_text(where), name=where.name, library=beside(where), given=given)


def beside(path: Path) -> Library:
    """The libraries of a file: the `.elig` files in its folder, by plain name."""

    def text(name: str) -> str | None:
        file = path.parent / f"{name}.elig"
        if not _PLAIN_NAME.fullmatch(name) or not file.is_file():
            return None
        return _text(file)

    return text


def _text(path: Path) -> str:
    """The text of a file, no more of it than the limit can notice."""
    with path.open("rb") as stream:
        data = stream.read(4 * MAX_FILE + 4)
    if len(data) > 4 * MAX_FILE:  # too large whatever it says, and perhaps cut within a letter
        return data.decode("utf-8", "replace")
    return decoded(data, path.name)
