"""The published measures agree with their own test cases, population by population."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.truth import MEASURES, DataMissingError, compare, contradictions, data_folder

pytestmark = pytest.mark.thirdparty


@pytest.fixture(scope="module")
def data() -> Path:
    try:
        return data_folder()
    except DataMissingError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("measure", MEASURES)
def test_every_case_agrees_or_contradicts_the_rules(measure: str, data: Path) -> None:
    """A disagreement is one of those whose expectation contradicts the rules, and each of those is one."""
    rows = compare(data, measure)
    assert len({row.case for row in rows}) >= 30
    differ = {row.key for row in rows if not row.agrees}
    assert differ == {key for key in contradictions() if key[0] == measure}
