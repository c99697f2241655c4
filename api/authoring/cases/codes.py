"""A code for a name: the first of its value set that the engine itself would count as a member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from criteria_dsl import Compiled
from eligibility.concepts import Concepts
from eligibility.program import Program, ValueSetSource
from eligibility.terminology import ValueSet, bind

# Stands in a record of a term that takes `any code`; no other term may find its own words in it.
_UNLISTED = {"system": "urn:eligibility:case", "code": "unlisted", "display": "unlisted record"}


class NoCodeError(Exception):
    """A name whose value set holds no code that could stand in a record."""


class Codes:
    """Codings for the names of one compiled protocol."""

    def __init__(self, compiled: Compiled, supplied: Mapping[str, ValueSet]) -> None:
        self._sets = compiled.value_sets
        self._supplied = supplied
        self._found: dict[str, dict[str, str]] = {}

    def coding(self, key: str) -> dict[str, str]:
        """A FHIR Coding in a value set. Raises NoCodeError, and TerminologyError for a set not supplied."""
        if key not in self._found:
            self._found[key] = self._first(key)
        return self._found[key]

    def _first(self, key: str) -> dict[str, str]:
        needed = _reached(self._sets, key)
        program = Program("", "", "", (), {name: self._sets[name] for name in needed})
        membership = bind(program, self._supplied, Concepts())
        for system, code in self._candidates(key):
            if membership.holds(key, ((system, code),)):
                return {"system": system, "code": code}
        if membership.holds(key, ((_UNLISTED["system"], _UNLISTED["code"]),)):
            return dict(_UNLISTED)
        raise NoCodeError(key)

    def _candidates(self, key: str) -> Iterator[tuple[str, str]]:
        source = self._sets[key]
        for code in source.codes:
            yield code.system, code.code.rstrip("*")
        for url in source.urls:
            yield from sorted(self._supplied[url].codes)
        for name in source.union:
            yield from self._candidates(name)


def _reached(sets: Mapping[str, ValueSetSource], key: str) -> set[str]:
    """A value set and all that it is made of."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += (*sets[name].union, *sets[name].minus)
    return found
