"""Condition and AllergyIntolerance: what lasts from an onset to an abatement, if it ever abates.

Follows RULES 1.4: an active condition without abatement goes on; any other without abatement has an
unknown end; an abatement Period ends one millisecond before its end. `recordedDate` never stands in
for an onset; it only bounds an unknown one (what was recorded had begun).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np
from msgspec import Raw, Struct
from numpy.typing import NDArray

from eligibility.facts import Array, Kind, Standing
from eligibility.instants import BEGINNING, END_OF_TIME
from fhir_adapters.batch import Batch
from fhir_adapters.dates import undated
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.mapping.ages import ages_later
from fhir_adapters.mapping.common import codes, encounter_keys, modified, optional, worst
from fhir_adapters.records import ABSENT
from fhir_adapters.statuses import CLINICAL, ONGOING, VERIFICATION
from fhir_adapters.times import Times, decode_period, merged, period

_ONSETS_TO_COME = ("onsetAge", "onsetRange")


class Stage(Struct, gc=False):
    summary: Raw = ABSENT
    type: Raw = ABSENT


class Reaction(Struct, gc=False):
    manifestation: Raw = ABSENT
    substance: Raw = ABSENT


@dataclass(slots=True)
class _Statuses:
    """Clinical and verification status of each record, as words and as what they mean."""

    clinical: Array
    verification: Array
    ongoing: NDArray[np.bool_]
    standing: Array


_stages = msgspec.json.Decoder(list[Stage]).decode
_reactions = msgspec.json.Decoder(list[Reaction]).decode
_text_or_texts = msgspec.json.Decoder(str | list[str]).decode
_flag = msgspec.json.Decoder(bool).decode


def condition(batch: Batch) -> Emission:
    """Rows of a batch of Conditions."""
    status = _statuses(batch)
    recorded_lo, recorded = _recorded(batch)
    times = _onset(batch, recorded)
    _abate(batch, times, status.ongoing)
    columns = {
        "concept": codes(batch),
        **times.columns(),
        "status": status.clinical,
        "standing": status.standing,
        "clinical_status": status.clinical,
        "verification_status": status.verification,
        **encounter_keys(batch),
    }
    optional(
        columns,
        recorded_lo=recorded_lo,
        recorded=recorded,
        category=batch.concepts("category"),
        severity=batch.concepts("severity"),
        body_site=batch.concepts("bodySite"),
        stage=_stage(batch),
    )
    onset_ages = ages_later(batch, columns, "onsetAge", "onsetRange", lasting=True)
    end_ages = ages_later(batch, columns, "abatementAge", "abatementRange", lasting=True, edge="end")
    return Emission([Rows(Kind.CONDITION, columns)], at_the_end=[*onset_ages, *end_ages])


def allergy(batch: Batch) -> Emission:
    """Rows of a batch of AllergyIntolerances. "No known allergy" is a code like any other here."""
    status = _statuses(batch)
    recorded_lo, recorded = _recorded(batch)
    times = _onset(batch, recorded)
    times.end_lo, times.end_hi = undated(len(batch))
    # An allergy without a clinical status has no end either; only inactive and resolved may have one.
    times.end_lo = np.where(status.ongoing | (status.clinical == 0), END_OF_TIME, times.end_lo)
    columns = {
        "concept": codes(batch),
        **times.columns(),
        "status": status.clinical,
        "standing": status.standing,
        "clinical_status": status.clinical,
        "verification_status": status.verification,
        "criticality": batch.words("criticality"),
        **encounter_keys(batch),
    }
    optional(
        columns,
        recorded_lo=recorded_lo,
        recorded=recorded,
        category=_words_of(batch, "category"),
        type=_words_of(batch, "type"),
        reaction=_reaction(batch),
    )
    return Emission(
        [Rows(Kind.ALLERGY, columns)],
        at_the_end=ages_later(batch, columns, "onsetAge", "onsetRange", lasting=True),
    )


def _statuses(batch: Batch) -> _Statuses:
    count = len(batch)
    nothing = np.zeros(count, dtype=np.int16)
    clinical = batch.looked_up("clinicalStatus", batch.vocabulary.clinical, np.int16)
    verification = batch.looked_up("verificationStatus", batch.vocabulary.verification, np.int16)
    clinical = nothing if clinical is None else clinical
    verification = nothing if verification is None else verification
    texts = batch.vocabulary.words_held.texts
    standing = _by_word(verification, lambda word: VERIFICATION.get(texts[word], Standing.UNCONFIRMED))
    # Before R4 the verification was told by the clinical status too.
    standing = worst(standing, _by_word(clinical, lambda word: _clinical_standing(texts[word])))
    ongoing = _by_word(clinical, lambda word: texts[word] in ONGOING).astype(np.bool_)
    return _Statuses(clinical, verification, ongoing, worst(standing, modified(batch)))


def _by_word(column: Array, table: Callable[[int], int]) -> Array:
    """What a table says to each word of a column, uint8[k]; asked once per word."""
    counts = np.bincount(column)
    answers = np.zeros(len(counts), dtype=np.uint8)
    for word in np.flatnonzero(counts).tolist():
        answers[word] = table(word)
    found: Array = answers[column]
    return found


def _clinical_standing(text: str) -> Standing:
    if text == "entered-in-error":
        return Standing.DOES_NOT_COUNT
    return Standing.COUNTS if text in CLINICAL else Standing.UNCONFIRMED


def _recorded(batch: Batch) -> tuple[Array, Array] | tuple[None, None]:
    texts = batch.either("recordedDate", "assertedDate")
    return (None, None) if texts.count("") == len(texts) else batch.dated(texts, "recordedDate")


def _onset(batch: Batch, recorded: Array | None) -> Times:
    """Start as told; end unknown for now. An unknown start lies before the record date."""
    texts = batch.plain("onsetDateTime")
    start_lo, start_hi = batch.dated(texts, "onsetDateTime")
    count = len(batch)
    times = Times(start_lo, start_hi, *undated(count))
    spans = period(batch, "onsetPeriod")
    if spans is not None:
        spans = Times(spans.start_lo, spans.start_hi, *undated(count))
        times = merged(times, texts, spans)
    if recorded is not None:
        unknown = (times.start_lo == BEGINNING) & (times.start_hi == END_OF_TIME) & (recorded < END_OF_TIME)
        if unknown.any():
            times.start_hi = np.where(unknown, recorded, times.start_hi)
    return times


def _abate(batch: Batch, times: Times, ongoing: NDArray[np.bool_]) -> None:
    """Fill the ends: abatement where there is one, going on where active, else unknown."""
    texts = batch.plain("abatementDateTime")
    end_lo, end_hi = batch.dated(texts, "abatementDateTime")
    told = batch.told(texts)
    for row, span in batch.decoded("abatementPeriod", decode_period):
        if span.end:
            lo, hi = batch.date(span.end, row, "abatementPeriod.end")
            end_lo, end_hi = _writable(end_lo, end_hi)
            end_lo[row], end_hi[row] = lo - 1, hi - 1
            told[row] = True
        elif span.start:
            # It has begun to abate, so it does not simply go on; when it ends is not known.
            told[row] = True
    for name in ("abatementString", "abatementAge", "abatementRange"):
        for row, _ in batch.given(name):
            told[row] = True
    for row, flag in batch.decoded("abatementBoolean", _flag):
        told[row] |= flag
    still = ongoing & ~told
    times.end_lo = np.where(still, END_OF_TIME, end_lo)
    times.end_hi = end_hi


def _writable(*arrays: Array) -> list[Array]:
    return [array.copy() for array in arrays]


def _stage(batch: Batch) -> Array | None:
    found = batch.decoded("stage", _stages)
    if not found:
        return None
    column = np.zeros(len(batch), dtype=np.int32)
    for row, stages in found:
        ids = [batch.vocabulary.concepts[bytes(held.summary)] for held in stages]
        column[row] = batch.vocabulary.concepts_held.union(ids)
    return column


def _reaction(batch: Batch) -> Array | None:
    found = batch.decoded("reaction", _reactions)
    if not found:
        return None
    column = np.zeros(len(batch), dtype=np.int32)
    for row, reactions in found:
        ids = [batch.vocabulary.concepts[bytes(held.manifestation)] for held in reactions]
        column[row] = batch.vocabulary.concepts_held.union(ids)
    return column


def _words_of(batch: Batch, name: str) -> Array | None:
    """A code, or a list of codes joined with "+", as a word."""
    found = batch.decoded(name, _text_or_texts)
    if not found:
        return None
    column = np.zeros(len(batch), dtype=np.int16)
    for row, value in found:
        text = value if isinstance(value, str) else "+".join(sorted(value))
        column[row] = batch.vocabulary.words[text]
    return column
