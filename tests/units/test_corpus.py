"""Pairs of quantities that are equal, ordered, or must never be compared."""

import csv
from pathlib import Path

import pytest

from eligibility.units import resolve, to_canonical

CORPUS = list(csv.DictReader((Path(__file__).parent / "corpus.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize(
    "row", CORPUS, ids=lambda row: "{value} {unit} | {other_value} {other_unit}".format(**row)
)
def test_pair(row: dict[str, str]) -> None:
    left, right = resolve(row["unit"]), resolve(row["other_unit"])
    if row["relation"] == "apart":
        assert left is None or right is None or left.dimension != right.dimension
        return
    assert left is not None
    assert right is not None
    assert left.dimension == right.dimension
    a, b = to_canonical(row["value"], left), to_canonical(row["other_value"], right)
    relation = "equal" if a == b else "more" if a > b else "less"
    assert relation == row["relation"]


@pytest.mark.parametrize(
    "row", CORPUS, ids=lambda row: "{value} {unit} | {other_value} {other_unit}".format(**row)
)
def test_a_float_converts_as_its_text_does(row: dict[str, str]) -> None:
    unit = resolve(row["unit"])
    if unit is not None:
        assert to_canonical(float(row["value"]), unit) == to_canonical(row["value"], unit)
