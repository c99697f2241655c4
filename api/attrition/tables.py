"""An attrition report as CSV: one file for each of its tables, cells safe from being run as formulas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.outputs import prepare_folder, write_rows

Content = dict[str, Any]
Row = dict[str, Any]


def write_tables(folder: Path, content: Content) -> None:
    """Write the tables that have rows into a folder; what an earlier report left of the others goes."""
    prepare_folder(folder)
    for name, rows in tables(content).items():
        write_rows(folder / f"{name}.csv", rows)


def tables(content: Content) -> dict[str, list[Row]]:
    """The rows of each table by name."""
    return {
        "attrition-criteria": [_criterion(one) for one in content["criteria"]],
        "attrition-flow": _steps(content, "flow"),
        "attrition-order": _steps(content, "order"),
        "attrition-relaxations": [dict(one) for one in content["relaxations"]],
        "attrition-groups": list(_groups(content)),
    }


def _criterion(one: Content) -> Row:
    found = {name: one[name] for name in ("id", "label", "polarity", "cohorts", "not_met", "unknown")}
    found |= {name: one[name] for name in ("first_fail", "only_fail")} | one["relaxed"]
    otherwise, share = one["otherwise_pass"], one["shapley"]
    return found | {
        "otherwise_pass": otherwise["patients"],
        "otherwise_pass_not_met": otherwise["not_met"],
        "otherwise_pass_unknown": otherwise["unknown"],
        "shapley": share["patients"],
        "shapley_margin": share["margin"],
    }


def _steps(content: Content, name: str) -> list[Row]:
    blank = {"id": "", "label": "", "excluded": "", "left": "", "left_open": ""}
    first = blank | {"label": "assessed", "left": content["patients"]}
    dead = blank | {"label": "known to have died", "excluded": content["deceased"]}
    return [first, dead, *content[name]]


def _groups(content: Content) -> Iterator[Row]:
    """A row for each criterion of each group."""
    for grouping in content["groups"]:
        for group in grouping["groups"]:
            own = {"by": grouping["by"], "group": group["name"], "patients": group["patients"]}
            own |= {"deceased": group["deceased"], **group["verdicts"]}
            for one in group["criteria"]:
                yield own | {"criterion": one["id"]} | {n: v for n, v in one.items() if n != "id"}
