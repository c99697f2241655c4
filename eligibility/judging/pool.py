"""The possible rows of a union of selections, each once, sorted by patient.

Only what every user of a pool needs is fetched at once (whose row, whether it is sure); other
columns are fetched for the rows that turn out to matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Block, Kind
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.judging.analytes import CONVERTED, converted_column
from eligibility.judging.context import Context
from eligibility.judging.kernels.marking import numbered
from eligibility.judging.select import Selected, select
from eligibility.judging.truth import Flags
from eligibility.program import Leaf, Policy, Rows

Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pool:
    """One entry per possible row. `part` and `at` say which row of which selection it is.

    `part` None: all are of the first selection; `at` None: entry i is its i-th considered row.
    `certain` None: all rows are sure. `cutoff`: last instant at which a row without any date started.
    """

    parts: tuple[tuple[Block, Selected], ...]
    patient: NDArray[np.int32]
    certain: Flags | None
    part: NDArray[np.uint8] | None
    at: Index | None
    cutoff: int = END_OF_TIME

    def __len__(self) -> int:
        return len(self.patient)

    def take(self, index: Index) -> Pool:
        """The pool of some entries, in the order given."""
        return replace(
            self,
            patient=at_positions(self.patient, index),
            certain=None if self.certain is None else at_positions(self.certain, index),
            part=None if self.part is None else at_positions(self.part, index),
            at=index if self.at is None else at_positions(self.at, index),
        )

    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of the entries."""
        return tuple(sorted({block.kind for block, _ in self.parts}))

    def of_kind(self, kind: Kind) -> Pool:
        """The entries of one kind, and its selections alone."""
        part = self.part
        mine = self._parts_of(kind)
        if part is None or len(mine) == len(self.parts):
            return self
        at = self.at_kind(kind)
        numbers = np.searchsorted(mine, part[at]).astype(np.uint8)
        return replace(self.take(at), parts=tuple(self.parts[number] for number in mine), part=numbers)

    def at_kind(self, kind: Kind) -> Index:
        """Where the entries of one kind stand."""
        if self.part is None:
            return np.arange(len(self))
        return np.flatnonzero(np.isin(self.part, self._parts_of(kind)))

    def _parts_of(self, kind: Kind) -> list[int]:
        return [number for number, (block, _) in enumerate(self.parts) if block.kind is kind]

    def column(self, name: str) -> NDArray[Any]:
        """A column of the fact table for each entry, values in the unit of the selection's analyte."""
        values = self.written(name)
        if name not in CONVERTED or all(found.analyte is None for _, found in self.parts):
            return values
        dimension = self.written("unit")
        if self.part is None:
            analyte = self.parts[0][1].analyte
            return values if analyte is None else converted_column(analyte, name, values, dimension)
        for number, (_, found) in enumerate(self.parts):
            if found.analyte is not None:
                mine = np.flatnonzero(self.part == number)
                values[mine] = converted_column(found.analyte, name, values[mine], dimension[mine])
        return values

    def written(self, name: str) -> NDArray[Any]:
        """A column of the fact table for each entry, values as the row has them."""
        return self.per_part(lambda block, found: block.rows_of_column(name, found.rows))

    def starts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Earliest and latest start of each entry, those without any date bounded by the cutoff."""
        low, high = self.column("start_lo"), self.column("start_hi")
        undated = high >= END_OF_TIME
        if undated.any():
            undated &= low <= BEGINNING
            high = np.where(undated, np.minimum(high, self.cutoff), high)
        return low, high

    def doubts(self) -> NDArray[np.uint32] | None:
        """Causes of each row's being in doubt, uint32; None where no row is."""
        if self.certain is None:
            return None
        causes = np.zeros(len(self), dtype=np.uint32)
        unsure = ~self.certain
        for number, (_, found) in enumerate(self.parts):
            index = np.flatnonzero(unsure if self.part is None else unsure & (self.part == number))
            at = index if self.at is None else at_positions(self.at, index)
            told = np.zeros(len(index), dtype=np.uint32)
            for mask, cause in found.doubts:
                told[at_positions(mask, at)] |= np.uint32(cause)
            causes[index] = told
        return causes

    def by_policy(self) -> tuple[tuple[Policy, Flags | None], ...]:
        """The policies that hold, each with the entries (None: all) of selections that have it."""
        policies = list(dict.fromkeys(found.policy for _, found in self.parts))
        if len(policies) == 1 or self.part is None:
            return ((self.parts[0][1].policy, None),)
        which = np.array([policies.index(found.policy) for _, found in self.parts])[self.part]
        return tuple((policy, which == number) for number, policy in enumerate(policies))

    def note(self, context: Context, leaf: Leaf) -> None:
        """Remember the entries as evidence for a leaf, where somebody asked for evidence."""
        for number, (_, found) in enumerate(self.parts):
            mine = self.at
            if self.part is not None and self.at is not None:
                mine = self.at[self.part == number]
            context.note(leaf, found.kind, found.rows, found.patient, mine, "for")

    def per_part(self, values: Callable[[Block, Selected], NDArray[Any]]) -> NDArray[Any]:
        """What `values` gives for the considered rows of each selection, for each entry."""
        if self.part is None:
            column = values(*self.parts[0])
            return column if self.at is None else at_positions(column, self.at)
        if self.at is None:
            raise ValueError("entries of several selections are always told by position")
        columns = [values(*part) for part in self.parts]
        result = np.empty(len(self), dtype=columns[0].dtype)
        for number, column in enumerate(columns):
            mine = self.part == number
            result[mine] = at_positions(column, self.at[mine])
        return result


def at_positions(column: NDArray[Any], index: Index) -> NDArray[Any]:
    """Entries of a column; positions are known to be in it, so none is looked at twice."""
    return column.take(index, mode="clip")


def pool(context: Context, rows: Rows, wanted: Callable[[Block, Selected], Flags | None]) -> Pool | None:
    """All possible rows of a union that `wanted` (None: all) keeps; None where there are none."""
    parts: list[tuple[Block, Selected]] = []
    entries: list[Index | None] = []
    for selection in rows.selections:
        block = context.block(selection.kind)
        found = select(context, selection)
        if block is None or not len(found.patient):
            continue
        keep = _both(found.possible, wanted(block, found))
        parts.append((block, found))
        entries.append(None if keep is None or keep.all() else positions(keep))
    if not parts:
        return None
    if len(parts) == 1:
        made = _single(tuple(parts), entries[0])
    else:
        made = _union(tuple(parts), entries)
    if (made.patient[1:] < made.patient[:-1]).any():
        made = made.take(np.argsort(made.patient, kind="stable"))
    return replace(made, cutoff=context.cutoff) if len(made) else None


def single(context: Context, block: Block, found: Selected) -> Pool:
    """The possible rows of one selection, sorted by patient."""
    made = _single(((block, found),), None if found.possible is None else positions(found.possible))
    if (made.patient[1:] < made.patient[:-1]).any():
        made = made.take(np.argsort(made.patient, kind="stable"))
    return replace(made, cutoff=context.cutoff)


def positions(rows: Flags) -> Index:
    """Where flags are set."""
    at = np.empty(len(rows), dtype=np.int64)
    return at[: numbered(rows, at)]


def _both(a: Flags | None, b: Flags | None) -> Flags | None:
    return b if a is None else a if b is None else a & b


def _single(parts: tuple[tuple[Block, Selected], ...], at: Index | None) -> Pool:
    _, found = parts[0]
    patient = found.patient if at is None else at_positions(found.patient, at)
    return Pool(parts, patient, _certain(found, at), None, at)


def _certain(found: Selected, at: Index | None) -> Flags | None:
    """Sureness of entries; None where all are sure."""
    if found.certain is found.possible:
        return None
    certain = found.certain
    if certain is not None and at is not None:
        certain = at_positions(certain, at)
    return None if certain is None or certain.all() else certain


def _union(parts: tuple[tuple[Block, Selected], ...], entries: Sequence[Index | None]) -> Pool:
    """Rows of several selections, each once: a row of two selections counts once, surely if in one."""
    at, part, patient, row, sure = [], [], [], [], []
    for number, ((block, found), given) in enumerate(zip(parts, entries, strict=True)):
        own = np.arange(len(found.patient)) if given is None else given
        certain = _certain(found, own)
        at.append(own)
        part.append(np.full(len(own), number, np.uint8))
        patient.append(found.patient[own])
        numbers = found.rows.numbers()[own]
        row.append(numbers.astype(np.int64) << 5 | int(block.kind))
        sure.append(np.ones(len(own), np.bool_) if certain is None else certain)
    whole = np.concatenate(row)
    certain_all = np.concatenate(sure)
    made = Pool(
        parts,
        np.concatenate(patient),
        None if certain_all.all() else certain_all,
        np.concatenate(part),
        np.concatenate(at),
    )
    order = np.lexsort((~certain_all, whole))
    again = np.append(False, whole[order][1:] == whole[order][:-1])
    return made.take(np.sort(order[~again])) if again.any() else made
