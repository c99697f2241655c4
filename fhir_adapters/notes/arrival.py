"""Notes among the records of a batch: the contents that they carry, and the free text of their elements.

A document was written when its attachment was created; where nothing says, when it was issued, or from the
start of what it tells about to then where that began on an earlier day. Free text without a time of its own
was written from when its record was made to when that was last changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, Kind, Standing
from eligibility.instants import BEGINNING, DAY, END_OF_TIME
from fhir_adapters import background_records as background
from fhir_adapters import dates, records
from fhir_adapters.batch import Batch
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.notes.contents import Content, Sections
from fhir_adapters.notes.fields import Field, fields_of, telling
from fhir_adapters.notes.taking import Written
from fhir_adapters.places import Places
from fhir_adapters.references import References
from fhir_adapters.zones import Zone

_WITHOUT = frozenset(
    {
        records.Patient, records.Encounter, records.DocumentReference, records.Composition,
        background.QuestionnaireResponse, background.Coverage, background.Consent, background.Device,
    }
)  # fmt: skip
_LASTING = frozenset(
    {Kind.CONDITION, Kind.ALLERGY, Kind.MEDICATION}
)  # their start is not when they were told
_STILL = ("", "active", "recurrence", "relapse")
_DIAGNOSIS = "Condition.code.text"
_ERROR = "entered-in-error"


def documents(rows: Rows, zone: Zone, references: References) -> Written:
    """The notes that rows of kind NOTE are about; their patients and resources are known."""
    columns = rows.columns
    start_lo, start_hi = columns["start_lo"], columns["start_hi"]
    lo, hi = start_lo.copy(), start_hi.copy()
    if "recorded" in columns:
        issued = columns["recorded"] < END_OF_TIME
        earlier = (start_lo > BEGINNING) & (start_lo // DAY < columns["recorded_lo"] // DAY)
        first = np.where(earlier, start_lo, columns["recorded_lo"])
        lo, hi = np.where(issued, first, lo), np.where(issued, columns["recorded"], hi)
    for row, content in enumerate(rows.contents):
        created = dates.parse_one(content.creation, zone) if content.creation else None
        if created is not None:
            lo[row], hi[row] = created
    names = [_binary(content, references) for content in rows.contents]
    return Written(columns, rows.contents, lo, hi, columns["resource"].astype(np.int64) + 1, names)


def _binary(content: Content, references: References) -> str:
    """ "Binary/…" where a content stands in such a record, else ""."""
    if isinstance(content, Sections) or not content.address:
        return ""
    name = references.name(content.address, "Binary")
    return name if name.startswith("Binary/") else ""


def fields(
    batch: Batch, owners: Mapping[str, Array], emission: Emission, positions: Sequence[int], places: Places
) -> Written | None:
    """Free text of a batch's records; None where there is none. `owners`: their patients and resources."""
    kind = batch.record
    if kind in _WITHOUT:
        return None
    told = any(places.holds(word) for word in telling(kind.__name__))
    of_record = _of_record(batch, emission)
    held: list[tuple[int, Field]] = []
    for row, record in enumerate(batch.rows):
        raw = places.raw(positions[row]) if told else b""
        held += [(row, field) for field in fields_of(record, raw)]
    held = [(row, field) for row, field in held if field.path != _DIAGNOSIS or _lasts(batch, of_record, row)]
    if not held:
        return None
    at = np.array([row for row, _ in held], dtype=np.int64)
    lo, hi = _written(batch, of_record, emission, at)
    for i, (_, field) in enumerate(held):
        said = dates.parse_one(field.written, batch.zone) if field.written else None
        if said is not None:
            lo[i], hi[i] = said
    words = batch.vocabulary.words
    columns = {
        "patient": owners["patient"][at],
        "resource": owners["resource"][at],
        "concept": np.zeros(len(at), dtype=np.int32),
        "start_lo": lo,
        "start_hi": hi,
        "end_lo": lo,
        "end_hi": hi,
        "recorded_lo": lo,
        "recorded": hi,
        "path": np.array([words[field.path] for _, field in held], dtype=np.int16),
        "bytes": np.array([len(field.content.encode("utf-8", "replace")) for _, field in held]),
        "standing": _standing(batch, of_record, held),
    }
    if "encounter_key" in of_record:
        columns["encounter_key"] = of_record["encounter_key"][at]
    return Written(columns, [field for _, field in held], lo, hi, np.zeros(len(at), dtype=np.int64))


def _of_record(batch: Batch, emission: Emission) -> dict[str, Array]:
    """Columns that say something of each record, whatever rows it became."""
    names = ("start_lo", "start_hi", "recorded_lo", "recorded", "standing", "status", "encounter_key",
             "clinical_status", "verification_status")  # fmt: skip
    if not emission.rows:
        return {}
    rows = emission.rows[0]
    held = {name: rows.columns[name] for name in names if name in rows.columns}
    if rows.record is None:
        return held
    blanks = {
        "start_hi": END_OF_TIME,
        "start_lo": BEGINNING,
        "recorded_lo": BEGINNING,
        "recorded": END_OF_TIME,
    }
    spread: dict[str, Array] = {}
    for name, column in held.items():
        spread[name] = np.full(len(batch), blanks.get(name, 0), dtype=column.dtype)
        spread[name][rows.record] = column
    return spread


def _lasts(batch: Batch, of_record: Mapping[str, Array], row: int) -> bool:
    """Whether a diagnosis is one of today."""
    status = of_record.get("clinical_status")
    return status is None or batch.vocabulary.words_held.texts[int(status[row])] in _STILL


def _written(
    batch: Batch, of_record: Mapping[str, Array], emission: Emission, at: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Between which instants the texts of some records were written, as far as the records say."""
    count = len(at)
    lo, hi = np.full(count, BEGINNING), np.full(count, END_OF_TIME)
    if "start_lo" in of_record:
        lo = of_record["start_lo"][at].copy()
        if emission.rows[0].kind not in _LASTING:
            hi = of_record["start_hi"][at].copy()
    if "recorded" in of_record:
        known = of_record["recorded"][at] < END_OF_TIME
        lo = np.where(known, of_record["recorded_lo"][at], lo)
        hi = np.where(known, of_record["recorded"][at], hi)
    changed = batch.updated(at)
    return lo, np.where(changed >= lo, changed, hi)


def _standing(batch: Batch, of_record: Mapping[str, Array], held: Sequence[tuple[int, Field]]) -> Array:
    """A note on what was cancelled, refused or ruled out stands; one on a record made in error does not."""
    standing = of_record.get("standing")
    if standing is None:
        return np.zeros(len(held), dtype=np.uint8)
    texts = batch.vocabulary.words_held.texts
    result = np.zeros(len(held), dtype=np.uint8)
    for i, (row, field) in enumerate(held):
        own = int(standing[row])
        words = [texts[int(of_record[n][row])] for n in ("status", "verification_status") if n in of_record]
        voids = field.path == _DIAGNOSIS or _ERROR in words
        result[i] = own if voids or own != Standing.DOES_NOT_COUNT else Standing.COUNTS
    return result
