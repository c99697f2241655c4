"""A batch of decoded records: lists of raw elements become numpy columns with one look-up per element."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array
from fhir_adapters import dates
from fhir_adapters.batch import READ_ERRORS, Batch
from fhir_adapters.cache import Cache
from fhir_adapters.deliveries import Deliveries, changed
from fhir_adapters.records import ABSENT, ALTERNATIVES, NO_META, RESTATED, Period
from fhir_adapters.references import References
from fhir_adapters.vocabulary import Vocabulary
from fhir_adapters.zones import Zone

V = TypeVar("V")
_period = msgspec.json.Decoder(Period).decode
_periods = msgspec.json.Decoder(list[Period]).decode
_NO_PERIOD = Period()

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


class RowBatch(Batch):
    """`rows` are records of one type."""

    def __init__(
        self, rows: Sequence[Any], vocabulary: Vocabulary, references: References, zone: Zone
    ) -> None:
        super().__init__(type(rows[0]), vocabulary, references, zone)
        self._rows = rows
        self._raw = self._present()
        self._asked: dict[str, Sequence[msgspec.Raw] | None] = {}
        self._plain: dict[str, list[Any]] = {}

    @property
    def rows(self) -> Sequence[Any]:
        return self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def _present(self) -> Mapping[str, Sequence[msgspec.Raw]]:
        """Raw elements that at least one of the records has, with `ABSENT` where one has it not."""
        rows = self._rows
        plan = _plan(self.record)
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
        return self._column(name) is not None

    def _column(self, name: str) -> Sequence[msgspec.Raw] | None:
        """A raw element of all records; None where no record has it."""
        if name not in _ON_REQUEST:
            return self._raw.get(name)
        if name not in self._asked:
            column = list(map(attrgetter(name), self._rows))
            self._asked[name] = None if _all_absent(column) else column
        return self._asked[name]

    def one(self, name: str, row: int) -> bytes:
        return bytes(getattr(self._rows[row], name))

    def spelled(self, name: str) -> tuple[list[bytes], NDArray[np.int32] | None] | None:
        column = self._column(name)
        return None if column is None else (list(map(bytes, column)), None)

    def edges(self, name: str) -> tuple[Sequence[str], Sequence[str]]:
        held = self._filled(name, _periods, _period, _NO_PERIOD)
        return [one.start for one in held], [one.end for one in held]

    def identities(self) -> list[str]:
        return list(map(attrgetter("id"), self._rows))

    def given(self, name: str) -> list[tuple[int, bytes]]:
        """Row and bytes of the records that have this raw element."""
        column = self._column(name)
        if column is None:
            return []
        held = [(i, bytes(raw)) for i, raw in enumerate(column) if raw is not ABSENT]
        return [(i, data) for i, data in held if data != b"null"]

    def plain(self, name: str) -> list[Any]:
        """A decoded element (string, flag, struct) of all records; never to be changed."""
        if name not in self._plain:
            self._plain[name] = list(map(attrgetter(name), self._rows))
        return self._plain[name]

    def looked_up(
        self, name: str, cache: Cache[bytes, int], dtype: type[np.generic] = np.int32
    ) -> Array | None:
        """Ids of a raw element by its bytes; None where no record has it."""
        column = self._column(name)
        return None if column is None else self.look_up(column, cache, name, dtype)

    def encounters(self, name: str) -> Array | None:
        """Keys of the encounters that a reference element names; None where no record has it."""
        column = self._column(name)
        if column is None:
            return None
        try:
            return self.references.encounters(list(map(bytes, column)))
        except READ_ERRORS:
            keys = self.references.encounter_keys
            raise self.blame(column, lambda raw: keys[bytes(raw)], name) from None

    def read_once(self, name: str, read: Callable[[bytes], V], blank: V) -> tuple[list[V], NDArray[np.int64]]:
        """The values of a raw element, each spelling read once, and which of them each record has."""
        column = self._column(name)
        if column is None:
            return [blank], np.zeros(len(self), dtype=np.int64)
        raws = list(map(bytes, column))
        at = {raw: i for i, raw in enumerate(dict.fromkeys(raws))}
        try:
            values = [blank if raw in (b"", b"null") else read(raw) for raw in at]
        except READ_ERRORS:
            raise self.blame(raws, lambda raw: raw in (b"", b"null") or read(raw), name) from None
        return values, np.fromiter(map(at.__getitem__, raws), dtype=np.int64, count=len(raws))

    def _filled(
        self, name: str, many: Callable[[bytes], list[V]], one: Callable[[bytes], V], blank: V
    ) -> list[V]:
        """A raw element of all records decoded, `blank` where one has it not.

        Where all records have it they are decoded together, as the JSON list `many` takes.
        """
        column = self._column(name)
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

    def deliveries(self) -> Deliveries | None:
        """When each record was changed, and its version; None where no record says."""
        metas = list(map(attrgetter("meta"), self._rows))
        if all(meta is NO_META for meta in metas):
            return None
        updated = list(map(attrgetter("lastUpdated"), metas))
        return Deliveries(updated, list(map(attrgetter("versionId"), metas)), self.zone)

    def updated(self, rows: NDArray[np.int64]) -> dates.Instants:
        """When some records were last changed, -1 where one does not say (or says it illegibly)."""
        return changed([self._rows[row].meta.lastUpdated for row in rows.tolist()], self.zone)


def _all_absent(column: Sequence[msgspec.Raw]) -> bool:
    """Whether no record has an element."""
    return column[0] is ABSENT and column.count(ABSENT) == len(column)


def _spread(column: Sequence[msgspec.Raw], at: Sequence[int], count: int) -> list[msgspec.Raw]:
    """A column of some rows as a column of all."""
    whole = [ABSENT] * count
    for row, value in zip(at, column, strict=True):
        whole[row] = value
    return whole
