"""What another rule does to the patients of a run, as plain data: sweeps of a number, and amendments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from api.attrition.asked import AskedSweep, asked_sweep
from api.attrition.cells import Cells
from api.attrition.from_limits import KeptRun
from api.attrition.groups import Grouping
from api.attrition.rejudging import Rejudging
from api.attrition.stored import StoredRun
from api.findings import OUTCOMES, VERDICTS
from criteria_dsl.written_numbers import with_number, written_numbers
from eligibility.attrition import Version, moves, names_of
from eligibility.judging import FAIL, PASS, REVIEW
from eligibility.judging.truth import Flags, States
from eligibility.reasons import Outcome

Content = dict[str, Any]
_OUTCOME_NAMES = {int(code): name for code, name in OUTCOMES.items()}


def sweeps(
    asked: Sequence[str], judging: Rejudging | KeptRun, cells: Cells, groups: Sequence[Grouping]
) -> list[Content]:
    """Each sweep with a step for every value: verdicts, who comes in and who falls out."""
    numbers = written_numbers(judging.text)
    parameters = {one.name: one.value for one in judging.program.parameters if one.value}
    plans = [asked_sweep(text, numbers, parameters) for text in asked]
    return [_sweep(plan, judging, cells, groups, parameters) for plan in plans]


def _sweep(
    plan: AskedSweep,
    judging: Rejudging | KeptRun,
    cells: Cells,
    groups: Sequence[Grouping],
    parameters: dict[str, str],
) -> Content:
    now = judging.run.verdict
    steps = []
    for value in plan.values:
        if plan.written is None:
            found = judging.with_text(judging.text, {plan.name: value})
        else:
            found = judging.with_text(with_number(judging.text, plan.written, value), {})
        then = found.verdicts()
        steps.append(
            {"value": value}
            | _verdicts(cells, then)
            | _who(cells, now, then)
            | {
                "groups": [
                    {
                        "by": grouping.by,
                        "groups": [
                            {"name": name, **_who(cells, now, then, np.equal(grouping.member, number))}
                            for number, name in enumerate(grouping.names)
                        ],
                    }
                    for grouping in groups
                ]
            }
        )
    written = parameters[plan.name] if plan.written is None else plan.written.number
    words = f"parameter {plan.name}" if plan.written is None else plan.written.words
    return {"name": plan.name, "words": words, "written": written, "steps": steps}


def _verdicts(cells: Cells, states: States) -> Content:
    told = {VERDICTS[code]: cells.count(int((states == code).sum())) for code in (PASS, REVIEW, FAIL)}
    return {"verdicts": told}


def _who(cells: Cells, now: States, then: States, mine: Flags | None = None) -> Content:
    """Who comes in and who falls out, by where they go to and where they come from."""
    table = moves(now, then) if mine is None else moves(now[mine], then[mine])
    came, fell = table[FAIL], table[:, FAIL]
    return {
        "added": cells.count(int(came[PASS] + came[REVIEW])),
        "added_for_review": cells.count(int(came[REVIEW])),
        "lost": cells.count(int(fell[PASS] + fell[REVIEW])),
        "lost_from_review": cells.count(int(fell[REVIEW])),
        "review_to_pass": cells.count(int(table[REVIEW, PASS])),
        "pass_to_review": cells.count(int(table[PASS, REVIEW])),
    }


def amendment(
    before: tuple[str, Version], after: tuple[str, Version], cells: Cells, groups: Sequence[Grouping]
) -> Content:
    """Who moves from where to where between two versions (named), and through which criterion."""
    old, new = before[1], after[1]
    now, then = old.verdicts(), new.verdicts()
    return {
        "before": before[0],
        "after": after[0],
        "moves": _moves(cells, now, then, VERDICTS),
        "criteria": [
            one for name in names_of((old, new)) if (one := _changed(cells, old, new, name)) is not None
        ],
        "groups": [
            {
                "by": grouping.by,
                "groups": [
                    {"name": name, **_who(cells, now, then, np.equal(grouping.member, number))}
                    for number, name in enumerate(grouping.names)
                ],
            }
            for grouping in groups
        ],
    }


def _moves(cells: Cells, now: States, then: States, names: dict[int, str]) -> list[Content]:
    """Every pair of states that somebody has, those who stay included."""
    table = moves(now, then)
    return [
        {"from": names[one], "to": names[other], "patients": cells.count(int(table[one, other]))}
        for one in (2, 1, 0)
        for other in (2, 1, 0)
        if table[one, other]
    ]


def _changed(cells: Cells, old: Version, new: Version, name: str) -> Content | None:
    """One criterion: how its outcome moved, whose verdict did with it, and what it changes by itself."""
    first, second = old.outcome(name), new.outcome(name)
    asked = {one.id: one for version in (old, new) for one in version.criteria}[name]
    sort = {one.id: (one.polarity, one.stage, one.cohorts) for one in old.criteria}.get(name)
    another = (
        first is not None and second is not None and sort != (asked.polarity, asked.stage, asked.cohorts)
    )
    if first is not None and second is not None and not another and np.array_equal(first, second):
        return None
    met = np.full(len(old.deaths), Outcome.MET, np.uint8)
    one, other = (met if outcome is None else outcome for outcome in (first, second))
    now, alone = old.verdicts(), old.with_criterion(new, name).verdicts()
    differs = np.not_equal(one, other)
    change = "added" if first is None else "removed" if second is None else "changed"
    return {
        "id": name,
        "label": asked.label,
        "change": change,
        "outcomes": [
            move for move in _moves(cells, one, other, _OUTCOME_NAMES) if move["from"] != move["to"]
        ],
        "verdicts_moved_with_it": [
            move
            for move in _moves(cells, now[differs], new.verdicts()[differs], VERDICTS)
            if move["from"] != move["to"]
        ],
        "alone": _who(cells, now, alone),
    }


def version_of(run: StoredRun) -> Version:
    """A stored run as one version."""
    return Version(run.criteria, run.outcomes, run.deaths)
