"""Procedure, Immunization, Encounter, ServiceRequest, DeviceRequest, DiagnosticReport, notes."""

from __future__ import annotations

import msgspec
import numpy as np
from msgspec import Raw, Struct

from eligibility.facts import Array, Kind
from fhir_adapters.batch import Batch
from fhir_adapters.dates import undated
from fhir_adapters.emission import Emission, Link, Rows
from fhir_adapters.mapping.ages import ages_later
from fhir_adapters.mapping.common import (
    codes,
    encounter_keys,
    flagged,
    optional,
    status_columns,
    worst,
)
from fhir_adapters.mapping.notdone import not_done_columns
from fhir_adapters.mapping.visit_classes import visit_classes
from fhir_adapters.records import ABSENT
from fhir_adapters.statuses import ENCOUNTER_ONGOING, INTENT
from fhir_adapters.times import Times, instant_or_period, period

# ruff: noqa: N815  (element names are FHIR's)


class Diagnosis(Struct, gc=False):
    condition: Raw = ABSENT


class Hospitalization(Struct, gc=False):
    dischargeDisposition: Raw = ABSENT


class Place(Struct, gc=False, frozen=True):
    display: str = ""


class EncounterLocation(Struct, gc=False):
    location: Place = Place()
    physicalType: Raw = ABSENT


_diagnoses = msgspec.json.Decoder(list[Diagnosis]).decode
_hospitalization = msgspec.json.Decoder(Hospitalization).decode
_locations = msgspec.json.Decoder(list[EncounterLocation]).decode


def links(batch: Batch, element: str, expected: str, role: str) -> list[Link]:
    """Links from a list of references."""
    found = batch.decoded(element, lambda raw: batch.references.names(raw, expected))
    return [Link(row, targets, role) for row, targets in found if targets]


def procedure(batch: Batch) -> Emission:
    """Rows of a batch of Procedures."""
    columns = {
        "concept": codes(batch),
        **instant_or_period(batch, "performedDateTime", "performedPeriod").columns(),
        **status_columns(batch),
        **encounter_keys(batch),
        **not_done_columns(batch),
    }
    optional(
        columns,
        category=batch.concepts("category"),
        reason=batch.concepts("reasonCode"),
        body_site=batch.concepts("bodySite"),
        outcome=batch.concepts("outcome"),
    )
    return Emission(
        [Rows(Kind.PROCEDURE, columns)],
        [
            *links(batch, "reasonReference", "Condition", "reason"),
            *links(batch, "partOf", "Procedure", "part-of"),
        ],
        at_the_end=ages_later(batch, columns, "performedAge", "performedRange", lasting=False),
    )


def immunization(batch: Batch) -> Emission:
    """Rows of a batch of Immunizations."""
    texts = batch.either("occurrenceDateTime", "date")
    columns: dict[str, Array] = {
        "concept": codes(batch, "vaccineCode"),
        **Times.instants(*batch.dated(texts, "occurrenceDateTime")).columns(),
        **status_columns(batch),
        **encounter_keys(batch),
        **recorded_columns(batch, "recorded"),
        **not_done_columns(batch),
    }
    optional(
        columns,
        reason=batch.concepts("reasonCode"),
        route=batch.concepts("route"),
    )
    return Emission([Rows(Kind.IMMUNIZATION, columns)])


def recorded_columns(batch: Batch, name: str) -> dict[str, Array]:
    """When each record was made; nothing where no record says."""
    texts = batch.plain(name)
    if texts.count("") == len(texts):
        return {}
    lo, hi = batch.dated(texts, name)
    return {"recorded_lo": lo, "recorded": hi}


def encounter(batch: Batch) -> Emission:
    """Rows of a batch of Encounters."""
    (ongoing,) = batch.among(batch.plain("status"), ENCOUNTER_ONGOING)
    times = period(batch, "period", ongoing)
    if times is None:
        times = Times(*undated(len(batch)), *undated(len(batch)))
    columns = {"concept": codes(batch, "type"), **times.columns(), **status_columns(batch)}
    reason = batch.concepts("reasonCode")
    older = batch.concepts("reason")
    if older is not None:
        reason = older if reason is None else np.where(reason == 0, older, reason)
    optional(
        columns,
        class_=visit_classes(batch),
        reason=reason,
        service=batch.concepts("serviceType"),
        discharge=_discharge(batch),
        location=_location(batch),
    )
    columns = {("class" if name == "class_" else name): array for name, array in columns.items()}
    if (whole := batch.encounters("partOf")) is not None:
        columns["encounter_key"] = whole
    diagnoses = [
        Link(
            row,
            [n for held in given for n in batch.references.names(bytes(held.condition), "Condition")],
            "diagnosis",
        )
        for row, given in batch.decoded("diagnosis", _diagnoses)
    ]
    return Emission(
        [Rows(Kind.ENCOUNTER, columns)],
        [
            *(link for link in diagnoses if link.targets),
            *links(batch, "reasonReference", "Condition", "reason"),
        ],
    )


def _discharge(batch: Batch) -> Array | None:
    found = batch.decoded("hospitalization", _hospitalization)
    if not found:
        return None
    column = np.zeros(len(batch), dtype=np.int32)
    for row, held in found:
        column[row] = batch.vocabulary.concepts[bytes(held.dischargeDisposition)]
    return column


def _location(batch: Batch) -> Array | None:
    """Kind of place where it is coded, else the place's name as words."""
    found = batch.decoded("location", _locations)
    if not found:
        return None
    vocabulary = batch.vocabulary
    column = np.zeros(len(batch), dtype=np.int32)
    for row, places in found:
        coded = [vocabulary.concepts[bytes(place.physicalType)] for place in places]
        named = [vocabulary.worded(place.location.display) for place in places if place.location.display]
        column[row] = vocabulary.concepts_held.union([c for c in coded if c] or named)
    return column


def _request(batch: Batch, code: str) -> dict[str, Array]:
    """A request is dated by when it was written."""
    intents = batch.plain("intent")
    written_lo, written_hi = batch.dates_of("authoredOn")
    columns = {
        "concept": codes(batch, code),
        **Times.instants(written_lo, written_hi).columns(),
        **status_columns(batch),
        **encounter_keys(batch),
        **not_done_columns(batch),
        "recorded_lo": written_lo,
        "recorded": written_hi,
        "intent": batch.words("intent"),
    }
    columns["standing"] = worst(columns["standing"], batch.standings(intents, INTENT))
    return columns


def service_request(batch: Batch) -> Emission:
    """Rows of a batch of ServiceRequests."""
    columns = _request(batch, "code")
    columns["standing"] = worst(columns["standing"], flagged(batch.plain("doNotPerform")))
    optional(
        columns,
        category=batch.concepts("category"),
        reason=batch.concepts("reasonCode"),
        body_site=batch.concepts("bodySite"),
    )
    return Emission([Rows(Kind.ORDER, columns)])


def device_request(batch: Batch) -> Emission:
    """Rows of a batch of DeviceRequests; `doNotPerform` is a modifier extension before R5."""
    columns = _request(batch, "codeCodeableConcept")
    optional(columns, reason=batch.concepts("reasonCode"))
    return Emission([Rows(Kind.DEVICE_ORDER, columns)])
