"""`eligibility lint`: what compiles and still looks wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.errors import UserError
from api.loading import protocol_text
from api.outputs import write_text
from criteria_dsl import CriteriaError
from criteria_dsl.compile import beside
from criteria_dsl.linting import Finding, fixed, lint_text
from criteria_dsl.problem import Problem, Report
from criteria_dsl.source import read

_MOST_ROUNDS = 10


def lint_files(files: Sequence[Path], fix: bool) -> dict[Path, list[Finding]]:
    """Findings by file, after the safe fixes if `fix`. Raises UserError for a file that does not compile."""
    return {path: _lint(path, fix) for path in files}


def _lint(path: Path, fix: bool) -> list[Finding]:
    text = protocol_text(path)
    try:
        found = lint_text(text, name=path.name, library=beside(path))
        plain = read(path.name, text).text
        for _ in range(_MOST_ROUNDS if fix else 0):
            after = fixed(plain, found)
            if after == plain:
                break
            plain = after
            found = lint_text(plain, name=path.name, library=beside(path))
    except CriteriaError as error:
        raise UserError("PROTOCOL_INVALID", "", str(error)) from error
    if fix and plain != read(path.name, text).text:
        write_text(path, plain)
    return found


def _problem(finding: Finding) -> Problem:
    """A finding in the shape of the compiler's problems."""
    report = Report()
    found = finding.found
    report.add(finding.code, found.span, found.message, found.suggestion)
    return report.problems(found.span.source.name)[0]


def as_data(found: dict[Path, list[Finding]]) -> list[dict[str, Any]]:
    """Findings as plain data."""
    return [
        {
            "file": str(path),
            "code": finding.code,
            "line": problem.line,
            "column": problem.column,
            "message": problem.message,
            "suggestion": problem.suggestion,
            "fixable": finding.found.edit is not None,
        }
        for path, findings in found.items()
        for finding, problem in ((finding, _problem(finding)) for finding in findings)
    ]


def print_findings(found: dict[Path, list[Finding]]) -> None:
    """Each finding with its place and line, then how many."""
    for findings in found.values():
        for finding in findings:
            sys.stdout.write(_problem(finding).render() + "\n\n")
    count = sum(map(len, found.values()))
    fixable = sum(finding.found.edit is not None for findings in found.values() for finding in findings)
    more = f", {fixable} of them mended by --fix" if fixable else ""
    sys.stdout.write(f"{count} finding{'s' * (count != 1)}{more}\n")
