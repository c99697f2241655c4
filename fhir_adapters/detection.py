"""What a file holds, by its content: one JSON document, or one JSON value a line.

The first line decides where it parses on its own. A first line that does not may be damaged NDJSON
or the first line of a printed document: then the following lines are asked.
"""

from __future__ import annotations

import re
from enum import Enum

import msgspec
from msgspec import Raw, Struct

from fhir_adapters.batch import READ_ERRORS
from fhir_adapters.streams import Stream

_ASKED = 64  # lines asked where the first does not parse
_PEEKED = 4 << 20
# Decides only where the content cannot: a single line that may be damaged NDJSON or a damaged bundle.
_LINES_NAMED = re.compile(r"\.(ndjson|jsonl)(\.gz)?$", re.IGNORECASE)


class Shape(Enum):
    """How to read a file."""

    EMPTY = "empty"
    LINES = "lines"
    DOCUMENT = "document"
    FOREIGN = "foreign"  # not JSON at all


class _Typed(Struct, gc=False):
    resourceType: str  # noqa: N815


_value = msgspec.json.Decoder(Raw)
_typed = msgspec.json.Decoder(_Typed)


def shape_of(stream: Stream, longest: int) -> Shape:
    """The shape of a stream, which is left where it was."""
    head, ended = _first_line(stream, longest)
    stream.push_back(head)
    text = head.lstrip()
    if not text:
        return Shape.EMPTY
    if text[:1] == b"[":
        return Shape.DOCUMENT
    if text[:1] != b"{":
        return Shape.LINES if any(map(_is_resource, text.split(b"\n")[1:_ASKED])) else Shape.FOREIGN
    first, newline, after = text.partition(b"\n")
    if ended and not after.strip():
        one_line = _is_resource(first) and b'"Bundle"' not in first
        return Shape.LINES if one_line or _LINES_NAMED.search(stream.name) else Shape.DOCUMENT
    if _parses(first) or (not newline and not ended):
        return Shape.LINES
    if any(map(_is_resource, after.split(b"\n")[:_ASKED])):
        return Shape.LINES
    return Shape.DOCUMENT


def _first_line(stream: Stream, longest: int) -> tuple[bytes, bool]:
    """At least the first line that is not blank and a look at what follows; True: that is all there is."""
    parts: list[bytes] = []
    size = 0
    while data := stream.read():
        parts.append(data)
        size += len(data)
        held = b"".join(parts).lstrip() if len(parts) < 8 else data
        if size > longest or (size >= _PEEKED and b"\n" in held):
            return b"".join(parts), False
        if b"\n" in held and _parses(held.partition(b"\n")[0]):
            following = stream.read()
            if following:
                parts.append(following)
            return b"".join(parts), not following
    return b"".join(parts), True


def _parses(line: bytes) -> bool:
    try:
        _value.decode(line)
    except READ_ERRORS:
        return False
    return True


def _is_resource(line: bytes) -> bool:
    if line[:1] != b"{":
        return False
    try:
        _typed.decode(line)
    except READ_ERRORS:
        return False
    return True
