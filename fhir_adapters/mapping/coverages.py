"""Coverage → COVERAGE rows: by whom and how a patient is insured, and over which period.

A row is known by the codes of its type. Where the type has none, its words and those of the payor stand
in, which can only raise a question. A payor is known by its business identifier (system and value as a
coding); a class by the class type's system with `#` and the type's code, and the class's value as code:
plan "gold" is `http://terminology.hl7.org/CodeSystem/coverage-class#plan` `gold`.
"""

from __future__ import annotations

import msgspec
import numpy as np
from msgspec import Struct

from eligibility.concepts import Coding
from eligibility.facts import Array, Kind, Standing
from eligibility.instants import END_OF_TIME
from fhir_adapters.batch import Batch
from fhir_adapters.dates import undated
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.mapping.common import codes, optional, status_columns
from fhir_adapters.times import Times, period
from fhir_adapters.vocabulary import CodeableConcept, Vocabulary


class Identifier(Struct, gc=False):
    system: str = ""
    value: str = ""


class Party(Struct, gc=False):
    reference: str = ""
    display: str = ""
    identifier: Identifier | None = None


class Class(Struct, gc=False):
    type: CodeableConcept | None = None
    value: Identifier | str = ""
    name: str = ""


_party = msgspec.json.Decoder(Party).decode
_parties = msgspec.json.Decoder(list[Party]).decode
_classes = msgspec.json.Decoder(list[Class]).decode


def coverage(batch: Batch) -> Emission:
    """Rows of a batch of Coverages."""
    status = status_columns(batch)
    payor = _payors(batch)
    concept = codes(batch, "type")
    if payor is not None:
        bare = np.array([not batch.vocabulary.concepts_held.codings[i] for i in concept.tolist()])
        union = batch.vocabulary.concepts_held.union
        concept = concept.copy()
        for row in np.flatnonzero(bare & (payor > 0)).tolist():
            words = batch.vocabulary.concepts_held.texts[int(payor[row])]
            concept[row] = union([int(concept[row]), batch.vocabulary.worded(words) if words else 0])
    columns = {"concept": concept, **_times(batch, status["standing"]).columns(), **status}
    optional(columns, payor=payor, relationship=batch.concepts("relationship"))
    classes = _coverage_classes(batch)
    if classes is not None:
        columns["class"] = classes
    return Emission([Rows(Kind.COVERAGE, columns)])


def _times(batch: Batch, standing: Array) -> Times:
    """The period; without an end it goes on where it is in force, and ended nobody knows when elsewhere."""
    times = period(batch, "period", standing == Standing.COUNTS)
    if times is not None:
        return times
    times = Times(*undated(len(batch)), *undated(len(batch)))
    times.end_lo = np.where(standing == Standing.COUNTS, END_OF_TIME, times.end_lo)
    return times


def _payors(batch: Batch) -> Array | None:
    """Payors of a list, or the one insurer of later editions."""
    found = batch.decoded("payor", _parties)
    found += [(row, [one]) for row, one in batch.decoded("insurer", _party)]
    if not found:
        return None
    column = np.zeros(len(batch), dtype=np.int32)
    for row, parties in found:
        column[row] = batch.vocabulary.concepts_held.union([_payor(batch.vocabulary, p) for p in parties])
    return column


def _payor(vocabulary: Vocabulary, party: Party) -> int:
    codings: list[Coding] = []
    if party.identifier is not None and party.identifier.value:
        codings.append((party.identifier.system, party.identifier.value))
    words = party.display or ("" if codings else party.reference)
    return vocabulary.concepts_held.intern(codings, words) if codings or words else 0


def _coverage_classes(batch: Batch) -> Array | None:
    found = batch.decoded("class_", _classes)
    if not found:
        return None
    column = np.zeros(len(batch), dtype=np.int32)
    for row, classes in found:
        column[row] = batch.vocabulary.concepts_held.union([_class(batch.vocabulary, c) for c in classes])
    return column


def _class(vocabulary: Vocabulary, held: Class) -> int:
    value = held.value if isinstance(held.value, str) else held.value.value
    kinds = held.type.coding if held.type is not None else []
    codings = [(f"{kind.system}#{kind.code}", value) for kind in kinds if kind.code] if value else []
    words = held.name or value
    return vocabulary.concepts_held.intern(codings, words) if codings or words else 0
