"""Which what-ifs a report was asked for, and where their truth comes from: the input, or a second run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.attrition.cells import Cells
from api.attrition.changed import amendment, sweeps, version_of
from api.attrition.groups import Grouping
from api.attrition.rejudging import Rejudging, Source, compiled
from api.attrition.stored import StoredRun, read_run
from api.errors import UserError


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`amended` is a protocol to judge the input by, `against` the run of another version."""

    sweeps: Sequence[str] = ()
    amended: Path | None = None
    against: Path | None = None


def what_if(
    run: StoredRun, asked: WhatIf, source: Source | None, cells: Cells, groups: Sequence[Grouping]
) -> dict[str, Any]:
    """The sweeps and the amendment of a report. Raises UserError where the findings do not tell them."""
    if asked.amended is not None and asked.against is not None:
        raise UserError("AMENDMENT_TWICE", "--against", "give --amended or --against, not both")
    rejudging = None
    if asked.sweeps or asked.amended is not None:
        if source is None:
            option = "--sweep" if asked.sweeps else "--amended"
            why = "findings do not say what another rule makes of a record: give --protocol and --input"
            raise UserError("SOURCE_MISSING", option, why)
        rejudging = Rejudging(run, source, asked.amended)
    return {
        "sweeps": [] if rejudging is None else sweeps(asked.sweeps, rejudging, cells, groups),
        "amendment": _amendment(run, asked, rejudging, cells, groups),
    }


def _amendment(
    run: StoredRun, asked: WhatIf, rejudging: Rejudging | None, cells: Cells, groups: Sequence[Grouping]
) -> dict[str, Any] | None:
    before = run.record["protocol"]["version"], version_of(run)
    if rejudging is not None and asked.amended is not None:
        program = compiled(asked.amended, rejudging.given)
        after = program.version, rejudging.judged(program, asked.amended)
        return amendment(before, after, cells, groups)
    if asked.against is None:
        return None
    other = read_run(asked.against)
    for name in ("as_of", "zone", "inputs"):
        if _inputs(run.record[name]) != _inputs(other.record[name]):
            raise UserError("RUNS_DIFFER", str(asked.against), f"`{name}` of the two runs differ")
    if run.patients != other.patients:
        raise UserError("RUNS_DIFFER", str(asked.against), "the patients of the two runs differ")
    return amendment(before, (other.record["protocol"]["version"], version_of(other)), cells, groups)


def _inputs(told: Any) -> Any:
    """Files by what is in them, wherever they lay."""
    return sorted(one["sha256"] for one in told) if isinstance(told, list) else told
