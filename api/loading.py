"""What a run starts from: protocol, value sets, parameters, extract; every fault as a UserError."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from api.errors import UserError
from criteria_dsl import Compiled, EncodingError, compile_file, decoded
from eligibility.facts import Facts
from eligibility.notes import NoteReader
from eligibility.program import Program
from eligibility.terminology import Binding, Membership, TerminologyError, ValueSet
from fhir_adapters import Extract, FhirInputError, read
from fhir_adapters.extract import unset
from fhir_adapters.terminology import ValueSetError, read_value_sets
from fhir_adapters.terminology.lock import hold_ranges, lock_of, locked, read_lock
from fhir_adapters.zones import zone as zone_named


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an input: a protocol as of a day, with its parameters and value sets."""

    program: Program
    value_sets: Mapping[str, ValueSet]
    as_of: date
    parameters: Mapping[str, tuple[date, date]]


def compile_protocol(path: Path, given: Mapping[str, str] | None = None) -> Compiled:
    """Compile a protocol file, with numbers and durations given; raises UserError where it cannot be read."""
    _must_be_file(path)
    try:
        return compile_file(path, given)
    except (OSError, EncodingError) as error:
        raise UserError("PROTOCOL_UNREADABLE", str(path), str(error)) from error


def _must_be_file(path: Path) -> None:
    if not path.is_file():
        why = "this is a folder" if path.is_dir() else "no such file"
        raise UserError("PROTOCOL_MISSING", str(path), why)


def protocol_text(path: Path) -> str:
    """The text of a protocol or library; raises UserError where it is no readable UTF-8."""
    _must_be_file(path)
    try:
        return decoded(path.read_bytes(), path.name)
    except (OSError, EncodingError) as error:
        raise UserError("PROTOCOL_UNREADABLE", str(path), str(error)) from error


@dataclass(frozen=True, slots=True)
class Given:
    """The parameters of a run by name: days and periods, and the texts of numbers and durations."""

    dates: Mapping[str, tuple[date, date]]
    values: Mapping[str, str]

    def only(self, names: Collection[str]) -> Given:
        """Those of them that a protocol declares."""
        dates = {name: period for name, period in self.dates.items() if name in names}
        return Given(dates, {name: text for name, text in self.values.items() if name in names})


def given_parameters(texts: Sequence[str], where: str = "--param") -> Given:
    """`name=2026-01-01..2026-12-31`, `name=2026-01-01`, `name=75` or `name=30 days`, each name once.

    An error says `where` they were given, of several which one by its place; it repeats none.
    """
    places = [where] if len(texts) == 1 else [f"{where}[{number}]" for number in range(len(texts))]
    given: dict[str, str] = {}
    dates: dict[str, tuple[date, date]] = {}
    for text, place in zip(texts, places, strict=True):
        name, value = split_parameter(text, place)
        if name in given:
            raise UserError("PARAMETER_TWICE", place, "this name is given more than once")
        given[name] = value
        if _DATE_LIKE.match(value):
            dates[name] = parse_period(place, value)
    return Given(dates, {name: value for name, value in given.items() if name not in dates})


def load_question(
    protocol: Path, as_of: str, parameters: Sequence[str] | Given, value_sets: Sequence[Path]
) -> Question:
    """Protocol, parameters and value sets, checked together."""
    given = parameters if isinstance(parameters, Given) else given_parameters(parameters)
    program, supplied = load_protocol(protocol, value_sets, given.values)
    return Question(program, supplied, parse_day(as_of, "--as-of"), given.dates)


def load_protocol(
    protocol: Path, value_sets: Sequence[Path], given: Mapping[str, str] | None = None
) -> tuple[Program, dict[str, ValueSet]]:
    """A protocol that has criteria, and the value sets that its lock names, or that were given."""
    program = compiled_program(protocol, given)
    if not program.criteria:
        raise UserError("NOTHING_TO_JUDGE", str(protocol), "the protocol has no criterion")
    return program, supplied_value_sets(protocol, program, value_sets)


def compiled_program(protocol: Path, given: Mapping[str, str] | None = None) -> Program:
    """The program of a protocol file; raises UserError with all problems of a text that is wrong."""
    compiled = compile_protocol(protocol, given)
    if compiled.program is None:
        text = protocol.read_text(encoding="utf-8", errors="replace")
        shown = "\n".join(p.render(text) for p in compiled.problems if p.severity == "error")
        raise UserError("PROTOCOL_INVALID", "", shown)
    return compiled.program


def supplied_value_sets(protocol: Path, program: Program, paths: Sequence[Path]) -> dict[str, ValueSet]:
    """Value sets by URL: where the protocol has a lock, those that it pins and no others."""
    wanted = {url for source in program.value_sets.values() for url in source.urls}
    path = lock_of(protocol)
    try:
        given = read_value_sets(paths, wanted)
        lock = read_lock(path)
        if lock is None:
            return given
        hold_ranges(path, lock, program)
        return locked(path, lock, wanted, given)
    except ValueSetError as error:
        raise UserError(error.code, "", str(error)) from error


# What is meant for a day, right or wrong; else it is a number or a length of time.
_DATE_LIKE = re.compile(r"\d+[-/]|.*\.\.")


def parse_day(text: str, where: str) -> date:
    """A calendar day written YYYY-MM-DD."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise UserError("DATE_INVALID", where, "this is not a day written as YYYY-MM-DD")


def split_parameter(text: str, where: str) -> tuple[str, str]:
    """`name=value` in two."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        wanted = "NAME=DAY, NAME=FIRST..LAST, NAME=75 or NAME=30 days"
        raise UserError("PARAMETER_INVALID", where, f"expected {wanted}")
    return name, value


def parse_period(where: str, value: str) -> tuple[date, date]:
    """`FIRST..LAST` or `DAY`."""
    first, dots, last = value.partition("..")
    start = parse_day(first, where)
    return start, parse_day(last, where) if dots else start


def check_zone(zone: str, where: str = "--zone") -> str:
    """A time zone by its IANA name, or an offset such as +01:00."""
    try:
        zone_named(zone)
    except FhirInputError as error:
        raise UserError("ZONE_UNKNOWN", where, error.message) from error
    return zone


def read_extract(
    source: str,
    zone: str,
    complete: bool,
    patients: Collection[str] | None = None,
    progress: Callable[[int], None] | None = None,
    strict: bool = False,
    notes: NoteReader | None = None,
    keep_texts: bool = False,
) -> Extract:
    """Read FHIR from a file, a folder or standard input ("-"). `notes` and `keep_texts` are as in `read`."""
    check_zone(zone)
    refuse_store(Path(source))
    delivered = None if complete else unset
    try:
        return read(
            source,
            zone=zone,
            delivered=delivered,
            patients=patients,
            progress=progress,
            strict=strict,
            notes=notes,
            keep_texts=keep_texts,
        )
    except FhirInputError as error:
        raise UserError(error.code, error.location, error.message) from error


def refuse_store(source: Path) -> None:
    """A fact store is no extract: its files would be taken for a damaged one."""
    if (source / "store.json").is_file():
        text = (
            "this is a fact store; screen, explain, facts, notes and coverage take it, here name the extract"
        )
        raise UserError("STORE_NOT_TAKEN", str(source), text)


def bind_value_sets(program: Program, supplied: Mapping[str, ValueSet], facts: Facts) -> Membership:
    """Value-set membership over the extract's vocabulary."""
    return binding(program, supplied).over(facts.concepts)


def binding(program: Program, supplied: Mapping[str, ValueSet]) -> Binding:
    """A program's value sets. Raises UserError for those that were not given."""
    try:
        return Binding(program, supplied)
    except TerminologyError as error:
        listed = "\n  ".join(error.missing)
        raise UserError(
            error.code, "--value-sets", f"the protocol uses value sets that were not given:\n  {listed}"
        ) from error


def find_patient(extract: Extract, patient: str) -> int:
    """Dense index of a patient; without a name, the only patient of the input."""
    patients = list(extract.facts.patients)
    if not patient:
        if len(patients) == 1:
            return 0
        raise UserError("PATIENT_UNNAMED", "--patient", f"the input holds {len(patients)} patients: name one")
    name = patient.removeprefix("Patient/")
    if name not in patients:
        raise UserError("PATIENT_UNKNOWN", "--patient", f"no patient {patient!r} in the input")
    return patients.index(name)
