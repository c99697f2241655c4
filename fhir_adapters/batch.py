"""Records of one type read together: columns of their elements, and the rows that cannot be read.

A batch turns lists of raw elements into numpy columns with one look-up per element. It raises
BadRowsError with every bad row of the column at hand; the caller drops those rows and reads again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, Standing
from eligibility.instants import BEGINNING, END_OF_TIME
from fhir_adapters import dates
from fhir_adapters.cache import Cache
from fhir_adapters.deliveries import Deliveries, changed
from fhir_adapters.records import ABSENT, ALTERNATIVES, NO_META, RESTATED
from fhir_adapters.references import References
from fhir_adapters.rejects import BadRowsError, Problem
from fhir_adapters.vocabulary import Vocabulary
from fhir_adapters.zones import Zone

V = TypeVar("V")
K = TypeVar("K")
READ_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
Interval = tuple[dates.Instants, dates.Instants]

# Elements that most records have, or that few mappings ask for: fetched when they are asked for.
_ON_REQUEST = frozenset(
    {
        "code", "subject", "patient", "encounter", "contained", "category", "valueQuantity", "component",
        "clinicalStatus", "verificationStatus", "class_", "type", "period", "vaccineCode", "link",
        "medicationCodeableConcept", "reasonReference", "reasonCode", "performedPeriod", "location",
        "extension", "address", "communication", "referenceRange", "dosageInstruction", "dispenseRequest",
    }
)  # fmt: skip


class _Plan:
    """Which raw elements of a struct to look for, and where."""

    def __init__(self, record: Any) -> None:
        alternatives = ALTERNATIVES.get(record.__name__, {})
        names = {
            field.name
            for field in msgspec.structs.fields(record)
            if field.type is msgspec.Raw and field.name not in _ON_REQUEST | RESTATED
        }
        others = {name for held in alternatives.values() for name in held}
        self.always = _Probe(tuple(sorted(names - others)))
        self.instead_of = [
            (attrgetter(main), _Probe(tuple(name for name in held if name in names)))
            for main, held in alternatives.items()
        ]


class _Probe:
    """Some raw elements, fetched together."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        # A getter of one name answers no tuple, so a second one keeps it company.
        self._getter = attrgetter(*names, names[0]) if names else None
        self._blank = (ABSENT,) * (len(names) + 1)

    def columns(self, rows: Sequence[Any]) -> dict[str, Sequence[msgspec.Raw]]:
        """The elements that at least one of the rows has."""
        if self._getter is None or not rows:
            return {}
        count = len(rows)
        tuples = list(map(self._getter, rows))
        if tuples.count(self._blank) == count:
            return {}
        pairs = zip(self.names, zip(*tuples, strict=True), strict=False)
        return {name: column for name, column in pairs if not _all_absent(column)}


@cache
def _plan(record: Hashable) -> _Plan:
    return _Plan(record)


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
        self._asked: dict[str, Sequence[msgspec.Raw] | None] = {}
        self._plain: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def _present(self) -> Mapping[str, Sequence[msgspec.Raw]]:
        """Raw elements that at least one of the records has, with `ABSENT` where one has it not."""
        rows = self.rows
        record: Any = type(rows[0])
        plan = _plan(record)
        found = plan.always.columns(rows)
        for main, probe in plan.instead_of:
            given = list(map(main, rows))
            if type(given[0]) is str:
                lacking = [i for i, text in enumerate(given) if not text] if "" in given else []
            else:
                lacking = [i for i, raw in enumerate(given) if raw is ABSENT]
            if not lacking:
                continue
            for name, column in probe.columns([rows[i] for i in lacking]).items():
                if len(lacking) == len(rows):
                    found[name] = column
                else:
                    found[name] = _spread(column, lacking, len(rows))
        return found

    def has(self, name: str) -> bool:
        """Whether any record has this raw element."""
        return self.raw(name) is not None

    def raw(self, name: str) -> Sequence[msgspec.Raw] | None:
        """A raw element of all records; None where no record has it."""
        if name not in _ON_REQUEST:
            return self._raw.get(name)
        if name not in self._asked:
            column = list(map(attrgetter(name), self.rows))
            self._asked[name] = None if _all_absent(column) else column
        return self._asked[name]

    def given(self, name: str) -> list[tuple[int, bytes]]:
        """Row and bytes of the records that have this raw element."""
        column = self.raw(name)
        if column is None:
            return []
        held = [(i, bytes(raw)) for i, raw in enumerate(column) if raw is not ABSENT]
        return [(i, data) for i, data in held if data != b"null"]

    def plain(self, name: str) -> list[Any]:
        """A decoded element (string, flag, struct) of all records; never to be changed."""
        if name not in self._plain:
            self._plain[name] = list(map(attrgetter(name), self.rows))
        return self._plain[name]

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
        count = len(column)
        try:
            if column[0] == column[-1] and column.count(column[0]) == count:  # all of one patient, say
                return np.full(count, cache[bytes(column[0])], dtype=dtype)
            return np.fromiter(map(cache.__getitem__, map(bytes, column)), dtype=dtype, count=count)
        except READ_ERRORS:
            raise self.blame(column, lambda raw: cache[bytes(raw)], path) from None

    def encounters(self, name: str) -> Array | None:
        """Keys of the encounters that a reference element names; None where no record has it."""
        column = self.raw(name)
        if column is None:
            return None
        try:
            return self.references.encounters(list(map(bytes, column)))
        except READ_ERRORS:
            keys = self.references.encounter_keys
            raise self.blame(column, lambda raw: keys[bytes(raw)], name) from None

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

    def read_once(self, name: str, read: Callable[[bytes], V], blank: V) -> tuple[list[V], NDArray[np.int64]]:
        """The values of a raw element, each spelling read once, and which of them each record has."""
        column = self.raw(name)
        if column is None:
            return [blank], np.zeros(len(self), dtype=np.int64)
        raws = list(map(bytes, column))
        at = {raw: i for i, raw in enumerate(dict.fromkeys(raws))}
        try:
            values = [blank if raw in (b"", b"null") else read(raw) for raw in at]
        except READ_ERRORS:
            raise self.blame(raws, lambda raw: raw in (b"", b"null") or read(raw), name) from None
        return values, np.fromiter(map(at.__getitem__, raws), dtype=np.int64, count=len(raws))

    def filled(
        self, name: str, many: Callable[[bytes], list[V]], one: Callable[[bytes], V], blank: V
    ) -> list[V]:
        """A raw element of all records decoded, `blank` where one has it not.

        Where all records have it they are decoded together, as the JSON list `many` takes.
        """
        column = self.raw(name)
        if column is None:
            return [blank] * len(self)
        if ABSENT not in column:
            try:
                together = many(b"[" + b",".join(column) + b"]")
            except READ_ERRORS:
                together = []
            if len(together) == len(column):
                return together
        values = [blank] * len(self)
        for row, value in self.decoded(name, one):
            values[row] = value
        return values

    def dates_of(self, name: str) -> Interval:
        """A date element of all records as intervals; the widest where it is absent."""
        return self.dated(self.plain(name), name)

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

    def dated_once(self, texts: Sequence[str], which: NDArray[np.int64], path: str) -> Interval:
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
            raise BadRowsError({row: Problem("DATE_INVALID", f"{text[:40]!r} is not a FHIR date", path)})
        return found

    def deliveries(self) -> Deliveries | None:
        """When each record was changed, and its version; None where no record says."""
        metas = list(map(attrgetter("meta"), self.rows))
        if all(meta is NO_META for meta in metas):
            return None
        updated = list(map(attrgetter("lastUpdated"), metas))
        return Deliveries(updated, list(map(attrgetter("versionId"), metas)), self.zone)

    def updated(self, rows: NDArray[np.int64]) -> dates.Instants:
        """When some records were last changed, -1 where one does not say (or says it illegibly)."""
        return changed([self.rows[row].meta.lastUpdated for row in rows.tolist()], self.zone)

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


def _all_absent(column: Sequence[msgspec.Raw]) -> bool:
    """Whether no record has an element."""
    return column[0] is ABSENT and column.count(ABSENT) == len(column)


def _spread(column: Sequence[msgspec.Raw], at: Sequence[int], count: int) -> list[msgspec.Raw]:
    """A column of some rows as a column of all."""
    whole = [ABSENT] * count
    for row, value in zip(at, column, strict=True):
        whole[row] = value
    return whole


def undated(count: int) -> Interval:
    """Intervals that say nothing."""
    return np.full(count, BEGINNING, dtype=np.int64), np.full(count, END_OF_TIME, dtype=np.int64)
