"""A table of facts in portions: the facts of some patients, cut out of those of all.

Every patient is judged alone, so a portion is judged as its patients are in the whole table. What belongs
to the input and not to a patient (vocabulary, resources, manifest) is shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Block, Facts, Kind, Links
from eligibility.instants import BEGINNING
from eligibility.ordering import taken


class Portions:
    """Cuts portions out of one table; a cut costs what the portion is long."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._rows: dict[Kind, NDArray[np.int64]] = {}  # rows in order of patients
        self._ends: dict[Kind, NDArray[np.int64]] = {}
        for kind, block in facts.blocks.items():
            patient = block.columns["patient"]
            self._rows[kind] = np.argsort(patient, kind="stable")
            counts = np.bincount(patient, minlength=facts.n_patients)
            self._ends[kind] = np.append(0, np.cumsum(counts))
        whose = _owners(facts)[facts.links.source]
        self._links = np.argsort(whose, kind="stable")
        self._links_of = whose[self._links]

    def take(self, patients: Sequence[int]) -> Facts:
        """The facts of some patients, by their dense indices; they keep the order they have among all."""
        chosen = np.array(sorted(set(patients)), dtype=np.int64)
        facts = self._facts
        cut = {kind: self._cut(block, chosen) for kind, block in facts.blocks.items()}
        return replace(
            facts,
            patients=[facts.patients[one] for one in chosen.tolist()],
            blocks={kind: block for kind, block in cut.items() if len(block)},
            corrupt={kind: flags[chosen] for kind, flags in facts.corrupt.items()},
            unread={how: flags[chosen] for how, flags in facts.unread.items()},
            links=self._cut_links(chosen),
        )

    def _cut_links(self, chosen: NDArray[np.int64]) -> Links:
        """The links from records of these patients."""
        links = self._facts.links
        first = np.searchsorted(self._links_of, chosen, side="left").tolist()
        last = np.searchsorted(self._links_of, chosen, side="right").tolist()
        own = [self._links[start:stop] for start, stop in zip(first, last, strict=True)]
        at = np.sort(np.concatenate(own)) if own else np.empty(0, np.int64)
        return Links(links.source[at], links.target[at], links.role[at])

    def _cut(self, block: Block, chosen: NDArray[np.int64]) -> Block:
        ends, rows = self._ends[block.kind], self._rows[block.kind]
        own = [rows[ends[one] : ends[one + 1]] for one in chosen.tolist()]
        # In the order of the block: by concept, patient and start.
        columns = taken(block.columns, np.sort(np.concatenate(own)) if own else np.empty(0, np.int64))
        columns["patient"] = np.searchsorted(chosen, columns["patient"]).astype(np.int32)
        counts = np.bincount(columns["concept"], minlength=len(block.offsets) - 1)
        starts = columns["start_hi"]
        latest = int(starts.max()) if len(starts) else BEGINNING
        return Block(block.kind, columns, np.append(0, np.cumsum(counts)).astype(np.int64), latest)


def _owners(facts: Facts) -> NDArray[np.int32]:
    """The patient of each record, -1 of those that hold no fact."""
    whose = np.full(len(facts.resources), -1, np.int32)
    for block in facts.blocks.values():
        records = block.column("resource")
        known = records >= 0
        whose[records[known]] = block.columns["patient"][known]
    return whose
