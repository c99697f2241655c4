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
        "attrition-sweeps": list(_sweeps(content)),
        "attrition-amendment": list(_amendment(content)),
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
    dead = blank | {"label": "known to have died", "excluded": content["deceased"], "left": content["living"]}
    return [first, dead, *content[name]]


def _groups(content: Content) -> Iterator[Row]:
    """A row for each criterion of each group."""
    for grouping in content["groups"]:
        for group in grouping["groups"]:
            own = {"by": grouping["by"], "group": group["name"], "patients": group["patients"]}
            own |= {"deceased": group["deceased"], **group["verdicts"]}
            for one in group["criteria"]:
                yield own | {"criterion": one["id"]} | {n: v for n, v in one.items() if n != "id"}


def _sweeps(content: Content) -> Iterator[Row]:
    """A row for each value of each sweep: all patients (by "" group ""), then each group of them."""
    for sweep in content["sweeps"]:
        for step in sweep["steps"]:
            own = {name: sweep[name] for name in ("name", "words", "written")} | {"value": step["value"]}
            moved = {name: cell for name, cell in step.items() if name not in ("value", "verdicts", "groups")}
            yield own | {"by": "", "group": ""} | moved
            for grouping in step["groups"]:
                for group in grouping["groups"]:
                    who = {name: cell for name, cell in group.items() if name != "name"}
                    yield own | {"by": grouping["by"], "group": group["name"]} | who


def _amendment(content: Content) -> Iterator[Row]:
    """Moves of verdicts, then of the outcomes of each criterion."""
    told = content["amendment"]
    if told is None:
        return
    for move in told["moves"]:
        yield {"criterion": "", "what": "verdict", **move}
    for one in told["criteria"]:
        for move in one["outcomes"]:
            yield {"criterion": one["id"], "what": "outcome", **move}
        for move in one["verdicts_moved_with_it"]:
            yield {"criterion": one["id"], "what": "verdict of those with another outcome", **move}
