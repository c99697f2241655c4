"""Relatives that rows of family history are about: how many at most, and what tells them apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.context import Context
from eligibility.judging.pool import Pool
from eligibility.relatives import role_of

NOBODY_KNOWS = -1  # the label of a row that a trait says nothing of


def relatives(context: Context, entries: Pool) -> NDArray[np.int64]:
    """People at most, int64[n_patients]: each record one, records of a role that only one has together."""
    record = entries.column("resource").astype(np.int64)
    relationship = entries.column("relationship")
    codings = context.facts.concepts.codings
    for concept in np.unique(relationship).tolist():
        role = role_of(codings[concept])
        if role.only:
            # Below every number of a record: mothers and fathers by their sex.
            record[relationship == concept] = -2 if role.sex == "female" else -3
    told = np.unique(np.stack((entries.patient.astype(np.int64), record), axis=1), axis=0)
    return np.bincount(told[:, 0], minlength=context.n)


def relatives_apart(context: Context, entries: Pool) -> Iterator[NDArray[np.int64]]:
    """What tells relatives apart: line, sex, both together, and with the side of the family."""
    concepts = context.facts.concepts
    told = np.stack((entries.column("relationship"), entries.column("relative_sex")), axis=1)
    used, which = np.unique(told, axis=0, return_inverse=True)
    traits = [
        role_of(concepts.codings[relationship], concepts.codings[sex]).traits()
        for relationship, sex in used.tolist()
    ]
    for trait in zip(*traits, strict=True):
        numbers = {word: number for number, word in enumerate(sorted(set(trait) - {""}))}
        yield np.array([numbers.get(word, NOBODY_KNOWS) for word in trait], dtype=np.int64)[which.reshape(-1)]
