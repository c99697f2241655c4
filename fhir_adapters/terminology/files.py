"""Value sets from files: FHIR ValueSet JSON (one, a Bundle, one a line), CSV, and hierarchies beside them.

Codes come from an expansion where there is one, else from the definition as far as it can be worked out
here; see `compose`.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from eligibility.terminology import ValueSet
from fhir_adapters.terminology.compose import worked_out
from fhir_adapters.terminology.errors import ValueSetError
from fhir_adapters.terminology.hierarchies import Hierarchies, hierarchy_of
from fhir_adapters.terminology.implicit import code_below
from fhir_adapters.terminology.resources import Codes, Resource, decode, expanded
from fhir_adapters.terminology.tables import read_table

_SUFFIXES = (".json", ".ndjson", ".jsonl", ".json.gz", ".ndjson.gz", ".jsonl.gz", ".csv", ".csv.gz")


def read_value_sets(paths: Iterable[Path], wanted: Collection[str] = ()) -> dict[str, ValueSet]:
    """Value sets of files and folders by canonical URL, implicit ones of `wanted` among them.

    With `wanted`, sets that are only defined are worked out where they are wanted.

    Raises ValueSetError for a file that is missing or holds no ValueSet, for a set without URL or that
    cannot be worked out here, and for two different sets of one URL.
    """
    found: dict[str, ValueSet] = {}
    defined: dict[str, tuple[str, Resource]] = {}
    hierarchies: dict[str, Path] = {}
    for file in (one for path in paths for one in _files(path)):
        system = hierarchy_of(file)
        if system is not None:
            hierarchies[system] = file
        elif file.name.removesuffix(".gz").endswith(".csv"):
            for value_set in read_table(file, _bytes(file)):
                _keep(found, str(file), value_set)
        else:
            for place, resource in _resources(file):
                for one in _sets(place, resource):
                    _take(place, one, found, defined)
    below = Hierarchies(hierarchies)
    for url in defined:
        if url not in found and (not wanted or url in wanted):
            _define(url, found, defined, below, ())
    for url in wanted:
        coding = code_below(url)
        codes = below.descendants(*coding) if coding is not None and url not in found else None
        if codes and coding is not None:
            source = str(hierarchies[coding[0]])
            found[url] = ValueSet(url, frozenset((coding[0], code) for code in codes), source=source)
    return found


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(
            p
            for p in path.rglob("*")
            if p.is_file() and (p.name.endswith(_SUFFIXES) or hierarchy_of(p) is not None)
        )
    if not path.is_file():
        raise ValueSetError("VALUE_SET_FILE_MISSING", str(path), "no such file or folder")
    return [path]


def _bytes(file: Path) -> bytes:
    try:
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (OSError, EOFError) as error:
        raise ValueSetError("VALUE_SET_UNREADABLE", str(file), str(error)) from error
    return data.removeprefix(b"\xef\xbb\xbf")


def _resources(file: Path) -> Iterator[tuple[str, Resource]]:
    data = _bytes(file)
    by_line = file.name.removesuffix(".gz").endswith(("ndjson", "jsonl"))
    for number, text in enumerate(data.split(b"\n") if by_line else [data], start=1):
        if text.strip():
            place = f"{file}:{number}" if by_line else str(file)
            yield place, decode(text, place)


def _sets(place: str, resource: Resource) -> Iterator[Resource]:
    if resource.resource_type == "Bundle":
        for entry in resource.entry:
            if entry.resource is not None and entry.resource.resource_type == "ValueSet":
                yield entry.resource
    elif resource.resource_type == "ValueSet":
        yield resource
    else:
        kind = resource.resource_type or "no resourceType"
        raise ValueSetError("VALUE_SET_INVALID", place, f"expected a ValueSet, found {kind}")


def _take(
    place: str, resource: Resource, found: dict[str, ValueSet], defined: dict[str, tuple[str, Resource]]
) -> None:
    """Keep an expansion at once; a definition waits until all others are known."""
    if not resource.url:
        raise ValueSetError("VALUE_SET_WITHOUT_URL", place, "a ValueSet needs a canonical url")
    if resource.expansion is None and resource.compose is not None:
        known = defined.setdefault(resource.url, (place, resource))
        if known[1].compose != resource.compose:
            raise _twice(place, resource.url)
        return
    contains = resource.expansion.contains if resource.expansion is not None else []
    codes = expanded(contains)
    total = resource.expansion.total if resource.expansion is not None else None
    if total is not None and total > len(codes):
        message = f"{resource.url} holds {len(codes)} of {total} codes: one page only"
        raise ValueSetError("VALUE_SET_PARTIAL", place, message)
    _keep(found, place, value_set_of(place, resource, codes))


def value_set_of(place: str, resource: Resource, codes: Codes) -> ValueSet:
    """A resource with its codes. Raises ValueSetError where there are none."""
    if not codes:
        raise ValueSetError("VALUE_SET_EMPTY", place, f"{resource.url} has no codes")
    displays = tuple(sorted({display for display in codes.values() if display}))
    name = resource.title or resource.name or ""
    date = resource.expansion.timestamp if resource.expansion is not None else ""
    return ValueSet(resource.url or "", frozenset(codes), name, displays, place, resource.version, date)


def _keep(found: dict[str, ValueSet], place: str, value_set: ValueSet) -> None:
    held = found.setdefault(value_set.url, value_set)
    if held.codes != value_set.codes:
        raise _twice(place, value_set.url)


def _twice(place: str, url: str) -> ValueSetError:
    return ValueSetError("VALUE_SET_TWICE", place, f"{url} was given before, with other codes")


def _define(
    url: str,
    found: dict[str, ValueSet],
    defined: dict[str, tuple[str, Resource]],
    hierarchies: Hierarchies,
    within: tuple[str, ...],
) -> Codes:
    """The codes of a set that is only defined, those it refers to first."""
    if url in found:
        return dict.fromkeys(found[url].codes, "")
    if url in within:
        raise ValueSetError("VALUE_SET_CIRCLE", defined[url][0], f"{url} refers to itself")
    if url not in defined:
        place = defined[within[-1]][0]
        raise ValueSetError(
            "VALUE_SET_NOT_EXPANDED", place, f"{within[-1]} refers to {url}, which was not given"
        )
    place, resource = defined[url]
    compose = resource.compose
    assert compose is not None

    def other(name: str) -> Codes:
        return _define(name, found, defined, hierarchies, (*within, url))

    codes = worked_out(place, url, compose, other, hierarchies)
    found[url] = value_set_of(place, resource, codes)
    return codes
