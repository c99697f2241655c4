"""The published measures agree with their own test cases, population by population."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.truth import CONTRADICTIONS, LIMITS, MEASURES, DataMissingError, compare, data_folder, reasons

pytestmark = pytest.mark.thirdparty


@pytest.fixture(scope="module")
def data() -> Path:
    try:
        return data_folder()
    except DataMissingError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("measure", MEASURES)
def test_every_case_agrees_or_says_why_not(measure: str, data: Path) -> None:
    """Every disagreement is listed with its reason, and every listed one is a disagreement."""
    rows = compare(data, measure)
    assert len({row.case for row in rows}) >= 30
    differ = {row.key for row in rows if not row.agrees}
    listed = reasons(CONTRADICTIONS) | reasons(LIMITS)
    assert differ == {key for key in listed if key[0] == measure}
