"""Where the published suites are, their cases, and the exclusions that are kept as data."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent
DATA = Path(os.environ.get("ELIGIBILITY_TEST_DATA", HERE.parents[2] / "shared" / "data")) / "conformance"
_CQL = "{http://hl7.org/fhirpath/tests}"
UCUM_FILES = ("UcumFunctionalTests.xml", "UcumFunctionalTests.2.xml")
CQL_FILES = (
    "CqlDateTimeOperatorsTest",
    "CqlIntervalOperatorsTest",
    "CqlLogicalOperatorsTest",
    "CqlNullologicalOperatorsTest",
    "CqlComparisonOperatorsTest",
)


class DataMissingError(Exception):
    """A published suite is not there."""


def present(path: Path) -> Path:
    """The path itself. Raises `DataMissingError`, which a test reports as NOT RUN."""
    if not path.is_file():
        raise DataMissingError(f"NOT RUN: {path} is absent; set ELIGIBILITY_TEST_DATA")
    return path


@dataclass(frozen=True, slots=True)
class Case:
    """One published case: an expression and what it gives, None where it must not be accepted."""

    suite: str
    group: str
    name: str
    expression: str
    expected: str | None

    @property
    def place(self) -> str:
        return f"{self.suite}/{self.group}/{self.name}"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Cases that are not compared, or on which we differ on purpose, with the reason.

    `differs`: we give another answer and know why; otherwise the case has no equal here.
    """

    suite: str
    group: str
    name: str
    differs: bool
    reason: str

    def covers(self, case: Case) -> bool:
        """Whether the case is one of these."""
        return self.covers_place(case.suite, case.group, case.name)

    def covers_place(self, suite: str, group: str, name: str) -> bool:
        """The same for a suite, group and name; the row's are patterns."""
        return (
            fnmatchcase(suite, self.suite) and fnmatchcase(group, self.group) and fnmatchcase(name, self.name)
        )


def exclusions(file: str) -> list[Exclusion]:
    """The rows of one table of exclusions beside this module."""
    with (HERE / file).open(encoding="utf-8", newline="") as lines:
        return [
            Exclusion(row["suite"], row["group"], row["case"], row["kind"] == "differs", row["reason"])
            for row in csv.DictReader(lines)
        ]


def cql_cases() -> list[Case]:
    """The cases of five CQL files on spans, dates, truth and comparison. Raises `DataMissingError`."""
    found = []
    for suite in CQL_FILES:
        root = ElementTree.parse(present(DATA / "cql-tests" / "cql" / f"{suite}.xml")).getroot()
        for group in root.iter(f"{_CQL}group"):
            for test in group.findall(f"{_CQL}test"):
                expression, output = test.find(f"{_CQL}expression"), test.find(f"{_CQL}output")
                text = "" if expression is None else " ".join((expression.text or "").split())
                expected = None if output is None else " ".join((output.text or "").split())
                found.append(Case(suite, group.get("name", ""), test.get("name", ""), text, expected))
    return found


def ucum_cases(file: str, group: str) -> list[dict[str, str]]:
    """The attributes of the cases of one group of a UCUM file. Raises `DataMissingError`."""
    found = ElementTree.parse(present(DATA / "ucum" / file)).getroot().find(group)
    return [] if found is None else [dict(case.attrib) for case in found.iter("case")]
