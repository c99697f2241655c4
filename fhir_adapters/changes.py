"""Requests in bundles to delete records or to change them in part: they are not carried out.

What such a request names may no longer be true, so its patient's facts of that kind are marked, also
where the record comes later or in another file. Here too: a key that one object holds twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from eligibility.facts import Facts, Kind
from fhir_adapters.mapping.table import ALL_KINDS, KINDS_OF
from fhir_adapters.record import ABSENT

# method -> code of the refusal
REQUESTS = {"DELETE": "DELETION", "PATCH": "PARTIAL_CHANGE"}
# A quick look whether a document may hold such a request.
CHANGES = tuple(f'"{name}"'.encode() for method in REQUESTS for name in (method, method.lower()))
_NAME = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history(?:/.*)?)?$")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)


def asked(request: Any) -> tuple[str, str]:
    """Method and address of an entry's request; "" where it has none."""
    if not isinstance(request, dict):
        return "", ""
    method, address = request.get("method"), request.get("url")
    return (
        method.upper() if isinstance(method, str) else "",
        address if isinstance(address, str) else "",
    )


def named(address: str) -> str:
    """ "Type/id" of the record that a request is about; "" where it names none, or many by a query."""
    found = _NAME.search(address)
    return f"{found[1]}/{found[2]}" if found else ""


def in_doubt(facts: Facts, addresses: Iterable[str]) -> Facts:
    """Mark the patients whose records were to be deleted or changed; count those that were not read."""
    names = [named(address) for address in addresses]
    if not names:
        return facts
    rows: dict[str, list[int]] = {name: [] for name in names if name}
    for row in range(len(facts.resources)):
        held = rows.get(facts.resources.name(row))
        if held is not None:
            held.append(row)
    corrupt: dict[Kind, NDArray[np.bool_]] = {kind: flags.copy() for kind, flags in facts.corrupt.items()}
    unattributed = 0
    for name in names:
        type_name = name.partition("/")[0]
        kinds = ALL_KINDS if type_name in ("", "Patient") else KINDS_OF.get(type_name, ())
        whose = _owners(facts, rows.get(name, ()))
        unattributed += bool(kinds) and not whose
        for kind in kinds:
            flags = corrupt.setdefault(kind, np.zeros(facts.n_patients, dtype=np.bool_))
            flags[whose] = True
    manifest = replace(facts.manifest, unattributed=facts.manifest.unattributed + unattributed)
    return replace(facts, corrupt=corrupt, manifest=manifest)


def _owners(facts: Facts, resources: Iterable[int]) -> list[int]:
    wanted = list(resources)
    found: set[int] = set()
    for block in facts.blocks.values():
        columns = block.columns
        if wanted and "resource" in columns:
            found.update(columns["patient"][np.isin(columns["resource"], wanted)].tolist())
    return sorted(found)


def around(data: bytes, resources: Sequence[Any]) -> bytes:
    """A bundle's bytes without the middle of its entries: all but what lies between an element of the first
    resource and one of the last. `resources` are decoded from these very bytes.

    Of a bundle of a megabyte that leaves two short pieces, in which the keys of the bundle itself stand.
    """
    first, last = _element(resources), _element(reversed(resources))
    if first is None or last is None:
        return data
    whole = _address(data)
    start, stop = _address(first) - whole, _address(last) - whole + len(bytes(last))
    # Both elements stand equally deep, so that what is left is nested as before.
    return data[:start] + data[stop:] if 0 <= start < stop <= len(data) else data


def _element(resources: Iterable[Any]) -> Raw | None:
    """An undecoded element of the first resource that has one."""
    for resource in resources:
        for name in getattr(resource, "__struct_fields__", ()):
            value = getattr(resource, name)
            if isinstance(value, Raw) and value is not ABSENT:
                return value
    return None


def _address(data: bytes | Raw) -> int:
    """Where bytes lie in memory: an undecoded element is a view of the text that it was found in."""
    address: int = np.frombuffer(data, dtype=np.uint8).__array_interface__["data"][0]
    return address


def given_twice(data: bytes, key: bytes) -> bool:
    """Whether the outermost object of a JSON text holds a key twice."""
    quoted = b'"' + key + b'"'
    if data.find(quoted) == data.rfind(quoted):  # `rfind` is the quicker one where it is found early
        return False
    depth = count = 0
    for found in _TOKEN.finditer(data):
        token = found[0]
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and token == quoted and data[found.end() : found.end() + 20].lstrip()[:1] == b":":
            count += 1
            if count > 1:
                return True
    return False
