"""MedicationRequest, -Statement, -Administration and -Dispense → MEDICATION rows, told apart by channel.

The exposure interval is the careful one of DESIGN. What supply or dosing period says is certain;
an order still active after it may run on. What was stopped is certain on its first day only: it ended
at some moment between its start and the last change of its record, and no later than was planned. What
was completed by a record older than its planned end may have ended on any day until then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeVar

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from eligibility.facts import Array, Kind
from eligibility.instants import BEGINNING, DAY, END_OF_TIME, floor_day
from fhir_adapters.batch import Batch
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.mapping.common import encounter_keys, flagged, optional, status_columns, worst
from fhir_adapters.mapping.courses import with_courses
from fhir_adapters.mapping.dosage import (
    NO_DOSING,
    Dosing,
    Supplies,
    days_supplied,
    dosing_of,
)
from fhir_adapters.mapping.dosing_records import Dispense, decode_dispense, decode_dosages
from fhir_adapters.mapping.drugs import concept_within, decode_contained
from fhir_adapters.mapping.events import links, recorded_columns
from fhir_adapters.mapping.intents import intent_standing
from fhir_adapters.mapping.notdone import not_done_columns
from fhir_adapters.records import Quantity
from fhir_adapters.references import Reference
from fhir_adapters.times import Times, instant_or_period

# Statuses that say that the drug may still be taken.
_RUNNING = frozenset({"active", "on-hold", "in-progress", "intended", ""})


_reference = msgspec.json.Decoder(Reference).decode
_quantity = msgspec.json.Decoder(Quantity).decode
# A single dosage (administrations) has its dose under another name.


class Given(Struct, gc=False):
    route: msgspec.Raw = msgspec.Raw(b"")


_given = msgspec.json.Decoder(Given).decode
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Each(Generic[V]):
    """What each record of a batch has of something, where few values are told many times."""

    values: Sequence[V]
    which: NDArray[np.int64]  # record i has values[which[i]]

    def rows(self) -> list[V]:
        """One value for each record."""
        return [self.values[i] for i in self.which.tolist()]


def medication_request(batch: Batch) -> Emission:
    """Rows of a batch of MedicationRequests."""
    dosings = _dosings(batch, "dosageInstruction")
    dispenses = _Each(*batch.read_once("dispenseRequest", decode_dispense, None))
    starts, valid_from, bound_ends = _request_dates(batch, dosings, dispenses)
    start = _first_known(starts, batch.dates_of("authoredOn"), valid_from)
    courses = [dosing.course for dosing in dosings.values]
    bound_ends = with_courses(courses, dosings.which, start, bound_ends)
    exposure = _Exposure(
        batch,
        start,
        _days(dosings, dispenses),
        bound_ends,
        filled=_days(dosings, dispenses, once=True),
        as_needed=_as_needed(dosings),
    )
    columns = _columns(batch, "ordered", exposure)
    columns["intent"] = batch.words("intent")
    columns.update(recorded_columns(batch, "authoredOn"))
    columns["standing"] = worst(
        columns["standing"],
        intent_standing(batch),
        flagged(batch.plain("doNotPerform")),
    )
    return _emission(batch, columns, dosings)


def medication_statement(batch: Batch) -> Emission:
    """Rows of a batch of MedicationStatements."""
    dosings = _dosings(batch, "dosage")
    times = instant_or_period(batch, "effectiveDateTime", "effectivePeriod")
    asserted = batch.dates_of("dateAsserted")
    exposure = _told(batch, times, asserted)
    columns = _columns(batch, "stated", exposure)
    columns.update(recorded_columns(batch, "dateAsserted"))
    return _emission(batch, columns, dosings)


def medication_administration(batch: Batch) -> Emission:
    """Rows of a batch of MedicationAdministrations: given then, and no longer."""
    times = instant_or_period(batch, "effectiveDateTime", "effectivePeriod")
    known = (times.end_hi < END_OF_TIME).astype(np.uint8)
    exposure = _Exposure.of_times(times, known)
    columns = _columns(batch, "administered", exposure)
    dosings = _Each(*batch.read_once("dosage", _read_given, NO_DOSING))
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
            for supply, quantity, dosing in zip(supplies, quantities, dosings.rows(), strict=True)
        ],
        dtype=np.float64,
    )
    nothing = np.full(len(batch), END_OF_TIME, dtype=np.int64)
    exposure = _Exposure(
        batch, start, days, (nothing, nothing), filled=days, as_needed=_as_needed(dosings), may_run_on=False
    )
    return _emission(batch, _columns(batch, "dispensed", exposure), dosings)


def _as_needed(dosings: _Each[Dosing]) -> Array:
    needed: Array = np.array([dosing.as_needed for dosing in dosings.values], dtype=np.bool_)[dosings.which]
    return needed


class _Exposure:
    """Start, end and supply of each record.

    `filled` are the days of the first fill: refills are allowed, and nobody says here that they took place.
    What is taken `as_needed` surely lasts for its first day alone, as a drug without an end does.
    """

    def __init__(
        self,
        batch: Batch,
        start: tuple[Array, Array],
        days: NDArray[np.float64],
        bound_ends: tuple[Array, Array],
        *,
        filled: NDArray[np.float64],
        as_needed: Array,
        may_run_on: bool = True,
    ) -> None:
        running, active = batch.among(batch.plain("status"), _RUNNING, ("active",))
        start_lo, start_hi = start
        dated = (start_lo > BEGINNING) & (start_hi < END_OF_TIME)
        supplied = dated & ~np.isnan(days)
        last, last_sure = (
            (np.where(supplied, each, 1.0) - 1.0).astype(np.int64) * DAY + DAY - 1 for each in (days, filled)
        )
        bounded = dated & ~supplied & (bound_ends[0] < END_OF_TIME)
        end_lo = np.where(supplied, floor_day(start_lo) + last_sure, bound_ends[0])
        end_hi = np.where(supplied, floor_day(start_hi) + last, bound_ends[1])
        known = supplied | bounded
        own_day = np.where(dated, floor_day(start_lo) + DAY - 1, start_lo)
        end_lo = np.where(known & as_needed, np.minimum(own_day, end_lo), end_lo)
        open_end = ~known
        # Not known to end: certain on the first day at most; where it stopped, until the record changed.
        end_lo = np.where(open_end, np.where(running & dated, own_day, start_lo), end_lo)
        end_hi = np.where(open_end, END_OF_TIME, end_hi)
        stopped = open_end & ~running
        if stopped.any():
            end_hi = np.where(stopped, _stopped(batch, stopped, start_hi), end_hi)
        if may_run_on:
            end_hi = np.where(known & active, END_OF_TIME, end_hi)
            # A dispense is completed when it is handed over; a request, when nothing of it is left to do.
            end_lo = _closed_early(batch, known, start_lo, end_lo, None)
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


def _told(batch: Batch, times: Times, asserted: tuple[Array, Array]) -> _Exposure:
    """A statement: its own period; still taken where active, certain up to when that was said."""
    (running,) = batch.among(batch.plain("status"), ("active",))
    known = times.end_hi < END_OF_TIME
    spans = np.zeros(len(batch), dtype=np.bool_)
    for row, _ in batch.given("effectivePeriod"):
        spans[row] = True
    instant = known & ~spans
    dated = times.start_lo > BEGINNING
    sure = np.where(dated, floor_day(times.start_lo) + DAY - 1, times.end_lo)
    sure = np.where((asserted[0] > BEGINNING) & dated, np.maximum(sure, asserted[0]), sure)
    runs_on = running & (instant | ~known) & dated
    end_lo = np.where(runs_on, sure, times.end_lo)
    end_hi = np.where(runs_on, END_OF_TIME, times.end_hi)
    end_lo = _closed_early(batch, known & spans, times.start_lo, end_lo, asserted)
    end_lo, end_hi = _cut_short(batch, known & spans, (times.start_lo, times.start_hi), (end_lo, end_hi))
    made = Times(times.start_lo, times.start_hi, end_lo, end_hi)
    return _Exposure.of_times(made, (known & spans).astype(np.uint8))


def _closed_early(
    batch: Batch, planned: Array, start_lo: Array, end_lo: Array, asserted: tuple[Array, Array] | None
) -> Array:
    """Earliest ends; of what was completed by a record older than the planned end's day, its first day.

    What ended before it was to end ended on some day that nobody told; or all was done early that the record
    asks for, and the drug went on as planned.
    """
    (completed,) = batch.among(batch.plain("status"), ("completed",))
    rows = np.flatnonzero(completed & planned.astype(np.bool_))
    if not len(rows):
        return end_lo
    last_day = floor_day(end_lo[rows])
    changed = batch.updated(rows)
    early = (changed >= 0) & (changed < last_day)
    if asserted is not None:
        early |= (asserted[1][rows] < END_OF_TIME) & (asserted[1][rows] < last_day)
    rows = rows[early]
    if not len(rows):
        return end_lo
    first_day = np.where(start_lo[rows] > BEGINNING, floor_day(start_lo[rows]) + DAY - 1, BEGINNING)
    result = end_lo.copy()
    result[rows] = np.minimum(first_day, end_lo[rows])
    return result


def _cut_short(
    batch: Batch, planned: Array, start: tuple[Array, Array], end: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Ends of the records that were stopped though they had a planned end: perhaps long before it."""
    (stopped,) = batch.among(batch.plain("status"), ("stopped",))
    stopped = stopped & planned.astype(np.bool_)
    if not stopped.any():
        return end
    latest = np.minimum(end[1], _stopped(batch, stopped, start[1]))
    first_day = np.where(start[0] > BEGINNING, floor_day(start[0]) + DAY - 1, BEGINNING)
    earliest = np.minimum(np.minimum(first_day, end[0]), latest)
    return np.where(stopped, earliest, end[0]), np.where(stopped, latest, end[1])


def _stopped(batch: Batch, stopped: Array, start_hi: Array) -> Array:
    """Latest moment at which each of the `stopped` records was stopped: its last change."""
    latest = np.full(len(batch), END_OF_TIME, dtype=np.int64)
    rows = np.flatnonzero(stopped)
    changed = batch.updated(rows)
    latest[rows] = np.where(changed >= 0, np.maximum(changed, start_hi[rows]), END_OF_TIME)
    return latest


def _dosings(batch: Batch, name: str) -> _Each[Dosing]:
    memo = batch.vocabulary.memo("dosage", _read_dosing)
    return _Each(*batch.read_once(name, memo.__getitem__, NO_DOSING))


def _read_dosing(raw: bytes) -> Dosing:
    return dosing_of(decode_dosages(raw))


def _read_given(raw: bytes) -> Dosing:
    return Dosing(route=bytes(_given(raw).route))


def _request_dates(
    batch: Batch, dosings: _Each[Dosing], dispenses: _Each[Dispense | None]
) -> tuple[tuple[Array, Array], tuple[Array, Array], tuple[Array, Array]]:
    """Start of the dosing bounds, start of the dispense's validity, end of the dosing bounds."""
    bounds = [dosing.bounds for dosing in dosings.values]
    valid = [held.validityPeriod if held is not None else None for held in dispenses.values]
    path = "dosageInstruction.timing.repeat.boundsPeriod"
    starts = batch.dated_once([held.start if held else "" for held in bounds], dosings.which, f"{path}.start")
    valid_from = batch.dated_once(
        [held.start if held else "" for held in valid],
        dispenses.which,
        "dispenseRequest.validityPeriod.start",
    )
    ends = batch.dated_once([held.end if held else "" for held in bounds], dosings.which, f"{path}.end")
    resumed = [dosing.resumed_until for dosing in dosings.values]
    if any(resumed):
        until = batch.dated_once(resumed, dosings.which, f"{path}.end")[1]
        ends = ends[0], np.where(until < END_OF_TIME, until, ends[1])
    no_end = ends[1] == END_OF_TIME
    return starts, valid_from, (np.where(no_end, END_OF_TIME, ends[0]), ends[1])


def _days(
    dosings: _Each[Dosing], dispenses: _Each[Dispense | None], *, once: bool = False
) -> NDArray[np.float64]:
    """Days of supply, worked out once for each dispense request with its dosing; NaN where unknown.

    `once`: of the first fill, without the refills that are allowed.
    """
    count = len(dosings.values)
    pairs, which = np.unique(dispenses.which * count + dosings.which, return_inverse=True)
    days: list[float | None] = []
    for pair in pairs.tolist():
        held, dosing = dispenses.values[pair // count], dosings.values[pair % count]
        days.append(
            days_supplied(
                held.expectedSupplyDuration,
                held.quantity,
                dosing,
                0 if once else held.numberOfRepeatsAllowed,
            )
            if held is not None
            else None
        )
    found: NDArray[np.float64] = np.array(days, dtype=np.float64)[which]
    return found


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
        **not_done_columns(batch),
    }
    if exposure.days is not None and not np.isnan(exposure.days).all():
        columns["days_supplied"] = exposure.days
    return optional(
        columns,
        category=batch.concepts("category"),
        reason=batch.concepts("reasonCode") if "reasonCode" in batch.record.__struct_fields__ else None,
    )


def _emission(batch: Batch, columns: dict[str, Array], dosings: _Each[Dosing]) -> Emission:
    _dose_columns(batch, columns, dosings)
    related = []
    if "reasonReference" in batch.record.__struct_fields__:
        related = links(batch, "reasonReference", "Condition", "reason")
    return Emission([Rows(Kind.MEDICATION, columns)], related, medications=_by_reference(batch, columns))


def _dose_columns(batch: Batch, columns: dict[str, Array], dosings: _Each[Dosing]) -> None:
    """Route and dose per day, worked out once for each distinct dosing."""
    rows = dosings.which
    routes = [batch.vocabulary.concepts[dosing.route] for dosing in dosings.values]
    doses = [_dose_per_day(batch, dosing) for dosing in dosings.values]
    if any(routes):
        columns["route"] = np.array(routes, dtype=np.int32)[rows]
    if any(dimension >= 0 for _, dimension in doses):
        columns["dose_per_day"] = np.array([dose for dose, _ in doses])[rows]
        columns["dose_unit"] = np.array([dimension for _, dimension in doses], dtype=np.int16)[rows]


def _dose_per_day(batch: Batch, dosing: Dosing) -> tuple[float, int]:
    """Dose per day in the canonical unit, and its dimension; NaN and -1 where it is not told simply."""
    total, dimensions = Fraction(0), set()
    for dose, per_day in dosing.daily:
        unit = batch.vocabulary.units[dose.code, dose.unit, dose.system, ""]
        dimensions.add(unit.dimension)
        if dose.value is None or dose.value < 0 or dose.comparator or unit.dimension < 0:
            return math.nan, -1
        if unit.unit is not None and unit.unit.shift:
            return math.nan, -1
        # Rounded once, so that 0.3 g thrice are 900 mg.
        amount = Fraction(Decimal(repr(dose.value)) * per_day)
        total += amount if unit.unit is None else amount * unit.unit.ratio
    if len(dimensions) != 1:
        return math.nan, -1
    try:
        return float(total), dimensions.pop()
    except OverflowError:
        return math.nan, -1


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
