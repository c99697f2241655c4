"""Sweeps of a stored run without its input: from the limits that the run kept.

Another number is compiled as any text is. What differs from the run's program must be one kept statement of
a criterion, and of it nothing but its limits; of anything else the findings do not tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from api.attrition.limits import names_kept, read_limits
from api.attrition.rejudging import given_of, the_program
from api.attrition.stored import StoredRun
from api.errors import UserError
from api.loading import protocol_text
from criteria_dsl import compile_text
from criteria_dsl.compile import beside
from eligibility.attrition import Version
from eligibility.judging.evidence import leaves_of
from eligibility.judging.kept import Kept, KeptLeaf, can_be_kept
from eligibility.judging.truth import States
from eligibility.program import AgeIs, Criterion, Leaf, ValueIs


class KeptRun:
    """A stored run whose limits can be asked anew; UserError where none were kept, or of another text."""

    def __init__(self, run: StoredRun, protocol: Path) -> None:
        kept = read_limits(run)
        if kept is None:
            why = "the run kept no limits (`screen --keep-limits`): give --input to judge it again"
            raise UserError("SOURCE_MISSING", "--sweep", why)
        self.run, self._path, self._kept = run, protocol, kept
        self.text = protocol_text(protocol)
        self.program = the_program(run, protocol)
        self.given = given_of(run, self.program)
        for (name, place), one in kept.items():
            criterion = next(found for found in self.program.criteria if found.id == name)
            leaf = leaves_of(criterion)[place]
            if not can_be_kept(leaf) or not np.array_equal(one.outcome(leaf), self._outcome(name)):
                raise UserError(
                    "RUN_INCONSISTENT", str(run.folder), "the limits are not those of the findings"
                )

    def _outcome(self, name: str) -> States:
        place = next(n for n, criterion in enumerate(self.run.criteria) if criterion.id == name)
        found: States = self.run.outcomes[place]
        return found

    def with_text(self, text: str, values: Mapping[str, str]) -> Version:
        """The run under another text of the protocol, with other values of parameters."""
        given = {**self.given.values, **values}
        made = compile_text(text, name=self._path.name, library=beside(self._path), given=given)
        if made.program is None:
            problem = next(one for one in made.problems if one.severity == "error")
            raise UserError("SWEEP_INVALID", "--sweep", problem.render(text))
        outcomes = self.run.outcomes.copy()
        pairs = zip(self.program.criteria, made.program.criteria, strict=True)
        for place, (old, new) in enumerate(pairs):
            if old != new:
                kept, leaf = self._changed(old, new)
                outcomes[place] = kept.outcome(leaf)
        if (self.program.index, self.program.value_sets) != (made.program.index, made.program.value_sets):
            raise self._untold(self._path.name)
        return Version(self.run.criteria, outcomes, self.run.deaths)

    def _changed(self, old: Criterion, new: Criterion) -> tuple[KeptLeaf, Kept]:
        """The one kept statement that differs, by its limits alone."""
        before, after = leaves_of(old), leaves_of(new)
        differ = [
            place for place, (one, other) in enumerate(zip(before, after, strict=False)) if one != other
        ]
        if len(before) != len(after) or len(differ) != 1:
            raise self._untold(old.id)
        first, then = before[differ[0]], after[differ[0]]
        kept = self._kept.get((old.id, differ[0]))
        same = kept is not None and can_be_kept(then) and _with_limits(first, then) == then
        if kept is None or not can_be_kept(then) or not same or put(old, first, then) != new:
            raise self._untold(old.id)
        return kept, then

    def _untold(self, name: str) -> UserError:
        told = f"limits of {names_kept(list(self._kept))}"
        why = f"this change of {name} cannot be told from what the run kept ({told}): give --input as well"
        return UserError("SOURCE_MISSING", "--sweep", why)


def _with_limits(leaf: Leaf, other: Leaf) -> Leaf | None:
    """A statement with the limits of another one of its sort."""
    if isinstance(leaf, AgeIs) and isinstance(other, AgeIs):
        return replace(leaf, low=other.low, high=other.high)
    if isinstance(leaf, ValueIs) and isinstance(other, ValueIs):
        limits = replace(
            leaf.range,
            low=other.range.low,
            high=other.range.high,
            low_open=other.range.low_open,
            high_open=other.range.high_open,
        )
        return replace(leaf, range=limits)
    return None


def put(node: Any, old: Leaf, new: Leaf) -> Any:
    """A part of a program with one statement in the place of another."""
    if node == old:
        return new
    if isinstance(node, tuple):
        return tuple(put(part, old, new) for part in node)
    if is_dataclass(node) and not isinstance(node, type):
        changed = {item.name: put(getattr(node, item.name), old, new) for item in fields(node)}
        return replace(node, **{k: v for k, v in changed.items() if v is not getattr(node, k)})
    return node
