"""All files of a run's screening logs, written into one folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.attrition.cells import Cells
from api.attrition.content import content
from api.attrition.groups import groupings, of_table, parse_ages
from api.attrition.rejudging import given_of, the_program
from api.attrition.stored import StoredRun
from api.authoring.rendering.reading import read_protocol
from api.outputs import prepare_folder, write_json, write_rows
from api.screening_logs.key import screening_numbers
from api.screening_logs.measure import measure_report
from api.screening_logs.rows import Entries, Row, enrolment, pre_screening
from fhir_adapters.interchange.subject_rows import by_criterion, dispositions, exceptions

_SDTM = ("sdtm-ti.csv", "sdtm-ie.csv", "sdtm-ds.csv")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`key` is the list of screening numbers, `protocol` what SDTM takes the criteria's texts from."""

    out: Path
    key: Path
    identified: bool = True
    protocol: Path | None = None
    groups: Path | None = None
    at_least: int = 0
    ages: str = "18,45,65,75"


def write_logs(run: StoredRun, wanted: Wanted) -> dict[str, int]:
    """Write the logs; how many lines each table has, by file name. Raises UserError."""
    inclusion = None if wanted.protocol is None else _inclusion(run, wanted.protocol)
    added = [] if wanted.groups is None else of_table(run, wanted.groups)
    by = groupings(run, parse_ages(wanted.ages), wanted.groups)
    report = measure_report(content(run, Cells(wanted.at_least), by, most=1))
    prepare_folder(wanted.out)
    numbers = screening_numbers(wanted.key, run.patients)
    found = Entries(run, added, numbers)
    tables: dict[str, Iterator[Row]] = {
        "pre-screening-log.csv": pre_screening(run, found, numbers, wanted.identified),
        "screening-enrolment-log.csv": enrolment(run, found, numbers, wanted.identified),
        **_sdtm(run, found, numbers, inclusion),
    }
    lines = {name: write_rows(wanted.out / name, rows) for name, rows in tables.items()}
    write_json(wanted.out / "measure-report.json", report)
    return {name: count for name, count in lines.items() if count}


def _inclusion(run: StoredRun, protocol: Path) -> dict[str, dict[str, str]]:
    """TI by criterion, of the run's own protocol."""
    program = the_program(run, protocol)
    reading = read_protocol(protocol, given_of(run, program).values)
    return by_criterion(program, {name: block.sentence for name, block in reading.criteria.items()})


def _sdtm(
    run: StoredRun, found: Entries, numbers: dict[str, str], inclusion: dict[str, dict[str, str]] | None
) -> dict[str, Iterator[Row]]:
    """TI, and IE and DS of those who fail by a criterion; who died before is no subject.

    Without the texts of the protocol these tables have no rows.
    """
    if inclusion is None:
        return {name: iter(()) for name in _SDTM}
    study, day = run.record["protocol"]["id"], run.record["as_of"]

    def failures() -> Iterator[tuple[str, Sequence[str]]]:
        for entry in found.with_verdict("fail"):
            if entry.deceased != "yes":
                yield f"{study}-{numbers[entry.patient]}", entry.not_met

    rows = (
        iter(inclusion.values()),
        exceptions(inclusion, failures(), day),
        dispositions(study, inclusion, failures(), day),
    )
    return dict(zip(_SDTM, rows, strict=True))
