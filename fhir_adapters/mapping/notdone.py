"""Records of what was not done, or is not to be done, and why.

A request that forbids (`doNotPerform`), an event with the status "not-done" or the like, a cancelled
observation, and the modifier extensions that say the same. None of them counts as done; asked for as
what they are, they count by their own status and intent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.cells import COUNTS, UNCONFIRMED
from eligibility.facts import Array, NotDone
from fhir_adapters.batch import Batch
from fhir_adapters.extensions import decode_extensions
from fhir_adapters.mapping.common import says_not_done
from fhir_adapters.mapping.intents import intent_standing
from fhir_adapters.statuses import NOT_DONE, STATUS

# Extensions that give the reason where the resource has no element for it: url tails.
_REASONS = (
    "qicore-notDoneReason",
    "qicore-doNotPerformReason",
    "event-statusReason",
    "request-statusReason",
)


def not_done_columns(batch: Batch) -> dict[str, Array]:
    """`not_done` and its reason; nothing where no record of the batch says so."""
    fields = frozenset(batch.record.__struct_fields__)
    name = str(batch.record.__struct_config__.tag)
    statuses = batch.plain("status")
    (by_status,) = batch.among(statuses, NOT_DONE.get(name, frozenset()))
    forbidden = _forbidden(batch, fields)
    rows = by_status | forbidden
    if not rows.any():
        return {}
    standing = batch.standings(statuses, STATUS.get(name, {}))
    if "intent" in fields:
        standing = np.maximum(standing, intent_standing(batch))
    said = np.zeros(len(batch), dtype=np.uint8)
    said[forbidden & (standing == COUNTS)] = NotDone.YES
    said[forbidden & (standing == UNCONFIRMED)] = NotDone.UNCONFIRMED
    said[by_status] = NotDone.YES
    return {"not_done": said, **_reasons(batch, fields, rows)}


def _forbidden(batch: Batch, fields: frozenset[str]) -> NDArray[np.bool_]:
    """Records that forbid, or that a modifier extension marks as not done."""
    rows = np.zeros(len(batch), dtype=np.bool_)
    if "doNotPerform" in fields:
        rows |= np.array(batch.plain("doNotPerform"), dtype=np.bool_)
    for row, extensions in batch.decoded("modifierExtension", decode_extensions):
        rows[row] |= any(says_not_done(extension) for extension in extensions)
    return rows


def _reasons(batch: Batch, fields: frozenset[str], rows: NDArray[np.bool_]) -> dict[str, Array]:
    """The reasons given: of the status, of a forbidding request, or in an extension."""
    concepts = batch.vocabulary.concepts
    found: dict[int, list[int]] = {}
    for name in ("statusReason", "reasonCode"):
        # What a forbidding order of a drug gives as its reason is why it forbids.
        if name in fields and (name == "statusReason" or "medicationReference" in fields):
            for row, raw in batch.given(name):
                found.setdefault(row, []).append(concepts[raw])
    if "extension" in fields:
        for row, extensions in batch.decoded("extension", decode_extensions):
            for extension in extensions:
                if extension.url.endswith(_REASONS):
                    found.setdefault(row, []).append(concepts[bytes(extension.valueCodeableConcept)])
    union = batch.vocabulary.concepts_held.union
    column = np.zeros(len(batch), dtype=np.int32)
    for row in sorted(found):
        if rows[row]:
            column[row] = union(found[row])
    return {"not_done_reason": column} if column.any() else {}
