"""Criteria and the program they make up, with the value sets and parameters it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from eligibility.instants import DAY, to_date
from eligibility.program.rows import Given
from eligibility.program.statements import Statement


class Polarity(StrEnum):
    INCLUDE = "include"
    EXCLUDE = "exclude"
    POPULATION = "population"  # a measure's population: reported, without a part in any verdict
    COHORT = "cohort"  # a group of the trial: met means in it; one cohort is enough


class Stage(StrEnum):
    PRE_SCREEN = "pre-screen"
    SCREENING = "screening"
    CONSENT = "consent"


class Responder(StrEnum):
    RECORD = "record"
    SCREENER = "screener"
    CLINICIAN = "clinician"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of the protocol: its number, its day (since 1970-01-01), and what it says of itself."""

    number: int
    day: int
    what: str

    @property
    def date(self) -> date:
        return to_date(self.day * DAY)


@dataclass(frozen=True, slots=True)
class Amended:
    """What an amendment changed in one criterion, in words. A record, never a switch."""

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion. `priority` (1 is the most urgent) and `route` say when and to whom open findings go.

    Neither changes an outcome; nor do `changes`, which take no part in comparison.
    """

    id: str
    label: str
    polarity: Polarity
    statement: Statement
    applies_to: Statement | None = None
    stage: Stage = Stage.PRE_SCREEN
    responder: Responder = Responder.RECORD
    source: tuple[str, ...] = ()  # the protocol's own words, line by line
    line: int = field(default=0, compare=False)
    cohorts: tuple[str, ...] = ()  # ids of the cohorts whose own criterion it is; (): everybody's
    priority: int | None = None  # 1 to 5
    route: Responder | None = None  # clinician or screener
    changes: tuple[Amended, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Code:
    """One code, or (`below`) the code and all under it by prefix: of ICD-10-CM, ICD-10 and ATC only."""

    system: str
    code: str
    below: bool = False


@dataclass(frozen=True, slots=True)
class CodeRange:
    """A range of codes as written (`C00-C96`), and the codes it is: each stands for all below it, too."""

    system: str
    written: str
    codes: tuple[str, ...]
    edition: str  # the hierarchy that told them


@dataclass(frozen=True, slots=True)
class ValueSetSource:
    """What a value set is made of: codes written out, and canonical URLs of sets from files."""

    codes: tuple[Code, ...] = ()
    urls: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()  # names of other value sets of the program
    union: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # words an author uses for it, for near-miss wording only
    every: bool = False  # every record of the kind, whatever its code, and those without one
    ranges: tuple[CodeRange, ...] = field(default=(), compare=False)  # whose codes stand among `codes`


@dataclass(frozen=True, slots=True)
class Parameter:
    """`kind` is "date" or "period"; the default is a (first day, last day) pair or None.

    Of kind "number" or "duration" it is already part of the statements that use it; `value` shows it.
    """

    name: str
    kind: str
    default: tuple[int, int] | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A protocol ready to be judged. `index` is what the text calls index; None: the as-of date."""

    id: str
    version: str
    title: str
    criteria: tuple[Criterion, ...]
    value_sets: Mapping[str, ValueSetSource]
    parameters: tuple[Parameter, ...] = ()
    index: Given | None = None
    source_sha256: str = field(default="", compare=False)
    amendments: tuple[Amendment, ...] = field(default=(), compare=False)
