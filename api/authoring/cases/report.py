"""The outcome of a case file, for people and for programs."""

from __future__ import annotations

import sys
from typing import Any

from api.authoring.cases.running import Tested
from eligibility.reasons import Outcome


def as_data(tested: Tested) -> dict[str, Any]:
    """Results and coverage as plain data."""
    return {
        "file": str(tested.path),
        "protocol": {"id": tested.program.id, "version": tested.program.version},
        "cases": [
            {
                "name": result.case.name,
                "line": result.case.span.line,
                "ok": not result.misses,
                "misses": [
                    {"line": miss.line, "expected": miss.expected, "found": miss.found}
                    for miss in result.misses
                ],
            }
            for result in tested.results
        ],
        "exercised": {
            name: {
                "met": counts[Outcome.MET],
                "not met": counts[Outcome.NOT_MET],
                "unknown": counts[Outcome.UNKNOWN],
            }
            for name, counts in tested.exercised.items()
        },
        "untested": tested.untested,
    }


def print_tested(tested: Tested) -> None:
    """Failed cases with what was found instead, then which outcomes no case exercises."""
    failed = [result for result in tested.results if result.misses]
    for result in failed:
        sys.stdout.write(f'FAILED  {tested.path.name}:{result.case.span.line}: "{result.case.name}"\n')
        for miss in result.misses:
            sys.stdout.write(f"  line {miss.line}: {miss.expected}\n    found {miss.found}\n")
    total, missing = len(tested.exercised), tested.untested
    sys.stdout.write(f"{len(tested.results)} cases, {len(failed)} failed\n")
    sys.stdout.write(
        f"{total - len(missing)} of {total} criteria have a met, a not-met and an unknown case\n"
    )
    for name, outcomes in missing.items():
        sys.stdout.write(f"  {name}: no case expects {', '.join(outcomes)}\n")
