"""MedicationRequest, -Statement, -Administration and -Dispense → MEDICATION rows, told apart by channel.

The exposure interval is the careful one of DESIGN. What supply or dosing period says is certain;
an order still active after it may run on. What was stopped is certain on its first day only: it ended
at some moment between its start and the last change of its record, and no later than was planned.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from eligibility.facts import Array, Kind
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, floor_day
from fhir_adapters.batch import Batch
from fhir_adapters.conversion import convert_one
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.mapping.common import encounter_keys, flagged, optional, status_columns, worst
from fhir_adapters.mapping.dosage import (
    NO_DOSING,
    Dispense,
    Dosing,
    Supplies,
    decode_dispense,
    decode_dispenses,
    decode_dosages,
    dosing_of,
)
from fhir_adapters.mapping.drugs import concept_within, decode_contained
from fhir_adapters.mapping.events import links
from fhir_adapters.records import Quantity
from fhir_adapters.references import Reference
from fhir_adapters.statuses import INTENT
from fhir_adapters.times import Times, instant_or_period

# Statuses that say that the drug may still be taken.
_RUNNING = frozenset({"active", "on-hold", "in-progress", "intended", ""})


_reference = msgspec.json.Decoder(Reference).decode
_quantity = msgspec.json.Decoder(Quantity).decode
# A single dosage (administrations) has its dose under another name.


class Given(Struct, gc=False):
    route: msgspec.Raw = msgspec.Raw(b"")


_given = msgspec.json.Decoder(Given).decode


def medication_request(batch: Batch) -> Emission:
    """Rows of a batch of MedicationRequests."""
    dosings = _dosings(batch, "dosageInstruction")
    dispenses = batch.filled("dispenseRequest", decode_dispenses, decode_dispense, None)
    starts, valid_from, bound_ends = _request_dates(batch, dosings, dispenses)
    start = _first_known(starts, batch.dates_of("authoredOn"), valid_from)
    supplies = Supplies()
    days = np.array(
        [
            supplies.days(held.expectedSupplyDuration, held.quantity, dosing, held.numberOfRepeatsAllowed)
            if held is not None
            else None
            for held, dosing in zip(dispenses, dosings, strict=True)
        ],
        dtype=np.float64,
    )
    exposure = _Exposure(batch, start, days, bound_ends)
    columns = _columns(batch, "ordered", exposure)
    columns["intent"] = batch.words("intent")
    columns["standing"] = worst(
        columns["standing"],
        batch.standings(batch.plain("intent"), INTENT),
        flagged(batch.plain("doNotPerform")),
    )
    return _emission(batch, columns, dosings)


def medication_statement(batch: Batch) -> Emission:
    """Rows of a batch of MedicationStatements."""
    dosings = _dosings(batch, "dosage")
    times = instant_or_period(batch, "effectiveDateTime", "effectivePeriod")
    asserted = batch.dates_of("dateAsserted")
    exposure = _told(batch, times, asserted[0])
    columns = _columns(batch, "stated", exposure)
    if (asserted[1] < END_OF_TIME).any():
        columns["recorded"] = asserted[1]
    return _emission(batch, columns, dosings)


def medication_administration(batch: Batch) -> Emission:
    """Rows of a batch of MedicationAdministrations: given then, and no longer."""
    times = instant_or_period(batch, "effectiveDateTime", "effectivePeriod")
    known = (times.end_hi < END_OF_TIME).astype(np.uint8)
    exposure = _Exposure.of_times(times, known)
    columns = _columns(batch, "administered", exposure)
    dosings = [NO_DOSING] * len(batch)
    for row, given in batch.decoded("dosage", _given):
        dosings[row] = Dosing(route=bytes(given.route))
    return _emission(batch, columns, dosings)


def medication_dispense(batch: Batch) -> Emission:
    """Rows of a batch of MedicationDispenses: from the hand-over for as long as the supply lasts."""
    dosings = _dosings(batch, "dosageInstruction")
    start = _first_known(batch.dates_of("whenHandedOver"), batch.dates_of("whenPrepared"))
    supplies: list[Quantity | None] = [None] * len(batch)
    quantities: list[Quantity | None] = [None] * len(batch)
    for row, value in batch.decoded("daysSupply", _quantity):
        # A supply in days; some senders leave the unit out.
        supplies[row] = value if value.code or value.unit else Quantity(value=value.value, code="d")
    for row, value in batch.decoded("quantity", _quantity):
        quantities[row] = value
    known = Supplies()
    days = np.array(
        [
            known.days(supply, quantity, dosing, 0)
            for supply, quantity, dosing in zip(supplies, quantities, dosings, strict=True)
        ],
        dtype=np.float64,
    )
    nothing = np.full(len(batch), END_OF_TIME, dtype=np.int64)
    exposure = _Exposure(batch, start, days, (nothing, nothing), may_run_on=False)
    return _emission(batch, _columns(batch, "dispensed", exposure), dosings)


class _Exposure:
    """Start, end and supply of each record."""

    def __init__(
        self,
        batch: Batch,
        start: tuple[Array, Array],
        days: NDArray[np.float64],
        bound_ends: tuple[Array, Array],
        *,
        may_run_on: bool = True,
    ) -> None:
        statuses = batch.plain("status")
        start_lo, start_hi = start
        dated = (start_lo > BEGINNING) & (start_hi < END_OF_TIME)
        supplied = dated & ~np.isnan(days)
        last = (np.where(supplied, days, 1.0) - 1.0).astype(np.int64) * DAY + DAY - 1
        bounded = dated & ~supplied & (bound_ends[0] < END_OF_TIME)
        end_lo = np.where(supplied, floor_day(start_lo) + last, bound_ends[0])
        end_hi = np.where(supplied, floor_day(start_hi) + last, bound_ends[1])
        known = supplied | bounded
        running = np.fromiter((s in _RUNNING for s in statuses), dtype=np.bool_, count=len(batch))
        own_day = np.where(dated, floor_day(start_lo) + DAY - 1, start_lo)
        open_end = ~known
        # Not known to end: certain on the first day at most; where it stopped, until the record changed.
        end_lo = np.where(open_end, np.where(running & dated, own_day, start_lo), end_lo)
        end_hi = np.where(open_end, END_OF_TIME, end_hi)
        stopped = open_end & ~running
        if stopped.any():
            end_hi = np.where(stopped, _stopped(batch, start_hi), end_hi)
        if may_run_on:
            active = np.fromiter((s == "active" for s in statuses), dtype=np.bool_, count=len(batch))
            end_hi = np.where(known & active, END_OF_TIME, end_hi)
        end_lo, end_hi = _cut_short(batch, known, start, (end_lo, end_hi))
        self.times = Times(start_lo, start_hi, end_lo, end_hi)
        self.known = known.astype(np.uint8)
        self.days: NDArray[np.float64] | None = days

    @classmethod
    def of_times(cls, times: Times, known: Array) -> _Exposure:
        """An exposure whose interval the record states itself."""
        made = cls.__new__(cls)
        made.times, made.known, made.days = times, known, None
        return made


def _told(batch: Batch, times: Times, asserted_lo: Array) -> _Exposure:
    """A statement: its own period; still taken where active, certain up to when that was said."""
    running = np.fromiter((s == "active" for s in batch.plain("status")), dtype=np.bool_, count=len(batch))
    known = times.end_hi < END_OF_TIME
    spans = np.zeros(len(batch), dtype=np.bool_)
    for row, _ in batch.given("effectivePeriod"):
        spans[row] = True
    instant = known & ~spans
    dated = times.start_lo > BEGINNING
    sure = np.where(dated, floor_day(times.start_lo) + DAY - 1, times.end_lo)
    sure = np.where((asserted_lo > BEGINNING) & dated, np.maximum(sure, asserted_lo), sure)
    runs_on = running & (instant | ~known) & dated
    end_lo = np.where(runs_on, sure, times.end_lo)
    end_hi = np.where(runs_on, END_OF_TIME, times.end_hi)
    end_lo, end_hi = _cut_short(batch, known & spans, (times.start_lo, times.start_hi), (end_lo, end_hi))
    made = Times(times.start_lo, times.start_hi, end_lo, end_hi)
    return _Exposure.of_times(made, (known & spans).astype(np.uint8))


def _cut_short(
    batch: Batch, planned: Array, start: tuple[Array, Array], end: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Ends of the records that were stopped though they had a planned end: perhaps long before it."""
    stopped = np.fromiter((s == "stopped" for s in batch.plain("status")), dtype=np.bool_, count=len(batch))
    stopped &= planned.astype(np.bool_)
    if not stopped.any():
        return end
    latest = np.minimum(end[1], _stopped(batch, start[1]))
    first_day = np.where(start[0] > BEGINNING, floor_day(start[0]) + DAY - 1, BEGINNING)
    earliest = np.minimum(np.minimum(first_day, end[0]), latest)
    return np.where(stopped, earliest, end[0]), np.where(stopped, latest, end[1])


def _stopped(batch: Batch, start_hi: Array) -> Array:
    """Latest moment at which a record that is no longer active was stopped: its last change."""
    changed = batch.updated()
    return np.where(changed >= 0, np.maximum(changed, start_hi), END_OF_TIME)


def _dosings(batch: Batch, name: str) -> list[Dosing]:
    dosings = [NO_DOSING] * len(batch)
    memo = batch.vocabulary.memo("dosage", _read_dosing)
    for row, dosing in batch.decoded(name, memo.__getitem__):
        dosings[row] = dosing
    return dosings


def _read_dosing(raw: bytes) -> Dosing:
    return dosing_of(decode_dosages(raw))


def _request_dates(
    batch: Batch, dosings: Sequence[Dosing], dispenses: Sequence[Dispense | None]
) -> tuple[tuple[Array, Array], tuple[Array, Array], tuple[Array, Array]]:
    """Start of the dosing bounds, start of the dispense's validity, end of the dosing bounds."""
    bounds = [dosing.bounds for dosing in dosings]
    valid = [held.validityPeriod if held is not None else None for held in dispenses]
    path = "dosageInstruction.timing.repeat.boundsPeriod"
    starts = batch.dated([held.start if held else "" for held in bounds], f"{path}.start")
    valid_from = batch.dated(
        [held.start if held else "" for held in valid], "dispenseRequest.validityPeriod.start"
    )
    ends = batch.dated([held.end if held else "" for held in bounds], f"{path}.end")
    no_end = ends[1] == END_OF_TIME
    return starts, valid_from, (np.where(no_end, END_OF_TIME, ends[0]), ends[1])


def _first_known(*choices: tuple[Array, Array]) -> tuple[Array, Array]:
    """Row by row the first interval that says anything."""
    lo, hi = choices[-1]
    for earlier in reversed(choices[:-1]):
        told = (earlier[0] > BEGINNING) | (earlier[1] < END_OF_TIME)
        lo, hi = np.where(told, earlier[0], lo), np.where(told, earlier[1], hi)
    return lo, hi


def _columns(batch: Batch, channel: str, exposure: _Exposure) -> dict[str, Array]:
    count = len(batch)
    concept = batch.concepts("medicationCodeableConcept")
    columns: dict[str, Array] = {
        "concept": np.zeros(count, dtype=np.int32) if concept is None else concept,
        **exposure.times.columns(),
        **status_columns(batch),
        **encounter_keys(batch),
        "channel": np.full(count, batch.vocabulary.words[channel], dtype=np.int16),
        "period_known": exposure.known,
    }
    if exposure.days is not None and not np.isnan(exposure.days).all():
        columns["days_supplied"] = exposure.days
    return optional(
        columns,
        category=batch.concepts("category"),
        reason=batch.concepts("reasonCode") if "reasonCode" in batch.rows[0].__struct_fields__ else None,
    )


def _emission(batch: Batch, columns: dict[str, Array], dosings: Sequence[Dosing]) -> Emission:
    _dose_columns(batch, columns, dosings)
    related = []
    if "reasonReference" in batch.rows[0].__struct_fields__:
        related = links(batch, "reasonReference", "Condition", "reason")
    return Emission([Rows(Kind.MEDICATION, columns)], related, medications=_by_reference(batch, columns))


def _dose_columns(batch: Batch, columns: dict[str, Array], dosings: Sequence[Dosing]) -> None:
    """Route and dose per day, worked out once for each distinct dosing."""
    distinct = {id(dosing): dosing for dosing in dosings}
    if distinct.keys() == {id(NO_DOSING)}:
        return
    at = {key: i for i, key in enumerate(distinct)}
    rows = np.fromiter((at[id(dosing)] for dosing in dosings), dtype=np.intp, count=len(dosings))
    routes = [batch.vocabulary.concepts[dosing.route] for dosing in distinct.values()]
    doses = [_dose_per_day(batch, dosing) for dosing in distinct.values()]
    if any(routes):
        columns["route"] = np.array(routes, dtype=np.int32)[rows]
    if any(dimension >= 0 for _, dimension in doses):
        columns["dose_per_day"] = np.array([dose for dose, _ in doses])[rows]
        columns["dose_unit"] = np.array([dimension for _, dimension in doses], dtype=np.int16)[rows]


def _dose_per_day(batch: Batch, dosing: Dosing) -> tuple[float, int]:
    """Dose per day in the canonical unit, and its dimension; NaN and -1 where it is not told simply."""
    dose = dosing.dose
    if dose is None or dose.value is None or dose.comparator or dosing.per_day is None:
        return math.nan, -1
    unit = batch.vocabulary.units[dose.code, dose.unit, dose.system, ""]
    if unit.dimension < 0:
        return math.nan, -1
    return convert_one(dose.value, unit) * float(dosing.per_day), unit.dimension


def _by_reference(batch: Batch, columns: dict[str, Array]) -> list[tuple[int, str]]:
    """Rows whose drug is another record: contained ones are read now, the others at the end."""
    wanted: list[tuple[int, str]] = []
    within: dict[int, str] = {}
    for row, reference in batch.decoded("medicationReference", _reference):
        if reference.reference.startswith("#"):
            within[row] = reference.reference[1:]
        else:
            wanted.append((row, batch.references.name(reference.reference, "Medication")))
    if not wanted and not within:
        return []
    columns["concept"] = columns["concept"].copy()
    if within:
        held = dict(batch.decoded("contained", decode_contained))
        for row, identifier in within.items():
            concept, elsewhere = concept_within(identifier, held.get(row, {}), batch.vocabulary)
            columns["concept"][row] = concept
            names = [batch.references.name(reference, "Medication") for reference in elsewhere]
            wanted += [(row, name) for name in names or ([] if concept else [""])]
    return wanted
