"""The pre-screening log and the screening and enrolment log: what the run knows, and columns to fill in.

The pre-screening log has everybody. The screening and enrolment log has those who pass or are for review: of
consent, visits and enrolment the record knows nothing, so these columns are left for the site.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from api.attrition.groups import Grouping
from api.attrition.stored import StoredRun, read_columns

_OUTCOMES = {"pass": "eligible by record", "needs-clinician-review": "for review", "fail": "not eligible"}
PRE_SCREENING_BLANKS = (
    "reviewed_by",
    "date_reviewed",
    "approached",
    "date_approached",
    "agreed",
    "reason_not_approached_or_declined",
    "comments",
)
ENROLMENT_BLANKS = (
    "date_of_consent",
    "version_of_consent",
    "date_screened",
    "eligible_for_enrolment",
    "reason_for_screen_failure",
    "subject_number",
    "date_enrolled",
    "staff_initials",
    "comments",
)
# Without identifiers, ages that few people reach are told together.
_OLDEST = 90
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One patient's line: identifier, verdict, death, criteria not met and open with their reasons."""

    patient: str
    verdict: str
    deceased: str
    not_met: tuple[str, ...]
    open: tuple[str, ...]
    reasons: Mapping[str, str]  # by criterion, of those not met or unknown
    pending: tuple[str, ...]
    sex: str
    age: tuple[int, int] | None
    groups: Mapping[str, str]


def entries(run: StoredRun, groups: Sequence[Grouping]) -> Iterator[Entry]:
    """Everybody of a run, in order of identifier. `groups` are columns that a table adds."""
    table = run.table("verdicts.parquet", ("verdict", "deceased", "not_met", "unknown", "pending"))
    reasons = _reasons(run)
    people = _people(run)
    added = {grouping.by: [grouping.names[number] for number in grouping.member] for grouping in groups}
    for place, row in enumerate(table.to_pylist()):
        sex, least, most = people[place]
        yield Entry(
            row["patient"],
            row["verdict"],
            row["deceased"],
            tuple(row["not_met"]),
            tuple(row["unknown"]),
            reasons.get(row["patient"], {}),
            tuple(row["pending"]),
            sex or "",
            None if least is None else (least, most),
            {name: values[place] for name, values in added.items()},
        )


def _reasons(run: StoredRun) -> dict[str, dict[str, str]]:
    findings = read_columns(run.folder / "findings.parquet", ("patient", "criterion", "outcome", "reason"))
    wanted = pc.is_in(findings["outcome"], pa.array(["not met", "unknown"]))
    found: dict[str, dict[str, str]] = {}
    for row in findings.filter(wanted).to_pylist():
        found.setdefault(row["patient"], {})[row["criterion"]] = row["reason"]
    return found


def _people(run: StoredRun) -> list[tuple[str | None, int | None, int]]:
    path = run.folder / "people.parquet"
    if not path.is_file():
        return [(None, None, 0)] * len(run.patients)  # the run is older than this table
    people = run.table("people.parquet", ("sex", "age_least", "age_most"))
    told = (people[name].to_pylist() for name in ("sex", "age_least", "age_most"))
    return list(zip(*told, strict=True))


def pre_screening(
    run: StoredRun, found: Sequence[Entry], numbers: Mapping[str, str], identified: bool
) -> list[Row]:
    """A line for everybody, in order of screening number."""
    rows = [
        _head(run, entry, numbers, identified)
        | {
            "criteria_not_met": _with_reasons(entry.not_met, entry),
            "criteria_open": _with_reasons(entry.open, entry),
            "asked_later": list(entry.pending),
        }
        | dict.fromkeys(PRE_SCREENING_BLANKS, "")
        for entry in found
    ]
    return sorted(rows, key=lambda row: str(row["screening_number"]))


def enrolment(
    run: StoredRun, found: Sequence[Entry], numbers: Mapping[str, str], identified: bool
) -> list[Row]:
    """A line for everybody who passes or is for review, in order of screening number."""
    rows = [
        _head(run, entry, numbers, identified)
        | {"criteria_open": _with_reasons(entry.open, entry), "asked_later": list(entry.pending)}
        | dict.fromkeys(ENROLMENT_BLANKS, "")
        for entry in found
        if entry.verdict != "fail"
    ]
    return sorted(rows, key=lambda row: str(row["screening_number"]))


def _head(run: StoredRun, entry: Entry, numbers: Mapping[str, str], identified: bool) -> Row:
    outcome = "known to have died" if entry.deceased == "yes" else _OUTCOMES[entry.verdict]
    row: Row = {"screening_number": numbers[entry.patient]}
    if identified:
        row["patient"] = entry.patient
    return row | {
        **entry.groups,
        "protocol": run.record["protocol"]["id"],
        "protocol_version": run.record["protocol"]["version"],
        "date_pre_screened": run.record["as_of"],
        "sex": entry.sex,
        "age": _age(entry.age, identified),
        "outcome": outcome,
    }


def _age(age: tuple[int, int] | None, identified: bool) -> str:
    if age is None:
        return ""
    least, most = age
    if not identified and most >= _OLDEST:
        return f"{_OLDEST} and over" if least >= _OLDEST else ""
    return str(least) if least == most else f"{least}–{most}"


def _with_reasons(names: Sequence[str], entry: Entry) -> list[str]:
    return [f"{name} ({entry.reasons[name]})" if name in entry.reasons else name for name in names]
