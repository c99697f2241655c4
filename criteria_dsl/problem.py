"""A problem of a text: what is wrong, where, and what would have been right.

Problems are values that are collected, never raised one by one; `CriteriaError` is for callers that
want a single exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from criteria_dsl.source import Span

Severity = Literal["error", "warning"]
_MANY = 200
_WIDEST = 160  # longer lines are cut around the place that matters


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. Lines and columns count from 1; `end_column` is one past the last character."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    end_column: int
    message: str
    suggestion: str = ""
    excerpt: str = field(default="", repr=False)  # the line itself

    def render(self, text: str | None = None) -> str:
        """Place, message, the line with carets, and `= suggestion`.

        `text` is the file's text; left out, or for a problem of an imported library, the line kept
        with the problem is shown.
        """
        line = self.excerpt
        if text is not None and not line:
            lines = text.splitlines()
            line = lines[self.line - 1] if self.line <= len(lines) else ""
        head = f"{self.code} {self.file}:{self.line}:{self.column}: {self.message}"
        begin = max(0, self.column - 1 - _WIDEST // 2) if len(line) > _WIDEST else 0
        shown = line[begin : begin + _WIDEST].rstrip()
        width = max(1, min(self.end_column, begin + len(shown) + 1) - self.column)
        parts = [head, f"  | {shown}", f"  | {' ' * (self.column - 1 - begin)}{'^' * width}"]
        if self.suggestion:
            parts.append(f"  = {self.suggestion}")
        return "\n".join(parts)


class CriteriaError(Exception):
    """A text that does not compile, with all its problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(problem.render() for problem in problems))
        self.problems = tuple(problems)


class RejectedError(Exception):
    """Leaves the part that is being planned; its problem is already in the report."""


class Report:
    """Collects problems, each place and code once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, str, int], Problem] = {}

    def add(self, code: str, span: Span, message: str, suggestion: str = "") -> None:
        """Adds a problem of the table in diagnostics.py; codes that begin with W are warnings."""
        line, column = span.source.place(span.start)
        end_line, end_column = span.source.place(max(span.start, span.end))
        excerpt = span.source.line_text(line)
        if end_line > line:
            end_column = len(excerpt) + 1
        problem = Problem(
            code,
            "warning" if code.startswith("W") else "error",
            span.source.name,
            line,
            column,
            max(end_column, column + 1),
            message,
            suggestion,
            excerpt,
        )
        self._found.setdefault((span.source.name, span.start, code, span.end), problem)

    def reject(self, code: str, span: Span, message: str, suggestion: str = "") -> RejectedError:
        """Adds an error and gives the exception that leaves the part: `raise report.reject(…)`."""
        self.add(code, span, message, suggestion)
        return RejectedError(code)

    @property
    def is_long(self) -> bool:
        """So many problems that looking for the nearest right thing would only take time."""
        return len(self._found) > _MANY

    @property
    def failed(self) -> bool:
        return any(problem.severity == "error" for problem in self._found.values())

    def problems(self, first: str) -> tuple[Problem, ...]:
        """All problems by place, those of the file named `first` before those of its libraries."""
        return tuple(
            sorted(self._found.values(), key=lambda p: (p.file != first, p.file, p.line, p.column, p.code))
        )
