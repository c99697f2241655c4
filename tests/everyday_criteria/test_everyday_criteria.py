"""Criteria as many protocols have them, written from the guide alone, on small cases of known outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.authoring.cases.running import run_cases

HERE = Path(__file__).parent
FILES = sorted(path for path in HERE.glob("*.elig") if not path.name.endswith(".cases.elig"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_cases_come_out_as_expected(path: Path) -> None:
    tested = run_cases(path, None, [])
    assert [miss for result in tested.results for miss in result.misses] == []
