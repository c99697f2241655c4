"""Agreement equals what published libraries say (`make_reference.py`); what cannot be said is left out."""

from __future__ import annotations

import json
import random
from itertools import chain, product
from math import isnan
from pathlib import Path

import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from eligibility.agreement import Pair, agreement
from eligibility.diagnostic import FourfoldTable, accuracy
from eligibility.proportions import Estimate, share
from eligibility.students_t import central_probability, central_quantile

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())
NAMES: list[str] = REFERENCE["categories"]
CLOSE = 1e-12


def pairs_of(table: list[list[int]]) -> list[Pair]:
    rows = zip(NAMES, table, strict=True)
    return list(chain(*([(a, b)] * n for a, row in rows for b, n in zip(NAMES, row, strict=True))))


def all_close(found: Estimate, expected: list[float]) -> bool:
    low, high = max(-1.0, expected[1]), min(1.0, expected[2])
    told = (found.value, found.low, found.high)
    return all(
        one is not None and abs(one - other) < CLOSE
        for one, other in zip(told, (expected[0], low, high), strict=True)
    )


def test_every_table_equals_the_reference() -> None:
    assert len(REFERENCE["tables"]) == 150
    for one in REFERENCE["tables"]:
        pairs = pairs_of(one["table"])
        found = agreement(pairs, NAMES)
        if isnan(one["kappa"][1]):
            assert (found.kappa.value, found.kappa.low) == (pytest.approx(one["kappa"][0], abs=CLOSE), None)
        else:
            assert all_close(found.kappa, one["kappa"]), one
        value, error = one["ac1"]
        half = stats.t.ppf(0.975, found.pairs - 1) * error
        assert all_close(found.ac1, [value, value - half, value + half]), one
        assert all_close(found.percent, [found.agreed / found.pairs, *one["wilson"]]), one
        again = cohen_kappa_score([a for a, _ in pairs], [b for _, b in pairs], labels=NAMES)
        assert found.kappa.value == pytest.approx(again, abs=CLOSE)


def test_the_order_of_cases_and_of_reviewers_does_not_matter() -> None:
    pairs = pairs_of([[30, 4, 2], [7, 12, 1], [0, 3, 5]])
    shuffled = random.Random(1).sample(pairs, len(pairs))
    turned = [(b, a) for a, b in pairs]
    for other in (shuffled, turned):
        found, expected = agreement(other, NAMES), agreement(pairs, NAMES)
        for name in ("percent", "kappa", "ac1"):
            one, two = getattr(found, name), getattr(expected, name)
            assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high), abs=CLOSE)


def test_kappa_falls_below_nothing_where_nearly_all_is_of_one_kind() -> None:
    found = agreement(pairs_of([[118, 5, 0], [2, 0, 0], [0, 0, 0]]), ("met", "not met"))
    assert found.percent.value == 118 / 125
    assert found.kappa.value == pytest.approx(-0.0234, abs=5e-5)
    assert found.ac1.value == pytest.approx(0.9408, abs=5e-5)


def test_what_cannot_be_said_is_not_said() -> None:
    none = agreement([], NAMES)
    assert (none.pairs, none.percent.value, none.kappa.value, none.ac1.value) == (0, None, None, None)
    alike = agreement([("met", "met")] * 5, NAMES)
    assert (alike.percent.value, alike.kappa.value, alike.ac1.value) == (1.0, None, 1.0)
    assert (alike.ac1.low, alike.percent.high) == (None, 1.0)
    single = agreement([("met", "not met")], NAMES)
    assert single.ac1.value is not None
    assert single.ac1.low is None
    with pytest.raises(ValueError, match="categories"):
        agreement([("met", "elsewhere")], NAMES)
    with pytest.raises(ValueError, match="categories"):
        agreement([], ["met"])


def test_students_t_equals_the_reference() -> None:
    for level, degrees in product((0.5, 0.9, 0.95, 0.99), (1, 2, 3, 4, 5, 10, 11, 30, 99, 1000, 4999)):
        found, expected = central_quantile(level, degrees), stats.t.ppf(0.5 + level / 2, degrees)
        assert found == pytest.approx(expected, rel=CLOSE)
        assert central_probability(found, degrees) == pytest.approx(level, abs=CLOSE)
    for level, degrees in ((0.0, 3), (1.0, 3), (0.5, 0)):
        with pytest.raises(ValueError, match="level"):
            central_quantile(level, degrees)


def test_shares_stay_within_their_bounds() -> None:
    for whole in range(1, 40):
        for part in range(whole + 1):
            found = share(part, whole)
            assert found.value is not None
            assert found.low is not None
            assert found.high is not None
            assert 0 <= found.low <= found.value <= found.high <= 1
            assert (found.low == 0) == (part == 0)
            assert (found.high == 1) == (part == whole)
    with pytest.raises(ValueError, match="no part"):
        share(3, 2)


def test_accuracy_is_four_shares_of_one_table() -> None:
    found = accuracy(FourfoldTable(81, 10, 9, 100))
    assert found.sensitivity == share(81, 90)
    assert found.specificity == share(100, 110)
    assert found.positive_predictive_value == share(81, 91)
    assert found.negative_predictive_value == share(100, 109)
    assert accuracy(FourfoldTable(0, 0, 3, 1)).positive_predictive_value.value is None
    assert FourfoldTable(1, 2, 3, 4).cases == 10
