"""Dosages and supplies: doses per day, dose, stated period, days supplied.

Follows RULES 1.5 of the reference measures: only a single dosage with a single dose counts; the
divisor of a period in months is 30 days, of one in years 365.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import astuple

from fhir_adapters.records import ABSENT, Period, Quantity

# ruff: noqa: N815  (element names are FHIR's)

# Doses per day of "once per 1 unit", as (numerator, denominator of the period).
_PER_DAY = {
    "s": Decimal(86_400), "min": Decimal(1_440), "h": Decimal(24), "d": Decimal(1),
}  # fmt: skip
_DAYS = {
    "d": Decimal(1), "day": Decimal(1), "days": Decimal(1), "d.": Decimal(1),
    "wk": Decimal(7), "week": Decimal(7), "weeks": Decimal(7),
    "mo": Decimal(30), "month": Decimal(30), "months": Decimal(30),
    "a": Decimal(365), "year": Decimal(365), "years": Decimal(365),
    "h": Decimal(1) / 24, "min": Decimal(1) / 1_440, "s": Decimal(1) / 86_400,
}  # fmt: skip
_TROUBLE = (DivisionByZero, InvalidOperation, Overflow, ZeroDivisionError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No supply lasts longer than a life.
_LONGEST = 150 * 366


class Range(Struct, gc=False):
    low: Quantity | None = None
    high: Quantity | None = None


class Repeat(Struct, gc=False):
    boundsPeriod: Period | None = None
    frequency: float | None = None
    frequencyMax: float | None = None
    period: float | None = None
    periodUnit: str = ""
    timeOfDay: list[str] = []
    # That they are there is all that is asked of these.
    dayOfWeek: Raw = ABSENT
    periodMax: Raw = ABSENT
    count: Raw = ABSENT


class Timing(Struct, gc=False):
    event: list[str] = []
    repeat: Repeat | None = None


class DoseAndRate(Struct, gc=False):
    doseQuantity: Quantity | None = None
    doseRange: Range | None = None


class Dosage(Struct, gc=False):
    timing: Timing | None = None
    route: Raw = ABSENT
    doseAndRate: list[DoseAndRate] = []
    doseQuantity: Quantity | None = None  # before R4
    maxDosePerPeriod: Raw = ABSENT
    asNeededBoolean: Raw = ABSENT
    asNeededCodeableConcept: Raw = ABSENT
    asNeeded: Raw = ABSENT  # from R5 on
    asNeededFor: Raw = ABSENT


class Dispense(Struct, gc=False):
    validityPeriod: Period | None = None
    numberOfRepeatsAllowed: int = 0
    quantity: Quantity | None = None
    expectedSupplyDuration: Quantity | None = None


decode_dosages = msgspec.json.Decoder(list[Dosage]).decode
decode_dispense = msgspec.json.Decoder(Dispense).decode


@dataclass(frozen=True, slots=True)
class Dosing:
    """What a list of dosages says when it says one thing."""

    bounds: Period | None = None
    per_day: Decimal | None = None
    dose: Quantity | None = None  # of each time, where that and how often is told exactly; else None
    dose_high: Quantity | None = None  # what supply is divided by
    route: bytes = b""
    resumed_until: str = ""  # end of what follows the bounds after a gap


NO_DOSING = Dosing()


def dosing_of(dosages: list[Dosage]) -> Dosing:
    """The only dosage's parts; of several no more than the period they make up together."""
    if len(dosages) != 1:
        bounds, resumed = bounds_of(dosages)
        return NO_DOSING if bounds is None else Dosing(bounds=bounds, resumed_until=resumed)
    dosage = dosages[0]
    repeat = dosage.timing.repeat if dosage.timing else None
    dose = high = None
    if len(dosage.doseAndRate) == 1:
        dose = dosage.doseAndRate[0].doseQuantity
        span = dosage.doseAndRate[0].doseRange
        high = span.high if span is not None and span.high is not None else dose
    elif not dosage.doseAndRate:
        dose = high = dosage.doseQuantity
    return Dosing(
        bounds=bounds_of(dosages)[0],
        per_day=_per_day(repeat) if repeat else None,
        dose=dose if _is_exact(dosage, repeat) else None,
        dose_high=high,
        route=bytes(dosage.route),
    )


def _is_exact(dosage: Dosage, repeat: Repeat | None) -> bool:
    """Whether each day has the same doses: not as needed, on some days of the week, or between two rates."""
    limits = (dosage.maxDosePerPeriod, dosage.asNeededCodeableConcept, dosage.asNeededFor)
    if any(_is_given(one) for one in limits) or b"true" in (
        bytes(dosage.asNeededBoolean),
        bytes(dosage.asNeeded),
    ):
        return False
    if repeat is None:
        return True
    if any(_is_given(one) for one in (repeat.dayOfWeek, repeat.periodMax, repeat.count)):
        return False
    return repeat.frequencyMax is None or repeat.frequencyMax == repeat.frequency


def _is_given(raw: Raw) -> bool:
    return bytes(raw) not in (b"", b"null", b"[]")


def bounds_of(dosages: list[Dosage]) -> tuple[Period | None, str]:
    """The period that dosages state, and until when they go on after a gap ("" where there is none).

    Days named one by one (`timing.event`) state a period, too. One dosage without a period: none.
    """
    spans = [_stated(dosage) for dosage in dosages]
    told = [span for span in spans if span is not None]
    if not told or len(told) != len(spans):
        return None, ""
    if len(told) == 1:
        return told[0], ""
    dates = [(_day(span.start), _day(span.end), span) for span in told]
    if any(first is None or last is None for first, last, _ in dates):
        return None, ""
    ordered = sorted(dates, key=lambda held: (held[0] or _EPOCH, held[1] or _EPOCH))
    _, reach, until = ordered[0]
    gap = False
    for first, last, span in ordered[1:]:
        gap = gap or (first or _EPOCH) > (reach or _EPOCH)
        if not gap and (last or _EPOCH) > (reach or _EPOCH):
            reach, until = last, span
    latest = max(ordered, key=lambda held: held[1] or _EPOCH)[2]
    return Period(start=ordered[0][2].start, end=until.end), latest.end if gap else ""


def _stated(dosage: Dosage) -> Period | None:
    timing = dosage.timing
    if timing is None:
        return None
    if timing.event:
        days = {text: _day(text) for text in timing.event}
        if None in days.values():
            return None
        ordered = sorted(timing.event, key=lambda text: days[text] or _EPOCH)
        return Period(start=ordered[0], end=ordered[-1])
    return timing.repeat.boundsPeriod if timing.repeat else None


def _day(text: str) -> datetime | None:
    """A date of the record for putting in order; None where it is partial or no date."""
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        return None
    return day if day.tzinfo is not None else day.replace(tzinfo=UTC)


def _per_day(repeat: Repeat) -> Decimal | None:
    """Doses per day; None where the timing does not say."""
    frequency = repeat.frequencyMax or repeat.frequency
    if frequency is None or repeat.period is None:
        return Decimal(len(repeat.timeOfDay)) if repeat.timeOfDay else None
    try:
        period = Decimal(repr(repeat.period))
        if repeat.periodUnit in _PER_DAY:
            return Decimal(repr(frequency)) * _PER_DAY[repeat.periodUnit] / period
        if repeat.periodUnit in ("wk", "mo", "a"):
            return Decimal(repr(frequency)) / (_DAYS[repeat.periodUnit] * period)
    except _TROUBLE:
        return None
    return None


def in_days(duration: Quantity | None) -> Decimal | None:
    """A duration in days; None where it has no number or no unit of time."""
    if duration is None or duration.value is None or duration.comparator:
        return None
    factor = _DAYS.get(duration.code or duration.unit.lower())
    if factor is None and duration.unit:
        factor = _DAYS.get(duration.unit.lower())
    return None if factor is None else Decimal(repr(duration.value)) * factor


class Supplies:
    """Days of supply, worked out once for all records of a batch that say the same."""

    def __init__(self) -> None:
        # Dosings are told apart by identity; those of one batch live as long as this.
        self._known: dict[tuple[object, object, int, int], float | None] = {}

    def days(
        self, duration: Quantity | None, quantity: Quantity | None, dosing: Dosing, repeats: int
    ) -> float | None:
        """`days_supplied` of one record."""
        key = duration and astuple(duration), quantity and astuple(quantity), id(dosing), repeats
        if key not in self._known:
            self._known[key] = days_supplied(duration, quantity, dosing, repeats)
        return self._known[key]


def days_supplied(
    duration: Quantity | None, quantity: Quantity | None, dosing: Dosing, repeats: int
) -> float | None:
    """Days that a supply lasts: as told, else quantity ÷ (dose × doses per day); times the fills."""
    days = in_days(duration)
    if days is None:
        days = _from_quantity(quantity, dosing)
    if days is None:
        return None
    total = float(days * (1 + max(repeats, 0)))
    return total if 0 < total <= _LONGEST else None


def _from_quantity(quantity: Quantity | None, dosing: Dosing) -> Decimal | None:
    dose = dosing.dose_high
    if quantity is None or quantity.value is None or dose is None or dose.value is None:
        return None
    if dosing.per_day is None or quantity.comparator or dose.comparator:
        return None
    written, dosed = quantity.code or quantity.unit, dose.code or dose.unit
    if written and dosed and written != dosed:
        return None  # 30 tablets of 500 mg each: the strength is not known here
    try:
        return Decimal(repr(quantity.value)) / (Decimal(repr(dose.value)) * dosing.per_day)
    except _TROUBLE:
        return None
