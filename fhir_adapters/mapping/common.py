"""What every mapping shares: whose record, its code, its standing, its encounter, and when recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Raw

from eligibility.facts import Array, Standing
from fhir_adapters.batch import Batch
from fhir_adapters.extensions import Extension, decode_extensions
from fhir_adapters.rejects import BadRowsError
from fhir_adapters.statuses import SAME_AS, STATUS

# Modifier extensions whose meaning is known: url tail -> "true means that it was not done".
_NOT_DONE = ("extension-DeviceRequest.doNotPerform", "qicore-notDone", "qicore-notDoneReason")


def optional(columns: dict[str, Array], **given: Array | None) -> dict[str, Array]:
    """Add the columns that some record fills."""
    for name, array in given.items():
        if array is not None:
            columns[name.rstrip("_")] = array
    return columns


def codes(batch: Batch, name: str = "code") -> Array:
    """Concept ids of the element that says what the record is about; 0 where it is absent."""
    found = batch.concepts(name)
    return np.zeros(len(batch), dtype=np.int32) if found is None else found


def concepts_within(batch: Batch, raws: Sequence[Raw], record: Array, path: str) -> Array:
    """Concept ids of elements deeper in the records; `record[i]` is the batch row that holds `raws[i]`."""
    try:
        return batch.look_up(raws, batch.vocabulary.concepts, path)
    except BadRowsError as bad:
        raise BadRowsError({int(record[i]): problem for i, problem in bad.problems.items()}) from None


def encounter_keys(batch: Batch) -> dict[str, Array]:
    """The key of the encounter that each record belongs to; `context` in files older than R4."""
    column = None
    fields = batch.record.__struct_fields__
    if "encounter" in fields:
        column = batch.encounters("encounter")
    if "context" in fields and batch.has("context"):
        older = batch.encounters("context")
        if older is not None:
            column = older if column is None else np.where(column == 0, older, column)
    return {} if column is None else {"encounter_key": column}


def status_columns(
    batch: Batch, table: Mapping[str, Standing] | None = None, element: str = "status"
) -> dict[str, Array]:
    """`status` and `standing` from the record's main status."""
    type_name = str(batch.record.__struct_config__.tag)
    chosen = STATUS[type_name] if table is None else table
    same = SAME_AS.get(type_name, {})
    words, standings = batch.coded(
        batch.plain(element),
        lambda text: batch.vocabulary.words[same.get(text, text)],
        lambda text: int(chosen.get(text, Standing.UNCONFIRMED)),
    )
    return {
        "status": words.astype(np.int16),
        "standing": worst(standings.astype(np.uint8), modified(batch)),
    }


def worst(*standings: Array | None) -> Array:
    """The least certain of several standings, row by row."""
    held = [standing for standing in standings if standing is not None]
    result = held[0]
    for other in held[1:]:
        result = np.maximum(result, other)
    return result


def flagged(flags: Sequence[bool]) -> Array | None:
    """DOES_NOT_COUNT where a flag such as `doNotPerform` is set; None where it nowhere is."""
    if True not in flags:
        return None
    return np.where(np.array(flags), Standing.DOES_NOT_COUNT, Standing.COUNTS).astype(np.uint8)


def modified(batch: Batch) -> Array | None:
    """Standing left by modifiers; None where no record has one.

    A modifier extension may turn a record's meaning around. One we do not know, or implicit rules,
    make it UNCONFIRMED; a known "not done" makes it not count.
    """
    if not batch.has("modifierExtension") and not batch.has("implicitRules"):
        return None
    result = np.zeros(len(batch), dtype=np.uint8)
    for row, _ in batch.given("implicitRules"):
        result[row] = Standing.UNCONFIRMED
    for row, extensions in batch.decoded("modifierExtension", decode_extensions):
        for extension in extensions:
            result[row] = max(result[row], _modifier(extension))
    return result


def _modifier(extension: Extension) -> Standing:
    if extension.url.endswith(_NOT_DONE) and extension.valueBoolean is not None:
        return Standing.DOES_NOT_COUNT if says_not_done(extension) else Standing.COUNTS
    return Standing.UNCONFIRMED


def says_not_done(extension: Extension) -> bool:
    """Whether a modifier extension says that something was not done, or is not to be done."""
    return extension.url.endswith(_NOT_DONE) and extension.valueBoolean is True
