"""Records of one type read together: columns of their elements, and the rows that cannot be read.

A batch gives the elements of its records as numpy columns, with one look-up per element or less. It raises
BadRowsError with every bad row of the column at hand; the caller drops those rows and reads again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, Standing
from eligibility.instants import BEGINNING, END_OF_TIME
from fhir_adapters import dates
from fhir_adapters.cache import Cache
from fhir_adapters.deliveries import Deliveries
from fhir_adapters.references import References
from fhir_adapters.rejects import READ_ERRORS as READ_ERRORS
from fhir_adapters.rejects import BadRowsError, Problem
from fhir_adapters.vocabulary import Vocabulary
from fhir_adapters.zones import Zone

V = TypeVar("V")
K = TypeVar("K")
Interval = tuple[dates.Instants, dates.Instants]


class Batch(ABC):
    """Records of the type `record`; every column has their length. Where they come from the heirs know."""

    def __init__(self, record: Any, vocabulary: Vocabulary, references: References, zone: Zone) -> None:
        self.record = record
        self.vocabulary = vocabulary
        self.references = references
        self.zone = zone

    @property
    @abstractmethod
    def rows(self) -> Sequence[Any]:
        """The records as decoded structs."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether any record has this raw element."""

    @abstractmethod
    def one(self, name: str, row: int) -> bytes:
        """The bytes of a raw element of one record, none where it is absent."""

    @abstractmethod
    def given(self, name: str) -> list[tuple[int, bytes]]:
        """Row and bytes of the records that have this raw element."""

    @abstractmethod
    def spelled(self, name: str) -> tuple[list[bytes], NDArray[np.int32] | None] | None:
        """Spellings of a raw element and which each record has (None: one each); None where it is absent."""

    @abstractmethod
    def plain(self, name: str) -> Sequence[Any]:
        """A decoded element (string, flag, struct) of all records; never to be changed."""

    @abstractmethod
    def looked_up(
        self, name: str, cache: Cache[bytes, int], dtype: type[np.generic] = np.int32
    ) -> Array | None:
        """Ids of a raw element by its bytes; None where no record has it."""

    @abstractmethod
    def encounters(self, name: str) -> Array | None:
        """Keys of the encounters that a reference element names; None where no record has it."""

    @abstractmethod
    def read_once(self, name: str, read: Callable[[bytes], V], blank: V) -> tuple[list[V], NDArray[Any]]:
        """The values of a raw element, each spelling read once, and which of them each record has."""

    @abstractmethod
    def edges(self, name: str) -> tuple[Sequence[str], Sequence[str]]:
        """Starts and ends of a Period element as they are written, "" where they are absent."""

    @abstractmethod
    def identities(self) -> Sequence[str]:
        """The id of each record, "" where it has none."""

    @abstractmethod
    def deliveries(self) -> Deliveries | None:
        """When each record was changed, and its version; None where no record says."""

    @abstractmethod
    def updated(self, rows: NDArray[np.int64]) -> dates.Instants:
        """When some records were last changed, -1 where one does not say (or says it illegibly)."""

    def parts(self, name: str) -> tuple[Batch, NDArray[np.int64]] | None:
        """The items of a list element and the row of each, in order; None where they have to be decoded."""
        return None

    def look_up(
        self,
        column: Sequence[msgspec.Raw],
        cache: Cache[bytes, int],
        path: str,
        dtype: type[np.generic] = np.int32,
    ) -> Array:
        """Ids of raw elements by their bytes."""
        count = len(column)
        try:
            if column[0] == column[-1] and column.count(column[0]) == count:  # all of one patient, say
                return np.full(count, cache[bytes(column[0])], dtype=dtype)
            return np.fromiter(map(cache.__getitem__, map(bytes, column)), dtype=dtype, count=count)
        except READ_ERRORS:
            raise self.blame(column, lambda raw: cache[bytes(raw)], path) from None

    def owners(self, name: str) -> Array | None:
        """Patients that a reference element names, or why it names none; None where no record has it."""
        return self.looked_up(name, self.references.patients)

    def concepts(self, name: str) -> Array | None:
        """Concept ids of a CodeableConcept (or list of them); None where no record has it."""
        return self.looked_up(name, self.vocabulary.concepts)

    def words(self, name: str) -> Array:
        """Word ids of a decoded code."""
        return self.coded(self.plain(name), self.vocabulary.words.__getitem__)[0].astype(np.int16)

    def coded(self, texts: Sequence[str], *tables: Callable[[str], int]) -> list[Array]:
        """For each function the array of what it answers for each text; asked once per distinct text."""
        distinct = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        if len(distinct) == 1:
            return [np.full(len(texts), table(texts[0])) for table in tables]
        at = np.fromiter(map(distinct.__getitem__, texts), dtype=np.intp, count=len(texts))
        return [np.array([table(text) for text in distinct])[at] for table in tables]

    def among(self, texts: Sequence[str], *codes: Collection[str]) -> list[Array]:
        """For each set of codes whether each text is one of them, bool[k]."""
        return self.coded(texts, *(held.__contains__ for held in codes))

    def standings(self, texts: Sequence[str], table: Mapping[str, Standing]) -> Array:
        """Standing of each status code; UNCONFIRMED where the table does not hold it."""
        return self.coded(texts, lambda text: int(table.get(text, Standing.UNCONFIRMED)))[0].astype(np.uint8)

    def decoded(self, name: str, decode: Callable[[bytes], V], path: str = "") -> list[tuple[int, V]]:
        """Row and decoded value of the records that have this raw element."""
        given = self.given(name)
        try:
            return [(row, decode(data)) for row, data in given]
        except READ_ERRORS:
            blame = self.blame([data for _, data in given], decode, path or name)
            raise BadRowsError({given[i][0]: problem for i, problem in blame.problems.items()}) from None

    def either(self, name: str, other: str) -> Sequence[str]:
        """A string element of all records, where it is empty the other one."""
        first, second = self.plain(name), self.plain(other)
        if second.count("") == len(second):
            return first
        return [a or b for a, b in zip(first, second, strict=True)]

    def told(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which texts are not empty, bool[k]; an array of the caller's own."""
        return np.array([text != "" for text in texts], dtype=np.bool_)

    def dates_of(self, name: str) -> Interval:
        """A date element of all records as intervals; the widest where it is absent."""
        return self.dated(self.plain(name), name)

    def dated(self, texts: Sequence[str], path: str) -> Interval:
        """`dates.parse`, with rows whose text is no date refused."""
        lo, hi = self.parsed(texts)
        wrong = lo == dates.INVALID
        if wrong.any():
            raise BadRowsError(
                {int(row): Problem("DATE_INVALID", _NO_DATE, path) for row in np.flatnonzero(wrong)}
            )
        return lo, hi

    def parsed(self, texts: Sequence[str]) -> Interval:
        """`dates.parse` of some texts of this batch."""
        return dates.parse(texts, self.zone)

    def dated_once(self, texts: Sequence[str], which: NDArray[Any], path: str) -> Interval:
        """`dated` for texts of which record i has that at `which[i]`."""
        try:
            lo, hi = self.dated(texts, path)
        except BadRowsError as bad:
            rows = np.flatnonzero(np.isin(which, list(bad.problems)))
            raise BadRowsError({row: bad.problems[int(which[row])] for row in rows.tolist()}) from None
        return lo[which], hi[which]

    def date(self, text: str, row: int, path: str) -> tuple[int, int]:
        """One date inside a record's deeper structure."""
        if not text:
            return BEGINNING, END_OF_TIME
        found = dates.parse_one(text, self.zone)
        if found is None:
            raise BadRowsError({row: Problem("DATE_INVALID", _NO_DATE, path)})
        return found

    def blame(self, column: Sequence[K], read: Callable[[K], object], path: str) -> BadRowsError:
        """Which rows of a column cannot be read."""
        problems: dict[int, Problem] = {}
        for row, value in enumerate(column):
            try:
                read(value)
            except READ_ERRORS as problem:
                problems[row] = problem_of(problem, path)
        return BadRowsError(problems)


# The record's words are not repeated: whoever may read what is wrong need not know whose record it is.
_NO_DATE = "this is not a FHIR date"


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
