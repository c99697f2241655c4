"""Shapes of lines: a line that is written like one decoded before has its elements at the same places.

A pattern is a line without what stands in its strings and behind its colons as plain numbers. It is learnt
from a line that the decoder of its type has read; where its values stand is told by the decoder, too. What
cannot be said by a shape alone (elements of other editions, a choice that is made twice) makes no pattern:
such lines are decoded.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence, Set
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw

from fhir_adapters.editions import restate, restated_elements
from fhir_adapters.matching import END, ESCAPED, NUMBER, TEXT
from fhir_adapters.parts import MOST_PARTS, PARTS
from fhir_adapters.record import Meta
from fhir_adapters.records import ALTERNATIVES, RESTATED, Period
from fhir_adapters.rejects import READ_ERRORS

_LONGEST = 32_768  # bytes of a line that makes a pattern
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_object = msgspec.json.Decoder(dict[str, Raw]).decode
_list = msgspec.json.Decoder(list[Raw]).decode
_period = msgspec.json.Decoder(Period | None).decode
# Elements within elements that are read by themselves.
_META = ("lastUpdated", "versionId")
_EDGES = ("start", "end")
_REFERENCES = ("subject", "patient", "encounter", "context", "partOf")
_PATH_SIGNS = frozenset(".[")


class Element:
    """An element that a pattern notes: its number, and whether it is the plain text of a string.

    `asked`: its distinct spellings were asked for, so that those of the next lines are best told with them.
    """

    __slots__ = ("asked", "number", "text")

    def __init__(self, number: int, *, text: bool) -> None:
        self.number = number
        self.text = text
        self.asked = False


class Elements:
    """What is noted of records of a type. `able`: the type holds nothing but what a pattern can note."""

    def __init__(self, record: Any) -> None:
        self.record = record
        self.able = True
        self.named: dict[str, Element] = {}
        for field in msgspec.structs.fields(record):
            if field.type is Meta:
                for name in _META:
                    self._add(f"{field.encode_name}.{name}", text=True)
            elif field.type in (str, bool, Raw):
                self._add(field.encode_name, text=field.type is str)
                if field.encode_name in _REFERENCES:
                    self._add(f"{field.encode_name}.reference", text=True)
                if field.type is Raw and field.encode_name.lower().endswith("period"):
                    for name in _EDGES:
                        self._add(f"{field.encode_name}.{name}", text=True)
            else:
                self.able = False
        self.names = {field.name: field.encode_name for field in msgspec.structs.fields(record)}
        self.decode = msgspec.json.Decoder(record).decode
        self.choices = ALTERNATIVES.get(record.__name__, {})
        self.parts = {name: Elements(part) for name, part in PARTS.get(record.__name__, {}).items()}
        for name, part in self.parts.items():
            for i in range(MOST_PARTS):
                self._add(f"{name}[{i}]", text=False)
                for inner in part.names.values():
                    self._add(f"{name}[{i}].{inner}", text=False)

    def chosen_twice(self, names: Set[str]) -> bool:
        """Whether a record with these elements makes a choice twice."""
        return any(main in names and names & set(others) for main, others in self.choices.items())

    def _add(self, name: str, *, text: bool) -> None:
        self.named[name] = Element(len(self.named), text=text)


class _Leaf:
    """A string (without its quotes) or a number within a line."""

    __slots__ = ("kind", "start", "stop")

    def __init__(self, start: int, stop: int, kind: int) -> None:
        self.start = start
        self.stop = stop
        self.kind = kind


class _Line:
    """Where the values of a line stand, as the decoder tells."""

    def __init__(self, data: bytes, elements: Elements) -> None:
        self.leaves: list[_Leaf] = []
        self.spans: list[tuple[Element, int, int]] = []
        self.top: set[str] = set()
        self._elements = elements.named
        self._parts = elements.parts
        self._walk(data, 0, "", len(data))

    def _walk(self, data: bytes, offset: int, path: str, stop: int) -> None:
        """Note the strings and numbers of a value. `path` is "" within elements that are not noted."""
        opening = data[:1] if offset else b"{"
        if opening == b"{":
            for name, start, inner in _places(data, _object(data)):
                if not offset:
                    self.top.add(name)
                here = f"{path}.{name}" if path else "" if offset or _PATH_SIGNS & set(name) else name
                self._value(inner, offset + start, here)
        elif opening == b"[":
            items = list(_places(data, dict(enumerate(_list(data)))))
            noted = self._notable(path, [inner for _, _, inner in items])
            for i, start, inner in items:
                self._value(inner, offset + start, f"{path}[{i}]" if noted else "")

    def _notable(self, path: str, items: Sequence[bytes]) -> bool:
        """Whether the items of a list are parts that a pattern can note."""
        part = self._parts.get(path)
        if part is None or len(items) > MOST_PARTS or any(item[:1] != b"{" for item in items):
            return False
        return not any(part.chosen_twice(_object(item).keys()) for item in items)

    def _value(self, data: bytes, start: int, path: str) -> None:
        stop = start + len(data)
        element = self._elements.get(path)
        if path == "resourceType":  # stays as it is
            return
        if data[:1] == b'"':
            text = element is not None and element.text
            self.leaves.append(_Leaf(start + 1, stop - 1, TEXT if text else ESCAPED))
            if element is not None:
                self.spans.append((element, start + text, stop - text))
            return
        if element is not None:
            self.spans.append((element, start, stop))
        if _NUMBER.fullmatch(data):
            self.leaves.append(_Leaf(start, stop, NUMBER))
        else:
            self._walk(data, start, path, stop)


def _places(data: bytes, held: dict[Any, Raw]) -> Iterator[tuple[Any, int, bytes]]:
    """Name, place and bytes of values that were decoded from these very bytes."""
    whole = _address(data)
    for name, raw in held.items():
        yield name, _address(raw) - whole, bytes(raw)


def _address(data: bytes | Raw) -> int:
    address: int = np.frombuffer(data, dtype=np.uint8).__array_interface__["data"][0]
    return address


class Pattern:
    """One shape: fixed pieces and what stands after each, and where the noted elements begin and end."""

    def __init__(self, line: bytes, held: _Line) -> None:
        leaves = sorted(held.leaves, key=lambda leaf: leaf.start)
        edges = [0, *(leaf.stop for leaf in leaves)], [*(leaf.start for leaf in leaves), len(line)]
        self.begins, self.ends = edges
        self.fixed = [line[low:high] for low, high in zip(*edges, strict=True)]
        self.kinds = [*(leaf.kind for leaf in leaves), END]
        self.elements = {element.number for element, _, _ in held.spans}
        self.captures: list[int] = []
        for element, start, stop in held.spans:
            # Within fixed pieces, or at the edge of a string or number: the place before it, or after it.
            first = bisect_left(self.ends, start)
            last = bisect_right(self.begins, stop) - 1
            places = first, start - self.begins[first], last, stop - self.begins[last]
            self.captures += (element.number, *places)

    def shared(self, other: Pattern) -> int:
        """How many parts at the beginning are those of another pattern, too."""
        pairs = zip(self.fixed, other.fixed, self.kinds, other.kinds, strict=False)
        return next((i for i, (a, b, c, d) in enumerate(pairs) if a != b or c != d), 0)


def pattern_of(line: bytes, elements: Elements) -> Pattern | None:
    """The shape of a line; None where lines of its shape have to be decoded."""
    if len(line) > _LONGEST:
        return None
    try:
        row = elements.decode(line)
        held = _Line(line, elements)
        for name in elements.named:
            if name.endswith(".start"):
                _period(bytes(getattr(row, name.removesuffix(".start"))) or b"null")
    except READ_ERRORS:
        return None
    for name in held.top & restated_elements(elements.record):
        if name in RESTATED:
            return None
    before = msgspec.structs.astuple(row)
    if restate([row]) or msgspec.structs.astuple(row) != before:
        return None
    if elements.chosen_twice(held.top):
        return None
    made = Pattern(line, held)
    return None if any(b"\\" in piece for piece in made.fixed) else made
