"""A ValueSet's definition worked out here: listed codes, other sets, hierarchies, less what is excluded.

What needs a whole code system that nobody supplied is an error with the set's URL: an empty set would
read as "no".
"""

from __future__ import annotations

from collections.abc import Callable

from fhir_adapters.terminology.errors import ValueSetError
from fhir_adapters.terminology.hierarchies import Hierarchies
from fhir_adapters.terminology.resources import Codes, Compose, Filter, Include

# Filters of FHIR that ask for a code's place in its hierarchy, and whether the code itself is in.
_BELOW = {"is-a": True, "descendent-of": False, "descendant-of": False}
Others = Callable[[str], Codes]


def worked_out(place: str, url: str, compose: Compose, others: Others, hierarchies: Hierarchies) -> Codes:
    """The codes of a definition. `others` answers for the URLs that it refers to.

    Raises ValueSetError where it cannot be worked out from what is there.
    """
    codes: Codes = {}
    for include in compose.include:
        codes |= _part(place, url, include, others, hierarchies)
    for exclude in compose.exclude:
        for coding in _part(place, url, exclude, others, hierarchies):
            codes.pop(coding, None)
    return codes


def _part(place: str, url: str, part: Include, others: Others, hierarchies: Hierarchies) -> Codes:
    """All conditions of one include hold together: its codes, or filters, and every set it names."""
    found: Codes | None = None
    if part.system is not None and part.concept is not None:
        system = part.system
        found = {(system, c.code): c.display or "" for c in part.concept if c.code is not None}
    for one in part.filter:
        matched = _filtered(place, url, part.system or "", one, hierarchies)
        found = matched if found is None else {k: v for k, v in found.items() if k in matched}
    for other in part.value_set:
        held = others(other.partition("|")[0])
        if part.system is not None:
            held = {coding: display for coding, display in held.items() if coding[0] == part.system}
        found = held if found is None else {k: v for k, v in found.items() if k in held}
    if found is None:
        raise _not_here(
            place, url, f"it takes in the whole of {part.system}" if part.system else "it is empty"
        )
    return found


def _filtered(place: str, url: str, system: str, one: Filter, hierarchies: Hierarchies) -> Codes:
    if one.property not in ("concept", "code") or one.op not in _BELOW:
        raise _not_here(place, url, f"its filter is `{one.property} {one.op} {one.value}`")
    below = hierarchies.descendants(system, one.value)
    if below is None:
        raise _not_here(place, url, f"the hierarchy of {system} was not supplied")
    codes: Codes = {(system, code): display for code, display in below.items()}
    if not _BELOW[one.op]:
        codes.pop((system, one.value), None)
    return codes


def _not_here(place: str, url: str, why: str) -> ValueSetError:
    message = f"{url} has to be expanded by a terminology server first: {why}"
    return ValueSetError("VALUE_SET_NOT_EXPANDED", place, message)
