"""Whether the intent of a request lets it count.

FHIR R4, request-intent: a proposal is a suggestion that nobody means to ensure, an option is one of several
to choose from; neither says that anything was ordered or taken. A plan means to ensure it without authorizing
anybody. Of drugs US Core writes so what the patient reports to take (`plan` with `reported[x]`); so a drug's
plan is in doubt, and one that is marked as reported counts. A proposal or option so marked is in doubt, too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.cells import COUNTS, DOES_NOT_COUNT, UNCONFIRMED
from eligibility.facts import Array
from fhir_adapters.batch import Batch
from fhir_adapters.statuses import INTENT


def intent_standing(batch: Batch) -> Array:
    """Standing of each request of a batch by its intent alone."""
    intents = batch.plain("intent")
    standing = batch.standings(intents, INTENT)
    if "reportedBoolean" not in batch.record.__struct_fields__:
        return standing
    not_ordered = standing == DOES_NOT_COUNT
    if not not_ordered.any():
        return standing
    (planned,) = batch.among(intents, ("plan",))
    reported = _reported(batch)
    standing = np.where(not_ordered & (planned | reported), UNCONFIRMED, standing)
    return np.where(planned & reported, COUNTS, standing).astype(np.uint8)


def _reported(batch: Batch) -> NDArray[np.bool_]:
    """Records that say of themselves that somebody told of the drug."""
    rows = np.zeros(len(batch), dtype=np.bool_)
    for name in ("reportedBoolean", "reported"):  # the second since R5
        for row, raw in batch.given(name):
            rows[row] |= raw == b"true"
    for row, _ in batch.given("reportedReference"):
        rows[row] = True
    return rows
