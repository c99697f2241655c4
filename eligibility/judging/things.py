"""Which concepts of a value set stand for the thing itself, and not for that there is none, or nobody knows.

A concept that a term names by its code is what the term names, except where words or another code deny it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Block, Facts
from eligibility.nothing_known import Telling, telling
from eligibility.terminology import Membership

_NONE = np.empty(0, dtype=np.int64)


def things(
    facts: Facts, membership: Membership, block: Block, value_set: str, concepts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of concepts in or near a value set those whose rows may be of the thing, and of these the doubtful.

    Both int64, in the order given.
    """
    unclear = concepts[np.isin(concepts, membership.unclear)]
    unclear = unclear[block.offsets[unclear + 1] > block.offsets[unclear]]
    if not len(unclear):
        return concepts, _NONE
    every = membership.takes_every(value_set)
    member, label = membership.member[value_set], facts.concepts.label
    nothing: list[int] = []
    doubtful: list[int] = []
    for concept in unclear.tolist():
        says = telling(block.kind, label(concept))
        if says is Telling.THING or (says is not Telling.MIXED and member[concept] and not every):
            continue
        (nothing if says is Telling.NOTHING else doubtful).append(concept)
    if nothing:
        concepts = concepts[~np.isin(concepts, nothing)]
    return concepts, np.array(doubtful, dtype=np.int64) if doubtful else _NONE
