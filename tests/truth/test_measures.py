"""The published measures agree with their own test cases, population by population."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.truth import MEASURES, DataMissingError, compare, data_folder

pytestmark = pytest.mark.thirdparty


@pytest.fixture(scope="module")
def data() -> Path:
    try:
        return data_folder()
    except DataMissingError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("measure", MEASURES)
def test_every_case_agrees(measure: str, data: Path) -> None:
    rows = compare(data, measure)
    assert len({row.case for row in rows}) >= 30
    assert [row for row in rows if not row.agrees] == []
