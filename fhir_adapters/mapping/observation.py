"""Observation → OBSERVATION rows: the record itself, and one row for each of its components."""

from __future__ import annotations

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from eligibility.facts import Array, Kind, ValueState
from fhir_adapters.batch import READ_ERRORS, Batch
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.mapping.common import codes, encounter_keys, optional, status_columns
from fhir_adapters.mapping.events import recorded_columns
from fhir_adapters.mapping.notdone import not_done_columns
from fhir_adapters.mapping.ranges import Later, ranges_later, reference_ranges
from fhir_adapters.parts import Component
from fhir_adapters.quantities import Values
from fhir_adapters.records import Quantity
from fhir_adapters.rejects import BadRowsError
from fhir_adapters.row_batch import RowBatch
from fhir_adapters.times import Times, bound_by_record, instant_or_period

# Booleans as coded values: FHIR has no codes for them, so these stand by themselves.
BOOLEAN = "boolean"


class Range(Struct, gc=False):
    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Struct, gc=False):
    numerator: Quantity | None = None
    denominator: Quantity | None = None


_quantity = msgspec.json.Decoder(Quantity).decode
_components = msgspec.json.Decoder(list[Component]).decode
_range = msgspec.json.Decoder(Range).decode
_ratio = msgspec.json.Decoder(Ratio).decode
_number = msgspec.json.Decoder(float).decode
_boolean = msgspec.json.Decoder(bool).decode
_TEXT_SHAPES = ("valueTime", "valueDateTime", "valuePeriod", "valueSampledData")


def observation(batch: Batch) -> Emission:
    """Rows of a batch of Observations."""
    written = recorded_columns(batch, "issued")
    times = _times(batch, written.get("recorded"))
    columns: dict[str, Array] = {
        "concept": codes(batch),
        **times.columns(),
        **status_columns(batch),
        **encounter_keys(batch),
        **written,
        **not_done_columns(batch),
    }
    optional(
        columns,
        category=batch.concepts("category"),
        body_site=batch.concepts("bodySite"),
        method=batch.concepts("method"),
    )
    columns.update(values_of(batch))
    rows = [Rows(Kind.OBSERVATION, columns)]
    later = ranges_later(batch, columns)
    parts = _component_rows(batch, columns)
    if parts is not None:
        rows.append(parts[0])
        later += parts[1]
    return Emission(rows, at_the_end=later)


def _times(batch: Batch, recorded_hi: Array | None) -> Times:
    """Effective time, bounded by `issued` where the record gives none."""
    times = instant_or_period(batch, "effectiveDateTime", "effectivePeriod")
    if batch.has("effectiveInstant"):
        times.own()
        for row, text in batch.decoded("effectiveInstant", msgspec.json.Decoder(str).decode):
            at = batch.date(text, row, "effectiveInstant")
            times.set(row, at, at)
    if recorded_hi is not None:
        bound_by_record(times, recorded_hi)
    return times


def _component_rows(batch: Batch, parent: dict[str, Array]) -> tuple[Rows, list[Later]] | None:
    """One row per component: the parent's time, status and encounter; its own code and value."""
    held = batch.parts("component") or _decoded_parts(batch)
    if held is None:
        return None
    inner, record = held
    place = np.arange(len(record)) - np.searchsorted(record, record)
    words = [batch.vocabulary.words[f"Observation.component[{i}]"] for i in range(int(place.max()) + 1)]
    try:
        columns: dict[str, Array] = {
            name: parent[name][record]
            for name in (
                "start_lo", "start_hi", "end_lo", "end_hi", "status", "standing",
                "encounter_key", "recorded_lo", "recorded", "category",
            )
            if name in parent
        }  # fmt: skip
        columns["concept"] = codes(inner)
        columns["path"] = np.array(words, dtype=np.int16)[place]
        columns.update(values_of(inner))
    except BadRowsError as bad:
        raise BadRowsError({int(record[row]): problem for row, problem in bad.problems.items()}) from None
    return Rows(Kind.OBSERVATION, columns, record), ranges_later(inner, columns)


def _decoded_parts(batch: Batch) -> tuple[Batch, NDArray[np.int64]] | None:
    """The components of all records and the row of each; None where there are none."""
    given = batch.decoded("component", _components)
    parts = [part for _, components in given for part in components]
    if not parts:
        return None
    counts = [len(components) for _, components in given]
    record = np.repeat(np.array([row for row, _ in given], dtype=np.int64), counts)
    return RowBatch(parts, batch.vocabulary, batch.references, batch.zone), record


def values_of(batch: Batch) -> dict[str, Array]:
    """Value, absence reason, interpretation and reference range of Observations or their components."""
    values = Values(len(batch), batch.vocabulary)
    _set_quantities(batch, values)
    _set_coded(batch, values)
    _set_odd_shapes(batch, values)
    absent_reason = batch.concepts("dataAbsentReason")
    columns = {
        **values.columns(),
        **optional(
            {},
            absent_reason=absent_reason,
            interpretation=batch.concepts("interpretation"),
        ),
    }
    columns.update(reference_ranges(batch, values))
    return columns


def _set_quantities(batch: Batch, values: Values) -> None:
    held = batch.spelled("valueQuantity")
    if held is None:
        return
    try:
        values.set_quantities(*held)
    except READ_ERRORS:
        raise batch.blame(held[0], _read_quantity, "valueQuantity") from None


def _read_quantity(raw: bytes) -> None:
    if raw not in (b"", b"null"):
        _quantity(raw)


def _set_coded(batch: Batch, values: Values) -> None:
    vocabulary = batch.vocabulary
    for name, cache, state in (
        ("valueCodeableConcept", vocabulary.concepts, ValueState.CODED),
        ("valueString", vocabulary.texts, ValueState.TEXT),
    ):
        ids = batch.looked_up(name, cache)
        if ids is None:
            continue
        rows = np.flatnonzero(ids)
        values.set_concepts(rows, ids[rows], state)
    for row, flag in batch.decoded("valueBoolean", _boolean):
        concept = vocabulary.coded(BOOLEAN, "true" if flag else "false")
        values.set_concepts(np.array([row]), np.array([concept], dtype=np.int32), ValueState.CODED)


def _set_odd_shapes(batch: Batch, values: Values) -> None:
    """Integers, ranges, ratios; and shapes that are kept as unread text."""
    one = batch.vocabulary.units["1", "", "", ""]
    for name in ("valueInteger", "valueDecimal"):
        for row, number in batch.decoded(name, _number):
            values.set_number(row, number, one)
    for row, span in batch.decoded("valueRange", _range):
        values.set_interval(row, span.low, span.high)
    for row, ratio in batch.decoded("valueRatio", _ratio):
        _set_ratio(values, row, ratio)
    for name in _TEXT_SHAPES:
        for row, _ in batch.given(name):
            values.state[row] = ValueState.TEXT


def _set_ratio(values: Values, row: int, ratio: Ratio) -> None:
    """The quotient, where both parts are plain numbers and their units divide; else text."""
    values.state[row] = ValueState.TEXT
    top, bottom = ratio.numerator, ratio.denominator
    if top is None or bottom is None or top.value is None or not bottom.value:
        return
    if top.comparator or bottom.comparator:
        return
    top_code, bottom_code = top.code or top.unit, bottom.code or bottom.unit
    if not top_code or not bottom_code:
        return  # bare numbers are a titre such as 1:128, which nobody compares as 0.0078
    if bottom_code == top_code:
        code = "1"
    else:
        code = top_code if bottom_code == "1" else f"{top_code}/{bottom_code}"
    unit = values.vocabulary.units[code, "", "", ""]
    if unit.dimension >= 0:
        values.set_number(row, top.value / bottom.value, unit)
