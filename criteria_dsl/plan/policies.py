"""Which policy is in force: the nearest line wins, then the headings, then the program's defaults.

Order: lines of the definition, lines of the criterion, heading of the definition's file, heading of
the protocol. Within one place, a line that names the kind wins over one that names none. A criterion's
lines are not in force for its conditions (`Scope.asking`).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from criteria_dsl import tree as t
from criteria_dsl.plan.context import Place, Scope
from criteria_dsl.problem import Report
from eligibility.program import DEFAULT_POLICY, Answer, Notes, Policy

_IN_DAYS = {"day": 1, "week": 7}
_LONGEST_GAP = 1_000


def policy(scope: Scope, kind: str | None) -> Policy:
    """The policy for facts of a kind (its word), or for a value of several kinds (None)."""
    places = _places(scope)

    def answer(doubt: str) -> Answer | None:
        found = _find(places, doubt, kind)
        return Answer(found.answer) if found else None

    review = _find(places, "review", kind)
    notes = _find(places, "notes", kind)
    return Policy(
        missing=answer("missing"),
        outdated=answer("outdated"),
        unconfirmed=answer("unconfirmed") or DEFAULT_POLICY.unconfirmed,
        undated=answer("undated") or DEFAULT_POLICY.undated,
        unmapped=answer("unmapped") or DEFAULT_POLICY.unmapped,
        unreadable=answer("unreadable") or DEFAULT_POLICY.unreadable,
        borderline=float(Decimal(review.number.text) / 100) if review and review.number else 0.0,
        notes=Notes(notes.answer) if notes else DEFAULT_POLICY.notes,
    )


def _places(scope: Scope) -> list[Place]:
    """The policy lines in force, nearest first."""
    headers = [file.header for file in (scope.file, scope.planning.main) if file.header is not None]
    return [*scope.lines, *(header.policies for header in headers)]


def _find(places: Iterable[Place], doubt: str, kind: str | None) -> t.PolicyLine | None:
    for lines in places:
        fitting = [line for line in lines if line.doubt == doubt]
        for line in fitting:
            if line.kind is not None and line.kind.text == kind:
                return line
        for line in fitting:
            if line.kind is None:
                return line
    return None


def gap(scope: Scope) -> int:
    """The longest gap, in days, between days in a row that is closed; 0 where no line says one."""
    found = _find(_places(scope), "join gaps", None)
    if found is None or found.length is None or found.length.unit not in _IN_DAYS:
        return 0
    return int(found.length.number.text) * _IN_DAYS[found.length.unit]


def check_lines(lines: Iterable[t.PolicyLine], report: Report) -> None:
    """The same doubt stated twice in one place, and shares that are none."""
    seen: dict[tuple[str, str | None], t.PolicyLine] = {}
    for line in lines:
        key = (line.doubt, line.kind.text if line.kind else None)
        if seen.setdefault(key, line) is not line:
            report.add("E141", line.span, "this policy is stated twice here", "keep one of the two lines")
        if line.kind is not None and line.kind.text == "codes":
            message = "a list of codes has no policy"
            report.add("E142", line.span, message, "name a kind of record, such as `diagnosis`")
        if line.length is not None:
            days = line.length.number.text
            if line.length.unit not in _IN_DAYS or not days.isdecimal() or not 0 < int(days) <= _LONGEST_GAP:
                message = "a gap is a whole number of days or weeks"
                report.add("E245", line.length.span, message, "write `join gaps up to 14 days`")
        if line.number is not None and not 0 < Decimal(line.number.text) <= 100:
            report.add("E307", line.number.span, "a share lies above 0 and up to 100 %", "")
