"""The elements of a ValueSet that say which codes are in it."""

from __future__ import annotations

import msgspec

from eligibility.concepts import Coding
from fhir_adapters.terminology.errors import ValueSetError

Codes = dict[Coding, str]  # display by coding


class Concept(msgspec.Struct, gc=False):
    code: str | None = None
    display: str | None = None
    system: str | None = None
    abstract: bool = False
    contains: list[Concept] = []


class Filter(msgspec.Struct, gc=False):
    property: str = ""
    op: str = ""
    value: str = ""


class Include(msgspec.Struct, gc=False):
    system: str | None = None
    concept: list[Concept] | None = None
    filter: list[Filter] = []
    value_set: list[str] = msgspec.field(default_factory=list, name="valueSet")


class Compose(msgspec.Struct, gc=False):
    include: list[Include] = []
    exclude: list[Include] = []


class Expansion(msgspec.Struct, gc=False):
    contains: list[Concept] = []
    total: int | None = None
    offset: int | None = None
    timestamp: str = ""


class Resource(msgspec.Struct, gc=False):
    """A ValueSet, or a Bundle of them."""

    resource_type: str | None = msgspec.field(default=None, name="resourceType")
    url: str | None = None
    version: str = ""
    name: str | None = None
    title: str | None = None
    status: str = ""
    compose: Compose | None = None
    expansion: Expansion | None = None
    entry: list[Entry] = []


class Entry(msgspec.Struct, gc=False):
    resource: Resource | None = None


_DECODER = msgspec.json.Decoder(Resource)


def decode(data: bytes, place: str) -> Resource:
    """A resource from its bytes. Raises ValueSetError for anything but JSON of that shape."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueSetError("VALUE_SET_INVALID", place, f"not a FHIR ValueSet: {error}") from error


def expanded(concepts: list[Concept]) -> Codes:
    """The codes of an expansion; headings (`abstract`) are not codes, what stands below them is."""
    codes: Codes = {}
    for concept in concepts:
        if concept.code is not None and concept.system is not None and not concept.abstract:
            codes[concept.system, concept.code] = concept.display or ""
        codes |= expanded(concept.contains)
    return codes
