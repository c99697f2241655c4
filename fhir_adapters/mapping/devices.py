"""Device, DeviceUseStatement and DeviceUsage → DEVICE rows: what a patient has, or is said to use.

A Device says since when only by other records, so its start is not known; it is there while it is
active. A use is known by the device it names: by its code, or by a Device, which may be read later.
"""

from __future__ import annotations

import msgspec
import numpy as np
from msgspec import Raw, Struct

from eligibility.facts import Array, Kind
from eligibility.instants import END_OF_TIME
from fhir_adapters.batch import Batch
from fhir_adapters.dates import undated
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.mapping.common import codes, concepts_within, optional, status_columns
from fhir_adapters.mapping.events import recorded_columns
from fhir_adapters.record import ABSENT
from fhir_adapters.references import Reference
from fhir_adapters.times import Times, bound_by_record, decode_period, instant_or_period


class Meant(Struct, gc=False):
    """A reference, or (since R5) a code or a reference."""

    reference: Reference | str | None = None
    concept: Raw = ABSENT


class Within(Struct, gc=False):
    id: str = ""
    type: Raw = ABSENT


_meant = msgspec.json.Decoder(Meant).decode
_several = msgspec.json.Decoder(list[Meant]).decode
_within = msgspec.json.Decoder(list[Within]).decode


def device(batch: Batch) -> Emission:
    """Rows of a batch of Devices of patients."""
    concept = codes(batch, "type")
    start_lo, start_hi = undated(len(batch))
    end_lo, end_hi = undated(len(batch))
    there = np.fromiter((text in ("active", "") for text in batch.plain("status")), np.bool_, len(batch))
    end_lo = np.where(there, END_OF_TIME, end_lo)
    times = Times(start_lo, start_hi, end_lo, end_hi)
    columns = {"concept": concept, **times.columns(), **status_columns(batch)}
    return Emission([Rows(Kind.DEVICE, columns)], meant=concept)


def device_use(batch: Batch) -> Emission:
    """Rows of a batch of DeviceUseStatements."""
    times = instant_or_period(batch, "timingDateTime", "timingPeriod")
    written = recorded_columns(batch, "recordedOn")
    return _uses(batch, times, written, batch.concepts("reasonCode"))


def device_usage(batch: Batch) -> Emission:
    """Rows of a batch of DeviceUsages (R5)."""
    times = instant_or_period(batch, "timingDateTime", "timingPeriod")
    return _uses(batch, times, recorded_columns(batch, "dateAsserted"), _coded(batch, "reason"))


def _uses(batch: Batch, times: Times, written: dict[str, Array], reason: Array | None) -> Emission:
    # What is still used has no end; where nobody says when it began, it was by the day it was told.
    active = np.fromiter((text == "active" for text in batch.plain("status")), np.bool_, len(batch))
    if "recorded" in written:
        bound_by_record(times, written["recorded"])
    ended = np.zeros(len(batch), dtype=np.bool_)
    for row, held in batch.decoded("timingPeriod", decode_period):
        ended[row] = bool(held.end)
    still = active & ~ended
    times.end_lo = np.where(still, END_OF_TIME, times.end_lo)
    times.end_hi = np.where(still, END_OF_TIME, times.end_hi)
    concept, wanted = _devices(batch)
    columns = {"concept": concept, **times.columns(), **status_columns(batch)}
    columns.update(written)
    optional(columns, reason=reason, body_site=_coded(batch, "bodySite"))
    return Emission([Rows(Kind.DEVICE, columns)], medications=wanted)


def _devices(batch: Batch) -> tuple[Array, list[tuple[int, str]]]:
    """Concept of each use's device, and the rows whose device is another record."""
    column = np.zeros(len(batch), dtype=np.int32)
    wanted: list[tuple[int, str]] = []
    contained = dict(batch.decoded("contained", _within)) if batch.has("contained") else {}
    concepts = batch.vocabulary.concepts
    for row, held in batch.decoded("device", _meant):
        address = held.reference if isinstance(held.reference, str) else ""
        if isinstance(held.reference, Reference):
            address = held.reference.reference
        if bytes(held.concept):
            column[row] = concepts_within(batch, [held.concept], np.array([row]), "device.concept")[0]
        elif address.startswith("#"):
            parts = [one.type for one in contained.get(row, ()) if one.id == address[1:]]
            column[row] = concepts[bytes(parts[0])] if parts else 0
            if not column[row]:
                wanted.append((row, ""))
        else:
            wanted.append((row, batch.references.name(address, "Device")))
    return column, wanted


def _coded(batch: Batch, name: str) -> Array | None:
    """Codes of a CodeableConcept (or several), also within CodeableReferences."""
    found = batch.concepts(name)
    if found is None:
        return None
    for row, data in batch.given(name):
        if b'"concept"' in data:
            held = _several(data) if data[:1] == b"[" else [_meant(data)]
            ids = [batch.vocabulary.concepts[bytes(one.concept)] for one in held]
            found[row] = batch.vocabulary.concepts_held.union(ids)
    return found
