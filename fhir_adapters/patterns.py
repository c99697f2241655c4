"""Shapes of lines: a line that is written like one decoded before has its elements at the same places.

A pattern is a line without what stands in its strings and behind its colons as plain numbers. It is learnt
from a line that the decoder of its type has read; where its values stand is told by the decoder, too. What
cannot be said by a shape alone (elements of other editions, a choice that is made twice) makes no pattern:
such lines are decoded.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from fhir_adapters.background_records import Device
from fhir_adapters.editions import restate, restated_elements
from fhir_adapters.matching import END, ESCAPED, NUMBER, TEXT, match_lines
from fhir_adapters.pieces import Numbers, numbered
from fhir_adapters.record import Meta
from fhir_adapters.records import ALTERNATIVES, READ_NAMES, RESTATED, Medication, Nested, Period
from fhir_adapters.rejects import READ_ERRORS

_MOST = 128  # patterns of one type
_NEW = 32  # of one block
_LOST = 4  # blocks in a row that were of no use, after which no more are tried
_LONGEST = 32_768  # bytes of a line that makes a pattern
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_object = msgspec.json.Decoder(dict[str, Raw]).decode
_list = msgspec.json.Decoder(list[Raw]).decode
_period = msgspec.json.Decoder(Period | None).decode
# What others refer to, or hold others: read one by one.
_ELSEWHERE = frozenset({Device, Medication, Nested})
# Elements within elements that are read by themselves.
_META = ("lastUpdated", "versionId")
_EDGES = ("start", "end")

Ints = NDArray[np.int64]


class _Typed(msgspec.Struct, gc=False):
    resourceType: str = ""  # noqa: N815  (FHIR's name)


_typed = msgspec.json.Decoder(_Typed).decode


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
                if field.encode_name in ("encounter", "context"):
                    self._add(f"{field.encode_name}.reference", text=True)
                if field.type is Raw and field.encode_name.lower().endswith("period"):
                    for name in _EDGES:
                        self._add(f"{field.encode_name}.{name}", text=True)
            else:
                self.able = False
        self.names = {field.name: field.encode_name for field in msgspec.structs.fields(record)}
        self.decode = msgspec.json.Decoder(record).decode
        self.choices = ALTERNATIVES.get(record.__name__, {})

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
        self._walk(data, 0, "", len(data))

    def _walk(self, data: bytes, offset: int, path: str, stop: int) -> None:
        """Note the strings and numbers of a value. `path` is "" within elements that are not noted."""
        opening = data[:1] if offset else b"{"
        if opening == b"{":
            for name, start, inner in _places(data, _object(data)):
                if not offset:
                    self.top.add(name)
                here = f"{path}.{name}" if path else "" if offset or "." in name else name
                self._value(inner, offset + start, here)
        elif opening == b"[":
            for _, start, inner in _places(data, dict(enumerate(_list(data)))):
                self._value(inner, offset + start, "")

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
    if any(main in held.top and held.top & set(others) for main, others in elements.choices.items()):
        return None
    made = Pattern(line, held)
    return None if any(b"\\" in piece for piece in made.fixed) else made


class Matched:
    """Lines of one type and where their elements stand, int32[elements, lines] each; 0 where absent."""

    def __init__(
        self,
        data: bytes,
        elements: Elements,
        starts: NDArray[np.int32],
        stops: NDArray[np.int32],
        given: Collection[int],
        numbers: Mapping[int, Numbers],
    ) -> None:
        self.data = data
        self.elements = elements
        self.starts = starts
        self.stops = stops
        self.given = given  # elements that some line may have
        self.numbers = numbers

    @property
    def count(self) -> int:
        """How many lines there are."""
        return self.starts.shape[1]


class Patterns:
    """The shapes of lines of one type that were met."""

    def __init__(self, record: Any) -> None:
        self.elements = Elements(record)
        self._patterns: list[Pattern] = []
        self._alike: list[list[int]] = []  # how many parts each shares with each
        self._lost = 0 if self.elements.able else _LOST
        self._renew()

    def __len__(self) -> int:
        return len(self._patterns)

    def match(self, data: bytes, count: int) -> Matched | None:
        """Where the elements of `count` lines stand; None where some of them have to be decoded."""
        if self._lost >= _LOST:
            return None
        found = self._match(data, count)
        self._lost = 0 if found is not None else self._lost + 1
        return found

    def _match(self, data: bytes, count: int) -> Matched | None:
        units = np.frombuffer(data, dtype=np.uint8)
        lines = np.zeros(count + 1, dtype=np.int64)
        chosen = np.zeros(count, dtype=np.int64)
        starts = np.zeros(len(self.elements.named) * count, dtype=np.int32)
        stops = np.zeros_like(starts)
        done = 0
        for _ in range(_NEW):
            done = match_lines(
                units, done, self._pool, self._fixed, self._kinds, self._parts, self._shared, self._captures,
                self._captured, self._order, self._places, lines, chosen, starts, stops, count,
            )  # fmt: skip
            if done == count:
                break
            begin = int(lines[done])
            line = data[begin : data.find(b"\n", begin) + 1]
            if len(self) == _MOST or len(line) > _LONGEST:
                return None
            made = pattern_of(line, self.elements)
            if made is None:
                return None
            self._add(made)
        if done < count or lines[count] != len(data):
            return None
        given = {e for k in np.unique(chosen).tolist() for e in self._patterns[k].elements}
        asked = [e.number for e in self.elements.named.values() if e.asked and e.number in given]
        numbers = numbered(units, starts, stops, asked, count) if asked else {}
        shape = len(self.elements.named), count
        return Matched(data, self.elements, starts.reshape(shape), stops.reshape(shape), given, numbers)

    def _add(self, made: Pattern) -> None:
        shared = [made.shared(other) for other in self._patterns]
        for row, count in zip(self._alike, shared, strict=True):
            row.append(count)
        self._patterns.append(made)
        self._alike.append([*shared, 0])
        self._renew()

    def _renew(self) -> None:
        """The patterns as `match_lines` takes them."""
        held = self._patterns
        pieces = [piece for pattern in held for piece in pattern.fixed]
        self._pool = np.frombuffer(b"".join(pieces) or b"\0", dtype=np.uint8)
        self._fixed = _cumulated([len(piece) for piece in pieces])
        self._kinds = np.array([kind for pattern in held for kind in pattern.kinds], dtype=np.uint8)
        self._parts = _cumulated([len(pattern.fixed) for pattern in held])
        self._shared = np.array(self._alike, dtype=np.int64).reshape(-1)
        self._captures = np.array([n for pattern in held for n in pattern.captures], dtype=np.int64)
        self._captured = _cumulated([len(pattern.captures) // 5 for pattern in held])
        self._order = np.arange(len(held), dtype=np.int64)[::-1].copy()
        self._places = np.zeros(max((len(pattern.fixed) for pattern in held), default=1), dtype=np.int64)


class Matcher:
    """The shapes of an input's lines, type by type."""

    def __init__(self) -> None:
        self._of_type: dict[str, Patterns] = {}

    def match(self, data: bytes, count: int) -> Matched | None:
        """Where the elements of lines of one type stand; None where some have to be decoded."""
        try:
            name = _typed(data[: data.find(b"\n")]).resourceType
        except READ_ERRORS:
            return None
        if name not in self._of_type:
            record = READ_NAMES.get(name)
            if record is None or record in _ELSEWHERE:
                return None
            self._of_type[name] = Patterns(record)
        return self._of_type[name].match(data, count)


def _cumulated(lengths: Sequence[int]) -> Ints:
    edges = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=edges[1:])
    return edges
