"""The pre-screening log and the screening and enrolment log: what the run knows, and columns to fill in.

The pre-screening log has everybody. The screening and enrolment log has those who pass or are for review: of
consent, visits and enrolment the record knows nothing, so these columns are left for the site.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from api.attrition.groups import Grouping
from api.attrition.stored import StoredRun

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
_AT_ONCE = 10_000  # lines of a table that are Python's objects at a time
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One patient's line: identifier, verdict, death, criteria not met and open with their reasons."""

    patient: str
    verdict: str
    deceased: str
    not_met: tuple[str, ...]
    open: tuple[str, ...]
    reasons: Mapping[str, str]  # by criterion, of those not met or open
    pending: tuple[str, ...]
    sex: str
    age: tuple[int, int] | None
    groups: Mapping[str, str]


class Entries:
    """A run's patients in order of their screening numbers. Tables are held, lines are not.

    `groups` are columns that a table adds.
    """

    def __init__(self, run: StoredRun, groups: Sequence[Grouping], numbers: Mapping[str, str]) -> None:
        columns = ("verdict", "deceased", "not_met", "unknown", "pending")
        self._verdicts = run.table("verdicts.parquet", columns)
        self._words, self._reasons = run.reasons()
        self._criteria = {criterion.id: place for place, criterion in enumerate(run.criteria)}
        self._people = _people(run)
        self._groups = groups
        self._order = np.argsort(np.array([numbers[patient] for patient in run.patients]))

    def everybody(self) -> Iterator[Entry]:
        """Every patient of the run."""
        yield from self._entries(self._order)

    def with_verdict(self, *verdicts: str) -> Iterator[Entry]:
        """Who has one of these verdicts."""
        wanted = pc.is_in(self._verdicts["verdict"], pa.array(verdicts, pa.string())).to_numpy()
        yield from self._entries(self._order[wanted[self._order]])

    def _entries(self, places: NDArray[np.int64]) -> Iterator[Entry]:
        for start in range(0, len(places), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            verdicts, people = (table.take(pa.array(some)) for table in (self._verdicts, self._people))
            pairs = zip(some.tolist(), verdicts.to_pylist(), people.to_pylist(), strict=True)
            for place, row, person in pairs:
                yield self._entry(place, row, person)

    def _entry(self, place: int, row: Row, person: Row) -> Entry:
        reasons = self._reasons[place]
        least, most = person["age_least"], person["age_most"]
        return Entry(
            row["patient"],
            row["verdict"],
            row["deceased"],
            tuple(row["not_met"]),
            tuple(row["unknown"]),
            {name: self._words[reasons[self._criteria[name]]] for name in (*row["not_met"], *row["unknown"])},
            tuple(row["pending"]),
            person["sex"] or "",
            None if least is None else (least, most),
            {group.by: group.names[group.member[place]] for group in self._groups},
        )


def _people(run: StoredRun) -> pa.Table:
    names = ("sex", "age_least", "age_most")
    if not (run.folder / "people.parquet").is_file():  # the run is older than this table
        return pa.table({name: pa.nulls(len(run.patients)) for name in names})
    return run.table("people.parquet", names)


def pre_screening(
    run: StoredRun, found: Entries, numbers: Mapping[str, str], identified: bool
) -> Iterator[Row]:
    """A line for everybody, in order of screening number."""
    for entry in found.everybody():
        yield (
            _head(run, entry, numbers, identified)
            | {
                "criteria_not_met": _with_reasons(entry.not_met, entry),
                "criteria_open": _with_reasons(entry.open, entry),
                "asked_later": list(entry.pending),
            }
            | dict.fromkeys(PRE_SCREENING_BLANKS, "")
        )


def enrolment(run: StoredRun, found: Entries, numbers: Mapping[str, str], identified: bool) -> Iterator[Row]:
    """A line for everybody who passes or is for review, in order of screening number."""
    for entry in found.with_verdict("pass", "needs-clinician-review"):
        yield (
            _head(run, entry, numbers, identified)
            | {"criteria_open": _with_reasons(entry.open, entry), "asked_later": list(entry.pending)}
            | dict.fromkeys(ENROLMENT_BLANKS, "")
        )


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
    return [f"{name} ({entry.reasons[name]})" if entry.reasons[name] else name for name in names]
