"""Which what-ifs a report was asked for, and where their truth comes from: the input, or a second run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.attrition.cells import Cells
from api.attrition.changed import amendment, sweeps, version_of
from api.attrition.from_limits import KeptRun
from api.attrition.groups import Grouping
from api.attrition.rejudging import Rejudging, Source, compiled
from api.attrition.stored import StoredRun, read_run
from api.errors import UserError


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`amended` is a protocol to judge the input by, `against` the run of another version.

    `protocol` and `input` are the run's own, with what reading the input needs.
    """

    sweeps: Sequence[str] = ()
    amended: Path | None = None
    against: Path | None = None
    protocol: Path | None = None
    input: str = ""
    value_sets: Sequence[Path] = ()
    names: Sequence[str] = ()


def what_if(run: StoredRun, asked: WhatIf, cells: Cells, groups: Sequence[Grouping]) -> dict[str, Any]:
    """The sweeps and the amendment of a report. Raises UserError where they cannot be told."""
    if asked.amended is not None and asked.against is not None:
        raise UserError("AMENDMENT_TWICE", "--against", "give --amended or --against, not both")
    judging = _judging(run, asked)
    return {
        "sweeps": [] if judging is None else sweeps(asked.sweeps, judging, cells, groups),
        "amendment": _amendment(run, asked, judging, cells, groups),
    }


def _judging(run: StoredRun, asked: WhatIf) -> Rejudging | KeptRun | None:
    """What other rules are judged with: the input where it is given, else what the run kept of its limits."""
    if not asked.sweeps and asked.amended is None:
        return None
    if asked.protocol is None:
        raise UserError("SOURCE_MISSING", "--protocol", "give the protocol that the run was made with")
    if asked.input:
        source = Source(asked.protocol, asked.input, asked.value_sets, asked.names)
        return Rejudging(run, source, asked.amended)
    if asked.amended is not None:
        raise UserError("SOURCE_MISSING", "--input", "another version is judged from the input: give it")
    return KeptRun(run, asked.protocol)


def _amendment(
    run: StoredRun,
    asked: WhatIf,
    judging: Rejudging | KeptRun | None,
    cells: Cells,
    groups: Sequence[Grouping],
) -> dict[str, Any] | None:
    before = run.record["protocol"]["version"], version_of(run)
    if isinstance(judging, Rejudging) and asked.amended is not None:
        program = compiled(asked.amended, judging.given)
        after = program.version, judging.judged(program, asked.amended)
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
