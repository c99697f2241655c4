"""An attrition report on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from api.attrition.cells import number, size
from api.attrition.terminal_changes import print_amendment, print_sweep
from api.report import escape

Content = dict[str, Any]


def print_attrition(content: Content) -> None:
    """Print what `content` made."""
    console = Console(highlight=False)
    protocol = content["protocol"]
    head = f"[bold]{escape(protocol['id'])}[/bold] version {escape(protocol['version'])}"
    console.print(f"{head}, as of {content['as_of']}: {number(content['patients'])} patients")
    console.print(", ".join(f"{name} {number(cell)}" for name, cell in content["verdicts"].items()))
    if content["counts_below"] is not None:
        least = content["counts_below"]
        console.print(f"counts below {least} are hidden and others rounded to {least}: sums are not exact")
    console.print(_criteria(content))
    console.print(_steps("flow, in the protocol's order", content, content["flow"]))
    console.print(_steps("the order that explains most soonest", content, content["order"]))
    if content["relaxations"]:
        console.print(_relaxations(content))
    for grouping in content["groups"]:
        console.print(_grouping(grouping))
    for sweep in content["sweeps"]:
        print_sweep(console, sweep)
    if content["amendment"] is not None:
        print_amendment(console, content["amendment"])
    later = ", ".join(f"{escape(one['id'])} ({one['stage']})" for one in content["later"])
    if later:
        console.print(f"no part in the verdict: {later}")


def _table(title: str, words: int, columns: Sequence[str]) -> Table:
    """A table whose first columns hold words, and all others numbers."""
    table = Table(title=title, title_justify="left")
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place < words else "right")
    return table


def _criteria(content: Content) -> Table:
    columns = (
        "criterion",
        "not met",
        "unknown",
        "first",
        "only",
        "back: pass",
        "review",
        "opened",
        "Shapley",
    )
    table = _table("what each criterion costs", 1, columns)
    for one in content["criteria"]:
        gains, share = one["relaxed"], one["shapley"]
        margin = f" ± {number(share['margin'])}" if share["margin"] else ""
        cells = [one[name] for name in ("not_met", "unknown", "first_fail")]
        cells += [gains[name] for name in ("to_pass", "to_review", "review_to_pass")]
        table.add_row(_named(one), *map(number, cells), number(share["patients"]) + margin)
    return table


def _named(one: Content) -> str:
    return f"{escape(one['id'])} {escape(one['label'])}"


def _steps(title: str, content: Content, found: Sequence[Content]) -> Table:
    table = _table(title, 1, ("step", "taken out", "left", "of these open"))
    table.add_row("assessed", "", number(content["patients"]), "")
    table.add_row("known to have died", number(content["deceased"]), number(content["living"]), "")
    for step in found:
        table.add_row(_named(step), *(number(step[name]) for name in ("excluded", "left", "left_open")))
    return table


def _relaxations(content: Content) -> Table:
    title = "criteria that give back most when they are relaxed together"
    table = _table(title, 2, ("criteria", "", "back", "to pass", "to review"))
    for one in content["relaxations"]:
        how = "" if one["exact"] else "built up step by step"
        cells = (number(one[name]) for name in ("back", "to_pass", "to_review"))
        table.add_row(escape(" + ".join(one["criteria"])), how, *cells)
    return table


def _grouping(grouping: Content) -> Table:
    """Verdicts of each group, and the criteria that give back most of it."""
    table = _table(
        f"by {escape(grouping['by'])}",
        1,
        ("group", "patients", "pass", "review", "fail", "most come back without"),
    )
    for group in grouping["groups"]:
        best = sorted(group["criteria"], key=lambda one: -size(one["back"]))[:3]
        told = ", ".join(f"{escape(one['id'])} {number(one['back'])}" for one in best if size(one["back"]))
        verdicts = map(number, group["verdicts"].values())
        table.add_row(escape(group["name"]), number(group["patients"]), *verdicts, told)
    return table
