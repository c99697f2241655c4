"""How far two reviewers agree on the same cases: percent, Cohen's kappa, Gwet's AC1, each with an interval.

Kappa: Cohen, Educational and Psychological Measurement 1960;20:37-46, with the variance for large samples of
Fleiss, Cohen and Everitt, Psychological Bulletin 1969;72:323-327. AC1 with its variance: Gwet, British
Journal of Mathematical and Statistical Psychology 2008;61:29-48. Kappa falls to nothing where nearly all
cases are of one kind, however well reviewers agree; AC1 does not, so both are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from eligibility.proportions import LEVEL, NOTHING, Estimate, normal_quantile, share
from eligibility.students_t import central_quantile

Pair = tuple[str, str]
# The root of what rounding leaves of a variance of nothing.
_NO_WIDTH = 1e-7


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement over `pairs` cases that both reviewers decided, `agreed` of them alike."""

    pairs: int
    agreed: int
    percent: Estimate
    kappa: Estimate
    ac1: Estimate


@dataclass(frozen=True, slots=True)
class _Table:
    """Shares of cases by what the first and the second said, and how often each said what."""

    cells: dict[Pair, float]
    first: dict[str, float]
    second: dict[str, float]
    count: int
    observed: float


def agreement(pairs: Sequence[Pair], categories: Sequence[str], level: float = LEVEL) -> Agreement:
    """How far the two of each pair agree. `categories`: all that could be said, two or more.

    Percent has Wilson's interval, kappa one of the normal distribution, AC1 one of Student's t. A figure
    without a value is one that the cases do not allow: kappa where both said one and the same throughout.
    An interval is left out where the variance is estimated as none, which a few cases without a spread do.
    Raises ValueError for what is none of the categories.
    """
    if len(set(categories)) < 2 or not {one for pair in pairs for one in pair} <= set(categories):
        raise ValueError("expected two categories or more, and nothing that is none of them")
    agreed = sum(one == other for one, other in pairs)
    percent = share(agreed, len(pairs), level)
    if not pairs:
        return Agreement(0, 0, percent, NOTHING, NOTHING)
    table = _table(pairs, categories)
    return Agreement(
        len(pairs), agreed, percent, _kappa(table, level), _ac1(table, len(set(categories)), level)
    )


def _table(pairs: Sequence[Pair], categories: Sequence[str]) -> _Table:
    count = len(pairs)
    cells = {pair: times / count for pair, times in Counter(pairs).items()}
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    return _Table(
        cells,
        {name: first[name] / count for name in categories},
        {name: second[name] / count for name in categories},
        count,
        sum(one == other for one, other in pairs) / count,
    )


def _kappa(table: _Table, level: float) -> Estimate:
    chance = sum(table.first[name] * table.second[name] for name in table.first)
    if chance >= 1:
        return NOTHING
    kappa = (table.observed - chance) / (1 - chance)
    spread = -((kappa - chance * (1 - kappa)) ** 2)
    for (one, other), part in table.cells.items():
        if one == other:
            spread += part * (1 - (table.first[one] + table.second[one]) * (1 - kappa)) ** 2
        else:
            spread += part * ((1 - kappa) * (table.second[one] + table.first[other])) ** 2
    error = sqrt(max(0.0, spread) / table.count) / (1 - chance)
    return _within(kappa, normal_quantile(level) * error)


def _ac1(table: _Table, categories: int, level: float) -> Estimate:
    mean = {name: (table.first[name] + table.second[name]) / 2 for name in table.first}
    chance = sum(part * (1 - part) for part in mean.values()) / (categories - 1)
    ac1 = (table.observed - chance) / (1 - chance)
    if table.count < 2:
        return Estimate(ac1, None, None)
    squares = 0.0
    for (one, other), part in table.cells.items():
        own = (float(one == other) - chance) / (1 - chance)
        hard = (2 - mean[one] - mean[other]) / 2 / (categories - 1)
        squares += part * (own - 2 * (1 - ac1) * (hard - chance) / (1 - chance) - ac1) ** 2
    error = sqrt(squares / (table.count - 1))
    return _within(ac1, central_quantile(level, table.count - 1) * error)


def _within(value: float, half: float) -> Estimate:
    """The interval, cut where a coefficient ends; none where it has no width but for rounding."""
    if half < _NO_WIDTH:
        return Estimate(value, None, None)
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half))
