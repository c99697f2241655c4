"""How reviewers agree, how often people overrule the engine, and how right the engine was.

Pure functions over ratings. Accuracy is counted against truth that two reviewers agree on or a third decided,
and only where the engine decided: what it left open is told beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from api.service.studies.ratings import Basis, Rating
from api.store.signing import OUTCOMES
from eligibility.agreement import Agreement, agreement
from eligibility.diagnostic import Accuracy, FourfoldTable, accuracy
from eligibility.proportions import NOTHING, Estimate, share

_TRUTH = frozenset({Basis.ADJUDICATED, Basis.TWO_AGREE})
_DECIDED = ("met", "not met")


@dataclass(frozen=True, slots=True)
class Overrides:
    """Criteria of one name (a criterion's, or a reason's) that people have settled.

    `engine_decided` of them the engine had called met or not met; of those people said otherwise in
    `overruled`. The engine had left `left_open`, which people settled as counted in `settled`.
    """

    name: str
    engine_decided: int
    overruled: int
    rate: Estimate
    left_open: int
    settled: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class EngineAccuracy:
    """The engine against the truth. `left_open`: true cases in which it said unknown; `undecidable`: cases of
    which people could not tell either. Where no case was reviewed that it had called not met, there is no
    sensitivity and no specificity: they would be 1 and 0 whatever the engine is like.
    """

    table: FourfoldTable
    shares: Accuracy
    left_open: int
    undecidable: int


def agreements(ratings: Sequence[Rating]) -> dict[str, Agreement]:
    """Agreement by criterion, of those that two reviewers decided, in the order they come."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for one in ratings:
        if one.pair is not None:
            pairs.setdefault(one.criterion, []).append(one.pair)
    return {name: agreement(found, OUTCOMES) for name, found in pairs.items()}


def overall(ratings: Sequence[Rating]) -> Agreement:
    """Agreement over all criteria together."""
    return agreement([one.pair for one in ratings if one.pair is not None], OUTCOMES)


def overrides(ratings: Sequence[Rating], by: Callable[[Rating], str]) -> list[Overrides]:
    """How often people overruled the engine, for each name that `by` gives, in the order they come."""
    groups: dict[str, list[Rating]] = {}
    for one in ratings:
        if one.truth is not None:
            groups.setdefault(by(one), []).append(one)
    return [_overrides(name, found) for name, found in groups.items()]


def _overrides(name: str, ratings: Sequence[Rating]) -> Overrides:
    decided = [one for one in ratings if one.engine in _DECIDED]
    overruled = sum(one.truth != one.engine for one in decided)
    left = Counter(one.truth or "" for one in ratings if one.engine not in _DECIDED)
    settled = tuple((outcome, left[outcome]) for outcome in OUTCOMES)
    return Overrides(
        name, len(decided), overruled, share(overruled, len(decided)), len(ratings) - len(decided), settled
    )


def engine_accuracy(ratings: Sequence[Rating]) -> EngineAccuracy:
    """The engine's met and not met against the truth that two people, or a third, stand for."""
    true = [one for one in ratings if one.basis in _TRUTH]
    counted = Counter((one.engine, one.truth) for one in true)
    table = FourfoldTable(
        counted["met", "met"],
        counted["met", "not met"],
        counted["not met", "met"],
        counted["not met", "not met"],
    )
    undecidable = sum(one.truth not in _DECIDED for one in true)
    left_open = sum(one.truth in _DECIDED and one.engine not in _DECIDED for one in true)
    shares = accuracy(table)
    if not table.true_negative + table.false_negative:
        shares = replace(shares, sensitivity=NOTHING, specificity=NOTHING)
    return EngineAccuracy(table, shares, left_open, undecidable)


def accuracies(ratings: Sequence[Rating]) -> dict[str, EngineAccuracy]:
    """The same by criterion, of those with such a truth."""
    groups: dict[str, list[Rating]] = {}
    for one in ratings:
        if one.basis in _TRUTH:
            groups.setdefault(one.criterion, []).append(one)
    return {name: engine_accuracy(found) for name, found in groups.items()}


def unclear_wordings(found: dict[str, Agreement]) -> list[tuple[str, Agreement]]:
    """Criteria on which reviewers differ, those on which they agree least first."""
    apart = [(name, one) for name, one in found.items() if one.agreed < one.pairs]
    return sorted(apart, key=lambda pair: (pair[1].agreed / pair[1].pairs, -pair[1].pairs, pair[0]))
