"""What planning carries along: the files, the report, and where in them a text stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from criteria_dsl import tree as t
from criteria_dsl.names import Entry, File, Sort, sort_of
from criteria_dsl.plan.written_out import Sizes
from criteria_dsl.problem import RejectedError, Report
from eligibility.program import ValueSetSource

Place = tuple[t.PolicyLine, ...]  # the policy lines of one definition or criterion


@dataclass(eq=False)
class Planning:
    """The state of one compilation."""

    report: Report
    main: File
    plan_entry: Callable[[Scope, Entry], None]  # plans whatever a name stands for
    value_sets: dict[str, ValueSetSource] = field(default_factory=dict)
    kept: dict[tuple[Entry, tuple[Place, ...]], Any] = field(default_factory=dict)
    tried: dict[Entry, bool] = field(default_factory=dict)  # definitions with their arguments given
    asks: bool = False  # whether any question was planned
    ranged: int = 0  # codes that ranges of codes came to
    sizes: Sizes = field(default_factory=Sizes)
    written: int = 0  # the size of all criteria so far


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a text stands: its file for names, and the policy lines around it, place by place.

    `lines` holds the places that have any, innermost first; `own` are the lines of the definition in
    which the text stands, () outside of one.
    """

    planning: Planning
    file: File
    lines: tuple[Place, ...] = ()
    bindings: Mapping[str, Entry] = field(default_factory=dict)  # what the arguments' names mean here
    own: Place = ()

    @property
    def report(self) -> Report:
        return self.planning.report

    def inside(self, entry: Entry) -> Scope:
        """The scope of a definition that is used here: its own lines come before the user's."""
        own = entry.node.policies if isinstance(entry.node, t.Define) else ()
        lines = (own, *self.lines) if own else self.lines
        return replace(self, file=entry.file, lines=lines, bindings=entry.bindings, own=own)

    def asking(self) -> Scope:
        """The scope of a condition that stands here: whom a rule is for is not settled by its own lines.

        What doubt means to a criterion, or to a definition that uses this one, is said of its answer.
        Used on a condition it would choose the branch, so only the definition's own lines count.
        """
        return replace(self, lines=(self.own,) if self.own else ())

    def find(self, word: t.Word) -> Entry | None:
        """The entry of a word, whatever it is; None where nothing is known of it."""
        if isinstance(word, Applied):
            return word.entry
        return self.bindings.get(word.text) or self.file.names.get(word.text)


@dataclass(frozen=True, slots=True)
class Applied(t.Word):
    """A definition with its arguments, as one name."""

    entry: Entry


def lookup(scope: Scope, word: t.Word) -> Entry:
    """The entry of a name; leaves without a word where its absence is already reported."""
    entry = scope.find(word)
    if entry is None or sort_of(entry) is Sort.BROKEN:
        raise RejectedError(word.text)
    return entry


def wrong_sort(scope: Scope, word: t.Word, entry: Entry, wanted: str, hint: str = "") -> RejectedError:
    """A name of one sort where another is wanted."""
    message = f"`{word.text}` names {sort_of(entry).called}, not {wanted}"
    return scope.report.reject("E114", word.span, message, hint)
