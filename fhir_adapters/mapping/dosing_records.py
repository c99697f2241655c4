"""Dosages and dispenses as FHIR writes them, as far as they are read."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from fhir_adapters.records import ABSENT, Period, Quantity

# ruff: noqa: N815  (element names are FHIR's)


class Range(Struct, gc=False):
    low: Quantity | None = None
    high: Quantity | None = None


class Repeat(Struct, gc=False):
    boundsPeriod: Period | None = None
    boundsDuration: Raw = ABSENT
    boundsRange: Raw = ABSENT
    frequency: float | None = None
    frequencyMax: float | None = None
    period: float | None = None
    periodUnit: str = ""
    timeOfDay: list[str] = []
    when: list[str] | str | None = None  # one word in older files
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
    sequence: Raw = ABSENT
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
