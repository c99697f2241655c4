"""Sweeps and amendments on a terminal, each step in one sentence."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from api.attrition.cells import number
from api.report import escape

Content = dict[str, Any]


def in_words(step: Content) -> str:
    """Who comes in and who falls out: "adds 212, 31 of them for review; loses 4"."""
    told = []
    if step["added"]:
        of_them = (
            f", {number(step['added_for_review'])} of them for review" if step["added_for_review"] else ""
        )
        told.append(f"adds {number(step['added'])}{of_them}")
    if step["lost"]:
        told.append(f"loses {number(step['lost'])}")
    if step["review_to_pass"]:
        told.append(f"{number(step['review_to_pass'])} more pass out of review")
    if step["pass_to_review"]:
        told.append(f"{number(step['pass_to_review'])} go from pass to review")
    return "; ".join(told) or "nobody moves"


def print_sweep(console: Console, sweep: Content) -> None:
    """A table with a row for each value."""
    title = f"{sweep['name']}: {sweep['written']} of “{sweep['words']}” replaced"
    table = Table(title=escape(title), title_justify="left")
    for name in ("value", "pass", "review", "fail"):
        table.add_column(name, justify="right")
    table.add_column("against now")
    for step in sweep["steps"]:
        verdicts = map(number, step["verdicts"].values())
        table.add_row(escape(step["value"]), *verdicts, in_words(step))
    console.print(table)


def print_amendment(console: Console, content: Content) -> None:
    """Moves of verdicts, and what each changed criterion does by itself."""
    console.print(f"amendment: version {escape(content['before'])} → {escape(content['after'])}")
    for move in content["moves"]:
        if move["from"] != move["to"]:
            console.print(f"  {move['from']} → {move['to']}: {number(move['patients'])}")
    if not content["criteria"]:
        console.print("  no criterion has another outcome for anybody")
        return
    table = Table(title="criteria with other outcomes", title_justify="left")
    for name in ("criterion", "outcomes", "this change alone"):
        table.add_column(name)
    for one in content["criteria"]:
        moved = "\n".join(f"{m['from']} → {m['to']}: {number(m['patients'])}" for m in one["outcomes"])
        head = f"{escape(one['id'])} {escape(one['label'])} ({one['change']})"
        table.add_row(head, moved, in_words(one["alone"]))
    console.print(table)
