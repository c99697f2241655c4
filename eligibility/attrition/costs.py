"""What each criterion costs by itself: whom it fails, whom only it fails, whom it leaves open."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.attrition.flow import steps
from eligibility.attrition.population import Asked, Population, count
from eligibility.judging.verdicts import FAIL, PASS, REVIEW
from eligibility.reasons import Outcome


@dataclass(frozen=True, slots=True)
class Cost:
    """Counts of patients who are not known to have died.

    `not_met`, `unknown`: whatever the other criteria say. `first_fail`: failed here first, in the protocol's
    order. `to_pass`, `to_review`: who fails now, and would not with this criterion relaxed. `opened`: who is
    in review now and would pass. `otherwise_pass`: who would pass with it relaxed, of whom the criterion
    fails `otherwise_not_met` and leaves open `otherwise_unknown`.
    """

    criterion: Asked
    not_met: int
    unknown: int
    first_fail: int
    to_pass: int
    to_review: int
    opened: int
    otherwise_pass: int
    otherwise_not_met: int
    otherwise_unknown: int

    @property
    def only_fail(self) -> int:
        """Whom nothing but this criterion fails."""
        return self.to_pass + self.to_review


def costs(population: Population) -> tuple[Cost, ...]:
    """The cost of each criterion, in the protocol's order."""
    weights, lives = population.weights, population.lives
    now = population.verdicts()
    first = {step.number: step.excluded for step in steps(population, range(len(population.criteria)))}
    found = []
    for number, criterion in enumerate(population.criteria):
        outcome = population.outcomes[number]
        relaxed = population.verdicts({number})
        passing = lives & (relaxed == PASS)
        found.append(
            Cost(
                criterion,
                not_met=count(weights, lives & (outcome == Outcome.NOT_MET)),
                unknown=count(weights, lives & (outcome == Outcome.UNKNOWN)),
                first_fail=first[number],
                to_pass=count(weights, (now == FAIL) & (relaxed == PASS)),
                to_review=count(weights, (now == FAIL) & (relaxed == REVIEW)),
                opened=count(weights, (now == REVIEW) & (relaxed == PASS)),
                otherwise_pass=count(weights, passing),
                otherwise_not_met=count(weights, passing & (outcome == Outcome.NOT_MET)),
                otherwise_unknown=count(weights, passing & (outcome == Outcome.UNKNOWN)),
            )
        )
    return tuple(found)
