"""Prints how the engine answers the published suites: `python -m tests.conformance.report`."""

from __future__ import annotations

import sys
from collections import Counter

from tests.conformance.comparing import Compared, Outcome, compare
from tests.conformance.suites import UCUM_FILES, DataMissingError, cql_cases, exclusions
from tests.conformance.ucum import GROUPS, failures

_HEAD = f"{'suite':34}{'group':24}{'cases':>7}{'agree':>7}{'differ':>8}{'no equal':>10}{'not known':>11}\n"


def cql_table(rows: list[Compared]) -> str:
    """Figures per suite and group; the last column is what no exclusion explains and must be 0."""
    groups = dict.fromkeys((row.case.suite, row.case.group) for row in rows)
    text = _HEAD
    for suite, group in groups:
        mine = [row for row in rows if (row.case.suite, row.case.group) == (suite, group)]
        text += _line(suite, group, mine)
    return text + _line("all", "", rows)


def _line(suite: str, group: str, rows: list[Compared]) -> str:
    count = Counter(row.outcome for row in rows)
    unknown = sum(row.surprising for row in rows)
    return (
        f"{suite:34}{group:24}{len(rows):7}{count[Outcome.AGREES]:7}{count[Outcome.DIFFERS]:8}"
        f"{count[Outcome.NO_EQUAL]:10}{unknown:11}\n"
    )


def ucum_table() -> str:
    """Figures per file and group of the UCUM suite. Raises `DataMissingError`."""
    text = f"{'suite':34}{'group':24}{'cases':>7}{'agree':>7}\n"
    for file in UCUM_FILES:
        for group in GROUPS:
            total, failed = failures(file, group)
            text += f"{file:34}{group:24}{total:7}{total - len(failed):7}\n"
    return text


def main() -> int:
    try:
        rows = compare(cql_cases(), exclusions("cql_exclusions.csv"))
        sys.stdout.write(f"{ucum_table()}\n{cql_table(rows)}")
    except DataMissingError as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    for row in rows:
        if row.surprising:
            sys.stdout.write(f"DISAGREES {row.case.place}: {row.case.expression} {row.outcome}\n")
    return int(any(row.surprising for row in rows))


if __name__ == "__main__":
    sys.exit(main())
