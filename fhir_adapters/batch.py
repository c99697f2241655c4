"""Records of one type read together: columns of their elements, and the rows that cannot be read.

A batch turns lists of raw elements into numpy columns with one look-up per element. It raises
BadRowsError with every bad row of the column at hand; the caller drops those rows and reads again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, Standing
from eligibility.instants import BEGINNING, END_OF_TIME
from fhir_adapters import dates
from fhir_adapters.cache import Cache
from fhir_adapters.records import ABSENT, Record
from fhir_adapters.references import References
from fhir_adapters.rejects import BadRowsError, Problem
from fhir_adapters.vocabulary import Vocabulary
from fhir_adapters.zones import Zone

V = TypeVar("V")
K = TypeVar("K")
READ_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
Interval = tuple[dates.Instants, dates.Instants]

# Elements that a mapping reads one by one and that nearly every record has.
_USUAL = frozenset({"id", "meta", "code", "subject", "patient", "encounter"})


def _raw_fields(record: type[Record]) -> tuple[str, ...]:
    return tuple(
        field.name
        for field in msgspec.structs.fields(record)
        if field.type is msgspec.Raw and field.name not in _USUAL
    )


_FIELDS: dict[type[Record], tuple[tuple[str, ...], Callable[[Any], Any], tuple[Any, ...]]] = {}


def _getter(record: type[Record]) -> tuple[tuple[str, ...], Callable[[Any], Any], tuple[Any, ...]]:
    known = _FIELDS.get(record)
    if known is None:
        names = _raw_fields(record)
        known = _FIELDS[record] = (names, attrgetter(*names), (ABSENT,) * len(names))
    return known


class Batch:
    """`rows` are records of one type; every column has their length."""

    def __init__(
        self, rows: Sequence[Any], vocabulary: Vocabulary, references: References, zone: Zone
    ) -> None:
        self.rows = rows
        self.vocabulary = vocabulary
        self.references = references
        self.zone = zone
        self._raw = self._present()

    def __len__(self) -> int:
        return len(self.rows)

    def _present(self) -> Mapping[str, Sequence[msgspec.Raw]]:
        """Raw elements that at least one of the records has, with `ABSENT` where one has it not."""
        names, getter, blank = _getter(type(self.rows[0]))
        if len(names) < 2:
            return {}
        tuples = list(map(getter, self.rows))
        count = len(tuples)
        if tuples.count(blank) == count:
            return {}
        columns = zip(names, zip(*tuples, strict=True), strict=True)
        return {name: column for name, column in columns if column.count(ABSENT) != count}

    def has(self, name: str) -> bool:
        """Whether any record has this raw element."""
        return name in self._raw

    def raw(self, name: str) -> Sequence[msgspec.Raw] | None:
        """A raw element of all records; None where no record has it."""
        if name in _USUAL:
            return list(map(attrgetter(name), self.rows))
        return self._raw.get(name)

    def given(self, name: str) -> list[tuple[int, bytes]]:
        """Row and bytes of the records that have this raw element."""
        column = self.raw(name)
        if column is None:
            return []
        pairs = ((i, bytes(raw)) for i, raw in enumerate(column) if raw is not ABSENT)
        return [(i, data) for i, data in pairs if data != b"null"]

    def plain(self, name: str) -> list[Any]:
        """A decoded element (string, flag, struct) of all records."""
        return list(map(attrgetter(name), self.rows))

    def looked_up(
        self, name: str, cache: Cache[bytes, int], dtype: type[np.generic] = np.int32
    ) -> Array | None:
        """Ids of a raw element by its bytes; None where no record has it."""
        column = self.raw(name)
        return None if column is None else self.look_up(column, cache, name, dtype)

    def look_up(
        self,
        column: Sequence[msgspec.Raw],
        cache: Cache[bytes, int],
        path: str,
        dtype: type[np.generic] = np.int32,
    ) -> Array:
        """Ids of raw elements by their bytes."""
        try:
            return np.fromiter(map(cache.__getitem__, map(bytes, column)), dtype=dtype, count=len(column))
        except READ_ERRORS:
            raise self.blame(column, lambda raw: cache[bytes(raw)], path) from None

    def concepts(self, name: str) -> Array | None:
        """Concept ids of a CodeableConcept (or list of them); None where no record has it."""
        return self.looked_up(name, self.vocabulary.concepts)

    def words(self, name: str) -> Array:
        """Word ids of a decoded code."""
        cache = self.vocabulary.words
        return np.fromiter(
            map(cache.__getitem__, map(attrgetter(name), self.rows)), dtype=np.int16, count=len(self.rows)
        )

    def standings(self, texts: Iterable[str], table: Mapping[str, Standing]) -> Array:
        """Standing of each status code; UNCONFIRMED where the table does not hold it."""
        get = table.get
        doubt = Standing.UNCONFIRMED
        return np.fromiter((get(text, doubt) for text in texts), dtype=np.uint8, count=len(self.rows))

    def decoded(self, name: str, decode: Callable[[bytes], V], path: str = "") -> list[tuple[int, V]]:
        """Row and decoded value of the records that have this raw element."""
        found: list[tuple[int, V]] = []
        problems: dict[int, Problem] = {}
        for row, data in self.given(name):
            try:
                found.append((row, decode(data)))
            except READ_ERRORS as problem:
                problems[row] = problem_of(problem, path or name)
        if problems:
            raise BadRowsError(problems)
        return found

    def dates_of(self, name: str) -> Interval:
        """A date element of all records as intervals; the widest where it is absent."""
        return self.dated(list(map(attrgetter(name), self.rows)), name)

    def dated(self, texts: Sequence[str], path: str) -> Interval:
        """`dates.parse`, with rows whose text is no date refused."""
        lo, hi = dates.parse(texts, self.zone)
        wrong = lo == dates.INVALID
        if wrong.any():
            raise BadRowsError(
                {
                    int(row): Problem("DATE_INVALID", f"{texts[row][:40]!r} is not a FHIR date", path)
                    for row in np.flatnonzero(wrong)
                }
            )
        return lo, hi

    def date(self, text: str, row: int, path: str) -> tuple[int, int]:
        """One date inside a record's deeper structure."""
        if not text:
            return BEGINNING, END_OF_TIME
        found = dates.parse_one(text, self.zone)
        if found is None:
            raise BadRowsError({row: Problem("DATE_INVALID", f"{text[:40]!r} is not a FHIR date", path)})
        return found

    def updated(self) -> dates.Instants:
        """When each record was last changed, -1 where it does not say (or says it illegibly)."""
        texts = list(map(attrgetter("meta.lastUpdated"), self.rows))
        if texts.count("") == len(texts):
            return np.full(len(texts), -1, dtype=np.int64)
        lo, hi = dates.parse(texts, self.zone)
        return np.where((lo == dates.INVALID) | (lo == BEGINNING), -1, hi)

    def blame(self, column: Sequence[K], read: Callable[[K], object], path: str) -> BadRowsError:
        """Which rows of a column cannot be read."""
        problems: dict[int, Problem] = {}
        for row, value in enumerate(column):
            try:
                read(value)
            except READ_ERRORS as problem:
                problems[row] = problem_of(problem, path)
        return BadRowsError(problems)


def problem_of(error: Exception, path: str) -> Problem:
    """The code of what the decoder found wrong with an element or a line."""
    text = str(error)
    if isinstance(error, RecursionError):
        return Problem("DEPTH_EXCEEDED", "nested too deeply", path)
    if isinstance(error, UnicodeDecodeError):
        return Problem("UTF8_INVALID", "not valid UTF-8", path)
    if "out of range" in text:
        return Problem("NUMBER_OUT_OF_RANGE", text, path)
    if isinstance(error, msgspec.ValidationError):
        return Problem("TYPE_MISMATCH", text, path)
    return Problem("JSON_INVALID", text, path)


def undated(count: int) -> Interval:
    """Intervals that say nothing."""
    return np.full(count, BEGINNING, dtype=np.int64), np.full(count, END_OF_TIME, dtype=np.int64)


def rows_where(mask: NDArray[np.bool_]) -> list[int]:
    """Row numbers of a mask."""
    found: list[int] = np.flatnonzero(mask).tolist()
    return found
