"""What became of every note of an input, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from eligibility.facts import Facts, Kind, Reading


@dataclass(frozen=True, slots=True)
class NoteAccount:
    """Counts of notes: each by what became of its text, and those with a problem by its code."""

    readings: Mapping[str, int]  # by the name of the Reading, in lower case; all of them
    problems: Mapping[str, int]  # by code
    faults: Mapping[str, int] = field(default_factory=dict)  # of the reader, by sort and place in its code

    @property
    def total(self) -> int:
        """All notes."""
        return sum(self.readings.values())


def account_of(facts: Facts, faults: Mapping[str, int]) -> NoteAccount:
    """Count the notes of a table whose texts were read. `faults` are those of the reader."""
    block = facts.blocks.get(Kind.NOTE)
    counts = np.zeros(len(Reading), dtype=np.int64)
    problems: dict[str, int] = {}
    if block is not None:
        counts = np.bincount(block.column("reading"), minlength=len(Reading))
        words, times = np.unique(block.column("problem"), return_counts=True)
        texts = facts.words.texts
        problems = {
            texts[word]: count for word, count in zip(words.tolist(), times.tolist(), strict=True) if word
        }
    named = zip(Reading, counts.tolist(), strict=True)
    readings = {how.name.lower(): count for how, count in named if how is not Reading.NOT_ASKED}
    return NoteAccount(readings, dict(sorted(problems.items())), dict(sorted(faults.items())))
