"""Runs the rules over a file and applies the fixes that are safe."""

from __future__ import annotations

from collections.abc import Sequence

from criteria_dsl.compile import passes
from criteria_dsl.linting.rule import RULES, Finding
from criteria_dsl.linting.text import Text
from criteria_dsl.names import Library
from criteria_dsl.problem import CriteriaError


def lint_text(text: str, *, name: str = "protocol.elig", library: Library | None = None) -> list[Finding]:
    """Findings in order of place. Raises `CriteriaError` for a text that does not compile."""
    file, planned, report = passes(text, name, library)
    if report.failed:
        raise CriteriaError(report.problems(name))
    seen = Text(file, planned.program, planned.declared, planned.value_sets)
    found = [Finding(rule.code, one) for rule in RULES.values() for one in rule.check(seen)]
    return sorted(found, key=lambda one: (one.found.span.start, one.code))


def fixed(text: str, findings: Sequence[Finding]) -> str:
    """The text with every edit that overlaps no earlier one; offsets are of the text with `\\n` ends."""
    edits = sorted(
        (one.found.edit for one in findings if one.found.edit is not None),
        key=lambda edit: (edit.span.start, edit.span.end),
    )
    out, at = "", 0
    for edit in edits:
        if edit.span.start >= at:
            out += text[at : edit.span.start] + edit.text
            at = edit.span.end
    return out + text[at:]
