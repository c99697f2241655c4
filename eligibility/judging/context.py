"""What one run of judging works on: facts, membership, the fixed moments, and what it remembers.

Nothing here decides anything. Selections and coverage are computed once and shared by all criteria
of the run, of all programs that are judged together; evidence rows are noted only when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.coverage import HISTORY_TAKEN, STILL_IN_CARE
from eligibility.facts import Array, Block, Facts, Kind
from eligibility.instants import DAY, END_OF_TIME, floor_day
from eligibility.judging.kernels.contacts import seen
from eligibility.judging.things import things
from eligibility.judging.truth import Flags, Truth
from eligibility.program import Edge, Given, Leaf, Literal, Picked, Selection, Statement
from eligibility.reasons import Cause
from eligibility.stretches import NO_ROWS, Stretches
from eligibility.terminology import Membership

_NOBODY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Noted:
    """Rows of one kind that spoke in a leaf. `role`: for, doubt, outside or against."""

    kind: Kind
    rows: NDArray[np.int64]
    patient: NDArray[np.int32]
    role: str


@dataclass(slots=True)
class Context:
    """Inputs and memory of one run over one fact table."""

    facts: Facts
    membership: Membership
    as_of_day: int  # first instant of the as-of day
    index_day: int  # first instant of the index day
    periods: dict[str, tuple[int, int]]  # parameter name -> first instants of its first and last day
    notes: dict[Leaf, list[Noted]] | None = None
    limited: Flags | None = None  # for whom a limit of the engine was reached, bool[n_patients]
    _rows: dict[tuple[Kind, str], Stretches] = field(default_factory=dict)
    _near: dict[tuple[Kind, str], Stretches] = field(default_factory=dict)
    _with_near: dict[tuple[Kind, str], Stretches] = field(default_factory=dict)
    _doubtful: dict[tuple[Kind, str, bool], NDArray[np.int64]] = field(default_factory=dict)
    _contacts: tuple[NDArray[np.int64], Flags] | None = None
    in_use: list[Stretches] = field(default_factory=list)  # rows of selections that a criterion looked at
    selected: dict[Selection, object] = field(default_factory=dict)
    numbers: dict[Picked, object] = field(default_factory=dict)
    conditions: dict[Statement, Truth] = field(default_factory=dict)  # what values ask, judged before them
    none_known: dict[str, Any] | None = None  # what records say not to be known, see judging.none_known
    _constant: dict[tuple[int, int], Truth] = field(default_factory=dict)
    _silence: dict[int | None, Truth] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return self.facts.n_patients

    def answers_as(self, other: Context) -> bool:
        """Whether whatever is asked of one has the same answer in the other."""
        same = self.facts is other.facts and self.membership is other.membership
        days = (self.as_of_day, self.index_day, self.periods)
        return same and days == (other.as_of_day, other.index_day, other.periods)

    @property
    def cutoff_day(self) -> int:
        """First instant of the last day that is visible without being asked for."""
        return min(self.index_day, self.as_of_day)

    @property
    def cutoff(self) -> int:
        """Last instant that is visible without being asked for."""
        return self.cutoff_day + DAY - 1

    def given_day(self, moment: Given | Literal) -> int:
        """First instant of the day a fixed moment names, before its shifts."""
        if isinstance(moment, Literal):
            return moment.day * DAY
        if moment.name == "index":
            return self.index_day
        first, last = self.periods[moment.name]
        return last if moment.edge is Edge.END else first

    def block(self, kind: Kind) -> Block | None:
        return self.facts.blocks.get(kind)

    def rows_in(self, kind: Kind, value_set: str) -> Stretches:
        """Rows of a kind whose concept is in a value set."""
        key = (kind, value_set)
        if key not in self._rows:
            self._rows[key] = self._rows_of(kind, value_set, near=False)
        return self._rows[key]

    def rows_near(self, kind: Kind, value_set: str) -> Stretches:
        """Rows of a kind that have no comparable code and whose wording comes near the value set."""
        key = (kind, value_set)
        if key not in self._near:
            self._near[key] = self._rows_of(kind, value_set, near=True)
        return self._near[key]

    def rows_with_near(self, kind: Kind, value_set: str) -> Stretches:
        """Rows in a value set, and after them those that come near it."""
        key = (kind, value_set)
        if key not in self._with_near:
            self._with_near[key] = self.rows_in(kind, value_set) + self.rows_near(kind, value_set)
        return self._with_near[key]

    def doubtful_concepts(self, kind: Kind, value_set: str) -> NDArray[np.int64]:
        """Concepts in or near a value set whose rows perhaps say that there is none, or that nobody knows."""
        if not self._doubtful:
            return _NOBODY
        found = [self._doubtful.get((kind, value_set, near), _NOBODY) for near in (False, True)]
        return np.concatenate(found)

    def _rows_of(self, kind: Kind, value_set: str, near: bool) -> Stretches:
        """Rows of concepts in (or near) a value set that may be of the thing itself."""
        block = self.block(kind)
        of = self.membership.neighbours if near else self.membership.members
        concepts = of[value_set]
        if block is None or not len(concepts):
            return NO_ROWS
        offsets = block.offsets
        if concepts[-1] >= len(offsets) - 1:  # concepts that were met after the block was made
            concepts = concepts[: concepts.searchsorted(len(offsets) - 1)]
        if len(self.membership.unclear):
            concepts, doubtful = things(self.facts, self.membership, block, value_set, concepts)
            self._doubtful[kind, value_set, near] = doubtful
        return Stretches.between(zip(offsets[concepts].tolist(), offsets[concepts + 1].tolist(), strict=True))

    def visible_at_all(self, kind: Kind) -> bool:
        """True where every row of the kind surely starts by the cutoff, so nobody needs to look."""
        block = self.block(kind)
        return block is None or block.latest_start <= self.cutoff

    def undated_rows(self, kind: Kind) -> bool:
        """True where the kind may hold rows whose start has no upper bound."""
        block = self.block(kind)
        return block is not None and block.latest_start >= END_OF_TIME

    def delivered(self, kind: Kind, value_set: str) -> bool:
        """Whether the input could hold facts of this kind in a code system of the value set."""
        manifest = self.facts.manifest
        if kind is Kind.MENTION:  # nobody delivers mentions: they are read in notes
            return manifest.notes_read
        name = kind.name.lower()
        if not manifest.has(name):
            return False
        seen = manifest.systems.get(name)
        wanted = self.membership.systems(value_set)
        return not seen or not wanted or not seen.isdisjoint(wanted)

    def covered(self, lower: int | NDArray[np.int64] | None) -> Flags:
        """Whose record is dense enough for silence to mean no, back to `lower` (None: ever).

        See `eligibility.coverage` for the rule.
        """
        if self._contacts is None:
            self._contacts = self._count_contacts()
        first, in_care = self._contacts
        reach = self.cutoff_day - HISTORY_TAKEN
        needed = reach if lower is None else np.maximum(floor_day(np.asarray(lower)), reach)
        return in_care & (first <= needed)

    def release(self) -> None:
        """Let go of columns put together for the criterion just judged: memory is dear to fill anew."""
        for rows in self.in_use:
            rows.release()
        self.in_use.clear()

    def constant(self, state: int, cause: int) -> Truth:
        """The same truth for everybody; shared, never to be written to."""
        key = (state, cause)
        if key not in self._constant:
            self._constant[key] = Truth(
                np.full(self.n, state, dtype=np.uint8), np.full(self.n, cause, dtype=np.uint32)
            )
        return self._constant[key]

    def silence(self, lower: int | NDArray[np.int64] | None) -> Truth:
        """What a silent record says of an event: no where covered, else unknown; shared."""
        shared = lower is None or isinstance(lower, int)
        if shared and lower in self._silence:
            return self._silence[lower]  # type: ignore[index]
        covered = self.covered(lower)
        # covered is no and assumed (FALSE is 0), not covered is unknown (1) and too thin
        truth = Truth(
            (~covered).view(np.uint8),
            np.where(covered, np.uint32(Cause.ABSENCE_ASSUMED), np.uint32(Cause.RECORD_TOO_THIN)),
        )
        if shared:
            self._silence[lower] = truth  # type: ignore[index]
        return truth

    def _count_contacts(self) -> tuple[NDArray[np.int64], Flags]:
        first = np.full(self.n, END_OF_TIME, dtype=np.int64)
        in_care = np.zeros(self.n, dtype=np.bool_)
        block = self.block(Kind.CONTACT)
        if block is None:
            return first, in_care
        # Rows stand in order of patient and day.
        patient, day = block.columns["patient"], block.columns["start_lo"]
        seen(patient, day, self.cutoff, self.cutoff_day - STILL_IN_CARE, first, in_care)
        return first, in_care

    def note(
        self, leaf: Leaf, kind: Kind, rows: Stretches, patient: Array, mask: Array | None, role: str
    ) -> None:
        """Remember evidence rows, where somebody asked for evidence."""
        if self.notes is None:
            return
        index = rows.numbers()
        if mask is not None:
            index, patient = index[mask], patient[mask]
        if len(index):
            self.keep(leaf, Noted(kind, index, patient, role))

    def keep(self, leaf: Leaf, noted: Noted) -> None:
        """Remember what was noted, where somebody asked for evidence."""
        if self.notes is not None:
            self.notes.setdefault(leaf, []).append(noted)
