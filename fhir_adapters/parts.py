"""Lists within records whose items become rows of their own: the components of an Observation."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Raw, Struct

from fhir_adapters.record import ABSENT

# ruff: noqa: N815  (element names are FHIR's)

MOST_PARTS = 4  # of one record that are read by its shape


class Component(Struct, gc=False):
    code: Raw = ABSENT
    valueQuantity: Raw = ABSENT
    valueCodeableConcept: Raw = ABSENT
    valueString: Raw = ABSENT
    valueBoolean: Raw = ABSENT
    valueInteger: Raw = ABSENT
    valueDecimal: Raw = ABSENT
    valueRange: Raw = ABSENT
    valueRatio: Raw = ABSENT
    valueTime: Raw = ABSENT
    valueDateTime: Raw = ABSENT
    valuePeriod: Raw = ABSENT
    valueSampledData: Raw = ABSENT
    dataAbsentReason: Raw = ABSENT
    interpretation: Raw = ABSENT
    referenceRange: Raw = ABSENT


# Type -> element -> what its items are read as.
PARTS: Mapping[str, Mapping[str, type[Struct]]] = {"Observation": {"component": Component}}
