"""Agreement, overrides and accuracy as a page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.study.charts import interval
from api.pages.study.words import number, percent, percent_range, range_of
from api.service.studies.ratings import Basis, Rating
from api.service.studies.reviewers import (
    EngineAccuracy,
    Overrides,
    accuracies,
    agreements,
    engine_accuracy,
    overall,
    overrides,
    unclear_wordings,
)
from eligibility.agreement import Agreement
from eligibility.proportions import Estimate

ALL = "All criteria"


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its interval, both as text, and its chart."""

    value: str
    interval: str
    chart: Markup


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: a criterion (or reason), counts as text, figures."""

    name: str
    label: str
    counts: tuple[str, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Reviewers:
    """What the page shows. `bases`: how many criteria of cases rest on whose word."""

    bases: tuple[tuple[str, int], ...]
    agreement: tuple[Line, ...]
    unclear: tuple[Line, ...]
    by_criterion: tuple[Line, ...]
    by_reason: tuple[Line, ...]
    accuracy: tuple[Line, ...]


def reviewers(ratings: Sequence[Rating], labels: Mapping[str, str], meanings: Mapping[str, str]) -> Reviewers:
    """`labels` of criteria by id, `meanings` of the engine's reasons by code."""
    found = agreements(ratings)
    together = [_agreement(ALL, "", overall(ratings))] if len(found) > 1 else []
    accurate = accuracies(ratings)
    in_all = [_accuracy(ALL, "", engine_accuracy(ratings))] if len(accurate) > 1 else []
    bases = [one.basis for one in ratings]
    return Reviewers(
        tuple((basis.value, bases.count(basis)) for basis in Basis if basis in bases),
        (*together, *(_agreement(name, labels.get(name, ""), one) for name, one in found.items())),
        tuple(_agreement(name, labels.get(name, ""), one) for name, one in unclear_wordings(found)),
        tuple(_overrides(one, labels) for one in overrides(ratings, lambda one: one.criterion)),
        tuple(_overrides(one, meanings) for one in overrides(ratings, lambda one: one.reason)),
        (*in_all, *(_accuracy(name, labels.get(name, ""), one) for name, one in accurate.items())),
    )


def _agreement(name: str, label: str, found: Agreement) -> Line:
    measures = (
        _share(found.percent, f"{name}: agreement"),
        _coefficient(found.kappa, f"{name}: Cohen's kappa"),
        _coefficient(found.ac1, f"{name}: Gwet's AC1"),
    )
    return Line(name, label, (f"{found.agreed} of {found.pairs}",), measures)


def _overrides(found: Overrides, labels: Mapping[str, str]) -> Line:
    left = ", ".join(f"{count} {outcome}" for outcome, count in found.settled if count)
    decided = f"{found.overruled} of {found.engine_decided}" if found.engine_decided else "–"
    counts = (decided, f"{found.left_open}", left or "–")
    return Line(
        found.name, labels.get(found.name, ""), counts, (_share(found.rate, f"{found.name}: overruled"),)
    )


def _accuracy(name: str, label: str, found: EngineAccuracy) -> Line:
    shares = found.shares
    measures = (
        _share(shares.sensitivity, f"{name}: sensitivity"),
        _share(shares.specificity, f"{name}: specificity"),
        _share(shares.positive_predictive_value, f"{name}: positive predictive value"),
        _share(shares.negative_predictive_value, f"{name}: negative predictive value"),
    )
    counts = (f"{found.table.cases}", f"{found.left_open}", f"{found.undecidable}")
    return Line(name, label, counts, measures)


def _share(estimate: Estimate, title: str) -> Measure:
    value, between = percent(estimate.value), percent_range(estimate)
    return Measure(value, between, interval(estimate, _said(title, value, between)))


def _coefficient(estimate: Estimate, title: str) -> Measure:
    value, between = number(estimate.value), range_of(estimate)
    return Measure(value, between, interval(estimate, _said(title, value, between), -1.0, 1.0))


def _said(title: str, value: str, between: str) -> str:
    if value == "–":
        return f"{title} cannot be told"
    return f"{title} {value}, 95 % interval {between}" if between else f"{title} {value}"
