"""What planning carries along: the files, the report, and where in them a text stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from criteria_dsl import tree as t
from criteria_dsl.names import Entry, File, Sort, sort_of
from criteria_dsl.problem import RejectedError, Report
from eligibility.program import ValueSetSource


@dataclass(eq=False)
class Planning:
    """The state of one compilation."""

    report: Report
    main: File
    value_sets: dict[str, ValueSetSource] = field(default_factory=dict)
    kept: dict[tuple[Entry, tuple[t.PolicyLine, ...]], Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a text stands: its file for names, and the policy lines around it, innermost first."""

    planning: Planning
    file: File
    lines: tuple[t.PolicyLine, ...] = ()

    @property
    def report(self) -> Report:
        return self.planning.report

    def inside(self, entry: Entry) -> Scope:
        """The scope of a definition that is used here: its own lines come before the user's."""
        own = entry.node.policies if isinstance(entry.node, t.Define) else ()
        return replace(self, file=entry.file, lines=(*own, *self.lines))


def lookup(scope: Scope, word: t.Word) -> Entry:
    """The entry of a name; leaves without a word where its absence is already reported."""
    entry = scope.file.names.get(word.text)
    if entry is None or sort_of(entry) is Sort.BROKEN:
        raise RejectedError(word.text)
    return entry


def wrong_sort(scope: Scope, word: t.Word, entry: Entry, wanted: str, hint: str = "") -> RejectedError:
    """A name of one sort where another is wanted."""
    message = f"`{word.text}` names {sort_of(entry).called}, not {wanted}"
    return scope.report.reject("E114", word.span, message, hint)
