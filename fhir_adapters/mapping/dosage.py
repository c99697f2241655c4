"""Dosages and supplies: doses per day, dose, stated period, days supplied.

Supplies follow RULES 1.5 of the reference measures: only a single dosage with a single dose counts; the
divisor of a period in months is 30 days, of one in years 365. The dose of a day is also that of several
dosages that surely are concurrent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow

from msgspec import Raw
from msgspec.structs import astuple

from fhir_adapters.mapping.concurrent_doses import are_concurrent
from fhir_adapters.mapping.courses import Course, course_of
from fhir_adapters.mapping.days_of_week import days_agree
from fhir_adapters.mapping.dosing_records import Dosage, Repeat
from fhir_adapters.mapping.times_of_day import times_agree
from fhir_adapters.records import Period, Quantity

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


Daily = tuple[Quantity, Decimal]


@dataclass(frozen=True, slots=True)
class Dosing:
    """What a list of dosages says when it says one thing."""

    bounds: Period | None = None
    per_day: Decimal | None = None
    # What a day's doses add up to: each dose with its times a day. Empty where that is not told exactly.
    daily: tuple[Daily, ...] = ()
    dose_high: Quantity | None = None  # what supply is divided by
    route: bytes = b""
    resumed_until: str = ""  # end of what follows the bounds after a gap
    course: Course | None = None  # its length, where the bounds are one
    as_needed: bool = False


NO_DOSING = Dosing()


def dosing_of(dosages: list[Dosage]) -> Dosing:
    """The only dosage's parts; of several the period they make up together, and concurrent doses."""
    if len(dosages) != 1:
        bounds, resumed = bounds_of(dosages)
        return Dosing(
            bounds=bounds,
            resumed_until=resumed,
            daily=_daily(dosages),
            route=_route(dosages),
            as_needed=any(map(is_as_needed, dosages)),
        )
    dosage = dosages[0]
    repeat = dosage.timing.repeat if dosage.timing else None
    high = _dose(dosage)
    if len(dosage.doseAndRate) == 1:
        span = dosage.doseAndRate[0].doseRange
        high = span.high if span is not None and span.high is not None else high
    return Dosing(
        bounds=bounds_of(dosages)[0],
        per_day=_per_day(repeat) if repeat and times_agree(repeat) else None,
        daily=_daily(dosages),
        dose_high=high,
        route=bytes(dosage.route),
        course=course_of(dosages),
        as_needed=is_as_needed(dosage),
    )


def _daily(dosages: list[Dosage]) -> tuple[Daily, ...]:
    """Doses and their times a day; empty where one of them is not told, or they may not go together."""
    found = []
    for dosage in dosages:
        repeat = dosage.timing.repeat if dosage.timing else None
        dose, per_day = _dose(dosage), _per_day(repeat) if repeat else None
        if dose is None or per_day is None or not _is_exact(dosage, repeat):
            return ()
        found.append((dose, per_day))
    return tuple(found) if len(found) == 1 or are_concurrent(dosages) else ()


def _dose(dosage: Dosage) -> Quantity | None:
    """The one dose of each time."""
    if not dosage.doseAndRate:
        return dosage.doseQuantity
    return dosage.doseAndRate[0].doseQuantity if len(dosage.doseAndRate) == 1 else None


def _route(dosages: list[Dosage]) -> bytes:
    """The route that all dosages name."""
    routes = {bytes(dosage.route) for dosage in dosages}
    return routes.pop() if len(routes) == 1 else b""


def _is_exact(dosage: Dosage, repeat: Repeat | None) -> bool:
    """Whether so much is taken, no more and no less: not as needed, on open days, or between two rates."""
    if _is_given(dosage.maxDosePerPeriod) or is_as_needed(dosage):
        return False
    if repeat is None:
        return True
    if any(_is_given(one) for one in (repeat.periodMax, repeat.count)):
        return False
    if not times_agree(repeat) or not days_agree(repeat):
        return False
    return repeat.frequencyMax is None or repeat.frequencyMax == repeat.frequency


def is_as_needed(dosage: Dosage) -> bool:
    """Whether a dose is taken when there is a need alone, perhaps never."""
    reasons = dosage.asNeededCodeableConcept, dosage.asNeededFor
    return any(map(_is_given, reasons)) or b"true" in (bytes(dosage.asNeededBoolean), bytes(dosage.asNeeded))


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
