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
_NOT_BLANK = re.compile(rb"\S")
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
    start = _start(head)
    opener = head[start : start + 1]
    if not opener:
        return Shape.EMPTY
    if opener == b"[":
        return Shape.DOCUMENT
    if opener != b"{":
        return Shape.LINES if any(map(_is_resource, _following(head, start))) else Shape.FOREIGN
    end = head.find(b"\n", start)
    first = head[start:] if end < 0 else head[start:end]
    if ended and (end < 0 or _start(head, end) == len(head)):
        one_line = _is_resource(first) and b'"Bundle"' not in first
        return Shape.LINES if one_line or _LINES_NAMED.search(stream.name) else Shape.DOCUMENT
    if _parses(first) or (end < 0 and not ended):
        return Shape.LINES
    if any(map(_is_resource, _following(head, start))):
        return Shape.LINES
    return Shape.DOCUMENT


def _start(data: bytes, at: int = 0) -> int:
    """Where the first byte that is not blank stands, from `at` on; the length where there is none."""
    found = _NOT_BLANK.search(data, at)
    return len(data) if found is None else found.start()


def _following(head: bytes, start: int) -> list[bytes]:
    """The lines after the first one, as many as are asked."""
    end = head.find(b"\n", start)
    return [] if end < 0 else head[end + 1 :].split(b"\n", _ASKED)[:_ASKED]


def _first_line(stream: Stream, longest: int) -> tuple[bytes, bool]:
    """At least the first line that is not blank and a look at what follows; True: that is all there is."""
    parts: list[bytes] = []
    size = 0
    while data := stream.read():
        parts.append(data)
        size += len(data)
        held = data if len(parts) == 1 or len(parts) >= 8 else b"".join(parts)
        start = _start(held) if len(parts) < 8 else 0
        end = held.find(b"\n", start)
        if size > longest or (size >= _PEEKED and end >= 0):
            return b"".join(parts), False
        if end >= 0 and _parses(held[start:end]):
            following = stream.read()
            stream.push_back(following)
            return held if len(parts) < 8 else b"".join(parts), not following
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
