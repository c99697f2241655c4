"""The published interval, date, uncertainty and truth cases, answered by our windows and truth."""

from __future__ import annotations

import pytest

from tests.conformance.comparing import Outcome, compare
from tests.conformance.report import cql_table
from tests.conformance.suites import DataMissingError, cql_cases, exclusions

pytestmark = pytest.mark.thirdparty
EXCLUDED = exclusions("cql_exclusions.csv")


@pytest.fixture(scope="module")
def compared():
    try:
        return compare(cql_cases(), EXCLUDED)
    except DataMissingError as missing:
        pytest.skip(str(missing))


def test_every_case_agrees_or_is_excluded_for_a_reason(compared) -> None:
    wrong = [f"{row.case.place}: {row.case.expression} {row.outcome}" for row in compared if row.surprising]
    assert wrong == []


def test_every_exclusion_covers_a_case_and_says_why(compared) -> None:
    used = {row.excluded for row in compared}
    assert [row for row in EXCLUDED if row not in used or not row.reason] == []


def test_enough_is_compared(compared) -> None:
    agreed = sum(row.outcome is Outcome.AGREES for row in compared)
    assert agreed >= 750
    print(cql_table(compared))
