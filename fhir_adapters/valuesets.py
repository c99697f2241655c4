"""Value sets from files: FHIR ValueSet JSON, one resource, a Bundle, or one resource a line.

Codes come from `expansion.contains` (nested ones too) where there is an expansion, else from
`compose.include.concept`. A set that can only be expanded by a terminology server (filters, whole
code systems, references to other sets) is an error with its URL: an empty set would read as "no".
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from eligibility.concepts import Coding
from eligibility.terminology import ValueSet

_SUFFIXES = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz")


class ValueSetError(Exception):
    """A value-set file that cannot be used. `code`, and `place` (file, line)."""

    def __init__(self, code: str, place: str, message: str) -> None:
        self.code, self.place = code, place
        super().__init__(f"{place}: {message}")


class _Concept(msgspec.Struct, gc=False):
    code: str | None = None
    display: str | None = None
    system: str | None = None
    abstract: bool = False
    inactive: bool = False
    contains: list[_Concept] = []


class _Include(msgspec.Struct, gc=False):
    system: str | None = None
    concept: list[_Concept] | None = None
    filter: list[msgspec.Raw] = []
    value_set: list[str] = msgspec.field(default_factory=list, name="valueSet")


class _Compose(msgspec.Struct, gc=False):
    include: list[_Include] = []
    exclude: list[_Include] = []


class _Expansion(msgspec.Struct, gc=False):
    contains: list[_Concept] = []
    total: int | None = None


class _Resource(msgspec.Struct, gc=False):
    resource_type: str | None = msgspec.field(default=None, name="resourceType")
    url: str | None = None
    name: str | None = None
    title: str | None = None
    compose: _Compose | None = None
    expansion: _Expansion | None = None
    entry: list[_Entry] = []


class _Entry(msgspec.Struct, gc=False):
    resource: _Resource | None = None


_DECODER = msgspec.json.Decoder(_Resource)


def read_value_sets(paths: Iterable[Path]) -> dict[str, ValueSet]:
    """All value sets of files and folders, by canonical URL.

    Raises ValueSetError for a file that is missing or not a ValueSet, for a set without URL or
    that cannot be expanded here, and for two different sets of one URL.
    """
    found: dict[str, ValueSet] = {}
    for path in paths:
        for file in _files(path):
            for place, resource in _resources(file):
                for value_set in _sets(place, resource):
                    held = found.setdefault(value_set.url, value_set)
                    if held.codes != value_set.codes:
                        raise ValueSetError(
                            "VALUE_SET_TWICE", place, f"{value_set.url} was given before, with other codes"
                        )
    return found


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and p.name.endswith(_SUFFIXES))
    if not path.is_file():
        raise ValueSetError("VALUE_SET_FILE_MISSING", str(path), "no such file or folder")
    return [path]


def _resources(file: Path) -> Iterator[tuple[str, _Resource]]:
    try:
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (OSError, EOFError) as error:
        raise ValueSetError("VALUE_SET_UNREADABLE", str(file), str(error)) from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    by_line = file.name.removesuffix(".gz").endswith(("ndjson", "jsonl"))
    for number, text in enumerate(data.split(b"\n") if by_line else [data], start=1):
        if not text.strip():
            continue
        place = f"{file}:{number}" if by_line else str(file)
        try:
            yield place, _DECODER.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ValueSetError("VALUE_SET_INVALID", place, f"not a FHIR ValueSet: {error}") from error


def _sets(place: str, resource: _Resource) -> Iterator[ValueSet]:
    if resource.resource_type == "Bundle":
        for entry in resource.entry:
            if entry.resource is not None and entry.resource.resource_type == "ValueSet":
                yield _value_set(place, entry.resource)
    elif resource.resource_type == "ValueSet":
        yield _value_set(place, resource)
    else:
        raise ValueSetError(
            "VALUE_SET_INVALID",
            place,
            f"expected a ValueSet, found {resource.resource_type or 'no resourceType'}",
        )


def _value_set(place: str, resource: _Resource) -> ValueSet:
    if not resource.url:
        raise ValueSetError("VALUE_SET_WITHOUT_URL", place, "a ValueSet needs a canonical url")
    codes: dict[Coding, str] = {}
    if resource.expansion is not None:
        _expanded(resource.expansion.contains, codes)
        total = resource.expansion.total
        if total is not None and total > len(codes):
            raise ValueSetError(
                "VALUE_SET_PARTIAL",
                place,
                f"{resource.url} holds {len(codes)} of {total} codes: one page only",
            )
    elif resource.compose is not None:
        for include in resource.compose.include:
            codes.update(_listed(place, resource.url, include))
        for exclude in resource.compose.exclude:
            for coding in _listed(place, resource.url, exclude):
                codes.pop(coding, None)
    if not codes:
        raise ValueSetError("VALUE_SET_EMPTY", place, f"{resource.url} has no codes")
    displays = tuple(sorted({display for display in codes.values() if display}))
    return ValueSet(resource.url, frozenset(codes), resource.title or resource.name or "", displays)


def _expanded(concepts: list[_Concept], codes: dict[Coding, str]) -> None:
    for concept in concepts:
        if concept.code is not None and concept.system is not None and not concept.abstract:
            codes[concept.system, concept.code] = concept.display or ""
        _expanded(concept.contains, codes)


def _listed(place: str, url: str, include: _Include) -> dict[Coding, str]:
    if include.concept is None or include.filter or include.value_set or include.system is None:
        raise ValueSetError(
            "VALUE_SET_NOT_EXPANDED", place, f"{url} has to be expanded by a terminology server first"
        )
    system = include.system
    return {(system, c.code): c.display or "" for c in include.concept if c.code is not None}
