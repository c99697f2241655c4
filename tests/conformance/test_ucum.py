"""The published UCUM cases: what is no unit has no reading, and what is one converts exactly."""

from __future__ import annotations

import pytest

from tests.conformance.suites import UCUM_FILES, DataMissingError, exclusions
from tests.conformance.ucum import GROUPS, failures

pytestmark = pytest.mark.thirdparty
EXCLUDED = exclusions("ucum_exclusions.csv")


@pytest.mark.parametrize("file", UCUM_FILES)
@pytest.mark.parametrize("group", GROUPS)
def test_cases_agree_or_are_excluded_for_a_reason(file: str, group: str) -> None:
    try:
        total, failed = failures(file, group)
    except DataMissingError as missing:
        pytest.skip(str(missing))
    assert len(failed) <= 0.02 * total or group != "validation"
    left = [name for name in failed if not any(row.covers_place(file, group, name) for row in EXCLUDED)]
    assert left == []


def test_every_exclusion_is_needed() -> None:
    try:
        failed = [
            (file, group, name)
            for file in UCUM_FILES
            for group in GROUPS
            for name in failures(file, group)[1]
        ]
    except DataMissingError as missing:
        pytest.skip(str(missing))
    unused = [
        row for row in EXCLUDED if not row.reason or not any(row.covers_place(*place) for place in failed)
    ]
    assert unused == []


def test_no_conversion_of_the_current_edition_is_excluded() -> None:
    assert not any(row.covers_place(UCUM_FILES[0], "conversion", "3-101") for row in EXCLUDED)
    assert all(row.suite == UCUM_FILES[1] for row in EXCLUDED if row.group == "conversion")
