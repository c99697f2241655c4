"""Consent → CONSENT rows: what a patient agreed to or refused, and for how long.

A row is known by its categories. `decision` is permit or deny where the record says it; parts that
are decided otherwise are not read, only marked (`exceptions`). A consent that is in force and names no
end goes on; one that was ended or replaced had ended by the last change of its record.
"""

from __future__ import annotations

import msgspec
import numpy as np
from msgspec import Raw, Struct

from eligibility.facts import Array, Kind
from eligibility.instants import BEGINNING, END_OF_TIME
from fhir_adapters.batch import Batch
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.mapping.common import codes, optional, status_columns
from fhir_adapters.record import ABSENT
from fhir_adapters.records import Period
from fhir_adapters.times import Times

_DECISIONS = ("permit", "deny")


class Provision(Struct, gc=False):
    type: str = ""
    period: Period | None = None
    provision: Raw = ABSENT


_provision = msgspec.json.Decoder(Provision | list[Provision]).decode
_period = msgspec.json.Decoder(Period).decode
_anything = msgspec.json.Decoder().decode


def consent(batch: Batch) -> Emission:
    """Rows of a batch of Consents."""
    status = status_columns(batch)
    decision = list(batch.plain("decision"))
    exceptions = np.zeros(len(batch), dtype=np.uint8)
    periods: dict[int, Period] = dict(batch.decoded("period", _period))
    for row, held in batch.decoded("provision", _provision):
        if isinstance(held, list):  # since R5 all provisions are exceptions to the decision
            exceptions[row] = bool(held)
            continue
        decision[row] = decision[row] or held.type
        exceptions[row] = _holds_any(bytes(held.provision))
        if held.period is not None:
            periods[row] = held.period
    for row, data in batch.given("exceptions"):
        exceptions[row] |= _holds_any(data)
    columns: dict[str, Array] = {
        "concept": codes(batch, "category"),
        **_times(batch, periods).columns(),
        **status,
        "exceptions": exceptions,
    }
    words = [text if text in _DECISIONS else "" for text in decision]
    if words.count("") != len(words):
        columns["decision"] = np.array([batch.vocabulary.words[text] for text in words], dtype=np.int16)
    optional(columns, scope=batch.concepts("scope"), rule=_rule(batch))
    return Emission([Rows(Kind.CONSENT, columns)])


def _times(batch: Batch, periods: dict[int, Period]) -> Times:
    texts = batch.either("dateTime", "date")
    given = batch.dated(texts, "dateTime")
    nothing = Period()
    spans = [periods.get(row, nothing) for row in range(len(batch))]
    start_lo, start_hi = batch.dated([span.start for span in spans], "provision.period.start")
    end_lo, end_hi = batch.dated([span.end for span in spans], "provision.period.end")
    unsaid = (start_lo == BEGINNING) & (start_hi == END_OF_TIME)
    start_lo, start_hi = np.where(unsaid, given[0], start_lo), np.where(unsaid, given[1], start_hi)
    statuses = batch.plain("status")
    in_force = np.fromiter((status == "active" for status in statuses), dtype=np.bool_, count=len(batch))
    open_end = (end_lo == BEGINNING) & (end_hi == END_OF_TIME)
    end_lo = np.where(open_end & in_force, END_OF_TIME, end_lo)
    if (~in_force).any():
        changed = batch.updated(np.arange(len(batch)))
        ended = np.where(changed >= 0, np.maximum(changed, start_hi), END_OF_TIME)
        end_lo = np.where(in_force, end_lo, np.minimum(start_lo, end_lo))
        end_hi = np.where(in_force, end_hi, np.minimum(end_hi, ended))
    return Times(start_lo, start_hi, end_lo, end_hi)


def _holds_any(raw: bytes) -> bool:
    return bool(raw) and raw not in (b"null", b"[]") and bool(_anything(raw))


def _rule(batch: Batch) -> Array | None:
    """The policy's code; before R4 it was only an address, which is no code."""
    concepts = batch.vocabulary.concepts
    memo = batch.vocabulary.memo("policy", lambda raw: 0 if raw[:1] == b'"' else concepts[raw])
    return batch.looked_up("policyRule", memo)
