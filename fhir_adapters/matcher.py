"""Lines held against the shapes that were met: where the elements of a block of lines stand.

A line of a shape that was not met is decoded and its shape learnt. Blocks with lines that have no shape are
left to be decoded; types whose lines are ever new are soon left alone.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from fhir_adapters.background_records import Device
from fhir_adapters.matching import match_lines
from fhir_adapters.patterns import Elements, Pattern, pattern_of
from fhir_adapters.pieces import Numbers, numbered
from fhir_adapters.records import READ_NAMES, Binary, Medication, Nested
from fhir_adapters.rejects import READ_ERRORS

_MOST = 128  # patterns of one type
_NEW = 32  # of one block
_LOST = 4  # blocks in a row that were of no use, after which no more are tried
# What others refer to, or hold others: read one by one.
_ELSEWHERE = frozenset({Binary, Device, Medication, Nested})


class _Typed(msgspec.Struct, gc=False):
    resourceType: str = ""  # noqa: N815  (FHIR's name)


_typed = msgspec.json.Decoder(_Typed).decode


class Matched:
    """Lines of one type and where their elements stand, int32[elements, lines] each; 0 where absent.

    What stands there of elements that no line has (`given`) says nothing. `ends` is where each line ends.
    """

    def __init__(
        self,
        data: bytes,
        elements: Elements,
        starts: NDArray[np.int32],
        stops: NDArray[np.int32],
        given: Collection[int],
        numbers: Mapping[int, Numbers],
        ends: NDArray[np.int64] | None = None,
    ) -> None:
        self.data = data
        self.elements = elements
        self.starts = starts
        self.stops = stops
        self.given = given  # elements that some line may have
        self.numbers = numbers
        self.ends = ends

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
        self._noted: set[int] = set()  # elements that one of them notes
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
        starts, stops = np.empty((2, len(self.elements.named), count), dtype=np.int32)
        blank: set[int] = set()
        done = 0
        for _ in range(_NEW):
            new = list(self._noted - blank)
            starts[new] = stops[new] = 0
            blank.update(new)
            done = match_lines(
                units, done, self._pool, self._fixed, self._kinds, self._parts, self._shared, self._captures,
                self._captured, self._order, self._places, lines, chosen, starts.reshape(-1),
                stops.reshape(-1), count,
            )  # fmt: skip
            if done == count:
                break
            begin = int(lines[done])
            line = data[begin : data.find(b"\n", begin) + 1]
            made = pattern_of(line, self.elements) if len(self) < _MOST else None
            if made is None:
                return None
            self._add(made)
        if done < count or lines[count] != len(data):
            return None
        given = {e for k in np.unique(chosen).tolist() for e in self._patterns[k].elements}
        asked = [e.number for e in self.elements.named.values() if e.asked and e.number in given]
        places = starts.reshape(-1), stops.reshape(-1)
        numbers = numbered(units, *places, asked, count) if asked else {}
        return Matched(data, self.elements, starts, stops, given, numbers, lines[1:])

    def _add(self, made: Pattern) -> None:
        shared = [made.shared(other) for other in self._patterns]
        for row, count in zip(self._alike, shared, strict=True):
            row.append(count)
        self._patterns.append(made)
        self._noted |= made.elements
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


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.matcher = Matcher()


_of_thread = _OfThread()


def kept_matcher() -> Matcher:
    """The matcher of this thread, which goes on with the shapes that it has met in the inputs before."""
    return _of_thread.matcher


def _cumulated(lengths: Sequence[int]) -> NDArray[np.int64]:
    edges = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=edges[1:])
    return edges
