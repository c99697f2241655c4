"""How right the engine was against the truth that people settled: a table of four counts and its shares."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.proportions import LEVEL, Estimate, share


@dataclass(frozen=True, slots=True)
class FourfoldTable:
    """Counts of cases: `true_*` where the engine was right, by what it said ("positive" is met)."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def cases(self) -> int:
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Shares with Wilson's intervals. Sensitivity: of the truly met, how many the engine called met;
    specificity the same of the truly not met; predictive values: of those the engine called met (not met),
    how many were.
    """

    sensitivity: Estimate
    specificity: Estimate
    positive_predictive_value: Estimate
    negative_predictive_value: Estimate


def accuracy(table: FourfoldTable, level: float = LEVEL) -> Accuracy:
    """The four shares of a table; one without cases has no value."""
    hits, false_alarms = table.true_positive, table.false_positive
    misses, rejected = table.false_negative, table.true_negative
    return Accuracy(
        share(hits, hits + misses, level),
        share(rejected, rejected + false_alarms, level),
        share(hits, hits + false_alarms, level),
        share(rejected, rejected + misses, level),
    )
