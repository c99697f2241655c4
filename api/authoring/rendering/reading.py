"""A protocol as people read it: criteria beside the protocol's words, and all that they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.errors import UserError
from api.loading import compile_protocol
from criteria_dsl import Compiled, CriteriaError
from criteria_dsl.formatting.plain import PlainBlock, plain_blocks, spoken_name, term_notes
from criteria_dsl.libraries import texts_used
from eligibility.program import Code, Criterion, Parameter, Polarity, Program, ValueSetSource
from eligibility.stated import MENTIONED

_HEADINGS = {
    Polarity.INCLUDE: "Inclusion: each of these has to be true",
    Polarity.EXCLUDE: "Exclusion: none of these may be true",
    Polarity.COHORT: "Cohorts: at least one of these has to be true",
    Polarity.POPULATION: "Populations",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A term or list of codes that the criteria use. `unit` with its analyte, normal range, half-life."""

    name: str
    kind: str
    unit: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything of a protocol that a person reads."""

    program: Program
    criteria: Mapping[str, PlainBlock]
    definitions: tuple[PlainBlock, ...]
    terms: tuple[Term, ...]


def read_protocol(path: Path, given: Mapping[str, str] | None = None) -> Reading:
    """A protocol in plain words, with numbers and durations given.

    Raises UserError where it does not compile.
    """
    compiled = compile_protocol(path, given)
    if compiled.program is None:
        raise UserError("PROTOCOL_INVALID", "", "\n".join(p.render() for p in compiled.problems))
    try:
        scopes = {
            one.file: _Scope(plain_blocks(one.text, name=one.file.name), term_notes(one.text), one.taken)
            for one in texts_used(path)
        }
    except CriteriaError as error:
        raise UserError("PROTOCOL_INVALID", "", str(error)) from error
    criteria = {c.id: scopes[path].blocks[c.id] for c in compiled.program.criteria}
    used = list(_used(path, criteria.values(), scopes))
    definitions = tuple(scopes[file].blocks[name] for file, name in used if name in scopes[file].blocks)
    notes = {
        name if file == path else f"{file.stem}/{name}": note
        for file, scope in scopes.items()
        for name, note in scope.terms.items()
    }
    named = [name if file == path else f"{file.stem}/{name}" for file, name in used]
    terms = tuple(_term(compiled, key, notes[key]) for key in _with_parts(compiled, named) if key in notes)
    return Reading(compiled.program, criteria, definitions, terms)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the names of one file stand for: its own blocks and terms, and those of libraries."""

    blocks: Mapping[str, PlainBlock]
    terms: Mapping[str, str]  # what each says beside its codes
    taken: Mapping[str, Path]


def _used(
    path: Path, criteria: Iterable[PlainBlock], scopes: Mapping[Path, _Scope]
) -> Iterator[tuple[Path, str]]:
    """Names that criteria use, directly or through definitions, each once with the file it is of."""
    seen: set[tuple[Path, str]] = set()
    waiting = [(path, name) for block in criteria for name in block.uses]
    while waiting:
        file, name = waiting.pop(0)
        scope = scopes[file]
        if name not in scope.blocks and name not in scope.terms:
            if scope.taken.get(name) in scopes:
                waiting.append((scope.taken[name], name))
            continue
        if (file, name) not in seen:
            seen.add((file, name))
            yield file, name
            if name in scope.blocks:
                block = scope.blocks[name]
                waiting += [(file, used) for used in block.uses if used not in block.arguments]


def _with_parts(compiled: Compiled, keys: Iterable[str]) -> Iterator[str]:
    """Terms, each once and followed by the terms whose codes make it up."""
    waiting, seen = list(keys), set[str]()
    while waiting:
        key = waiting.pop(0)
        if key not in seen:
            seen.add(key)
            yield key
            source = compiled.value_sets.get(key)
            waiting[:0] = [*source.union, *source.minus] if source is not None else []


def _term(compiled: Compiled, key: str, note: str) -> Term:
    declared = compiled.declared[key]
    source = compiled.value_sets[declared.value_set]
    kind = declared.kind.name.lower().replace("_", " ") if declared.kind is not None else "codes"
    said = ", ".join(part for part in (declared.unit, note) if part)
    return Term(declared.name, kind, said, tuple(_codes(source)))


def _codes(source: ValueSetSource) -> Iterator[str]:
    by_system: dict[str, list[str]] = {}
    ranged = {Code(one.system, code, True) for one in source.ranges for code in one.codes}
    for code in source.codes:
        if code not in ranged:
            by_system.setdefault(code.system, []).append(_code(code))
    for one in source.ranges:
        by_system.setdefault(one.system, []).append(f"{one.written} and below")
    yield from (f"“{phrase}”" for phrase in by_system.pop(MENTIONED, ()))
    for system, codes in by_system.items():
        yield f"{system}: {', '.join(codes)}"
    yield from source.urls
    yield from (f"codes of {spoken_name(name.rpartition('/')[2])}" for name in source.union)
    yield from (f"without {spoken_name(name.rpartition('/')[2])}" for name in source.minus)


def _code(code: Code) -> str:
    return f"{code.code} and below" if code.below else code.code


def groups(program: Program) -> Iterator[tuple[str, list[Criterion]]]:
    for polarity, heading in _HEADINGS.items():
        criteria = [c for c in program.criteria if c.polarity is polarity]
        if criteria:
            yield heading, criteria


def words_of(criterion: Criterion, block: PlainBlock) -> str:
    """The protocol's own words for a criterion, ours where it quotes none."""
    return " ".join(criterion.source) or block.sentence


def amended(program: Program) -> list[str]:
    """The amendments of a protocol, a line each."""
    return [f"Amendment {a.number} of {a.date.isoformat()}: {a.what}" for a in program.amendments]


def heading_of(block: PlainBlock) -> str:
    """A definition's name with its arguments."""
    given = ", ".join(map(spoken_name, block.arguments))
    return f"{spoken_name(block.name)} of {given}" if given else spoken_name(block.name)


def parameters(program: Program) -> list[str]:
    """The parameters of a protocol with what they stand for, a line each."""
    return [f"{spoken_name(one.name)}: {_value(one)}" for one in program.parameters]


def _value(parameter: Parameter) -> str:
    if parameter.value:
        return parameter.value
    if parameter.default is None:
        return f"a {parameter.kind} that is given with the run"
    first, last = (str(np.datetime64(day, "D")) for day in parameter.default)
    return f"{first} to {last}" if parameter.kind == "period" else first
