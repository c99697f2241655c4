"""One version of a protocol over some patients, and what each criterion of a newer one changes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.attrition.population import Answered, Asked
from eligibility.judging.truth import States
from eligibility.judging.verdicts import roll_up
from eligibility.reasons import Outcome

_STATES = 3


@dataclass(frozen=True, slots=True)
class Version:
    """`outcomes` is uint8[n_criteria, n_patients] of `reasons.Outcome`, `deaths` uint8[n_patients]."""

    criteria: tuple[Asked, ...]
    outcomes: States
    deaths: States

    def verdicts(self) -> States:
        """uint8[n_patients]"""
        found = [Answered(c, self.outcomes[number]) for number, c in enumerate(self.criteria)]
        return roll_up(found, self.deaths)[0]

    def outcome(self, name: str) -> States | None:
        """Outcomes of a criterion by its id, None where this version has none of that id."""
        for number, criterion in enumerate(self.criteria):
            if criterion.id == name:
                found: States = self.outcomes[number]
                return found
        return None

    def with_criterion(self, newer: Version, name: str) -> Version:
        """This version with one criterion as a newer one has it: another, one more, or none (relaxed)."""
        old, new = self.outcome(name), newer.outcome(name)
        kept = [number for number, criterion in enumerate(self.criteria) if criterion.id != name]
        criteria, outcomes = [self.criteria[n] for n in kept], [self.outcomes[n] for n in kept]
        if new is not None:
            criteria.append(next(one for one in newer.criteria if one.id == name))
            outcomes.append(new)
        elif old is not None:
            criteria.append(next(one for one in self.criteria if one.id == name))
            outcomes.append(np.full_like(old, Outcome.MET))
        return Version(tuple(criteria), np.stack(outcomes), self.deaths)


def names_of(versions: Sequence[Version]) -> tuple[str, ...]:
    """The ids of all criteria, each once, in the order of the versions."""
    return tuple(dict.fromkeys(one.id for version in versions for one in version.criteria))


def moves(before: States, after: States) -> NDArray[np.int64]:
    """Patients by state before and after (verdicts or outcomes), int64[3, 3]."""
    pairs = before.astype(np.int64) * _STATES + after
    return np.bincount(pairs, minlength=_STATES * _STATES).reshape(_STATES, _STATES)
