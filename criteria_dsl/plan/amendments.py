"""Amendments of a protocol, and what a criterion says that they changed in it: a record, no switch."""

from __future__ import annotations

from criteria_dsl import tree as t
from criteria_dsl.plan.limits import whole_number
from criteria_dsl.plan.times import day_number
from criteria_dsl.problem import RejectedError, Report
from eligibility import program as ir

_MOST = 1_000


def plan_amendments(header: t.Header | None, report: Report) -> tuple[ir.Amendment, ...]:
    """The amendments of a heading, whose numbers and days have to ascend; one in error is left out."""
    found: list[ir.Amendment] = []
    for node in header.amendments if header is not None else ():
        try:
            number, day = whole_number(report, node.number, 1, _MOST), day_number(report, node.day)
        except RejectedError:
            continue
        last = found[-1] if found else None
        if last is not None and number <= last.number:
            message = f"amendment {number} stands after amendment {last.number}"
            report.add("E139", node.number.span, message, "number them in their order, each once")
        elif last is not None and day < last.day:
            message = f"amendment {number} is older than amendment {last.number}"
            report.add("E139", node.day.span, message, "the days of amendments ascend")
        found.append(ir.Amendment(number, day, node.what.text))
    return tuple(found)


def plan_changes(node: t.Criterion, header: t.Header | None, report: Report) -> tuple[ir.Amended, ...]:
    """What amendments changed in a criterion. Raises RejectedError for one that is not declared."""
    known = [one.number.text for one in header.amendments] if header is not None else []
    found: list[ir.Amended] = []
    for attribute in node.attributes:
        if not attribute.form.startswith("changed by"):
            continue
        number = attribute.word
        if number.text not in known:
            hint = f'write `amendment {number.text} on 2026-01-15 "…"` below the heading of the file'
            raise report.reject("E138", number.span, f"amendment {number.text} is not declared", hint)
        found.append(ir.Amended(whole_number(report, number, 1, _MOST), attribute.others[0].text))
    return tuple(sorted(found, key=lambda one: one.number))
