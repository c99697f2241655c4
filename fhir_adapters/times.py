"""Start and end of what a record tells: periods, instants, ages, and what a missing end means.

Four arrays, int64 each: start_lo, start_hi, end_lo, end_hi. The rules are those of DESIGN: an end
that is ongoing is END_OF_TIME twice, one that is unknown reaches from the start to END_OF_TIME. A
period whose end surely lies before its start contradicts itself: both its ends become unknown
([BEGINNING, END_OF_TIME]), so that it may decide nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from eligibility.instants import BEGINNING, END_OF_TIME
from fhir_adapters.batch import Batch
from fhir_adapters.dates import Instants
from fhir_adapters.records import Period

decode_period = msgspec.json.Decoder(Period).decode


@dataclass(slots=True)
class Times:
    """Four instants per row; the arrays may be shared between fields until `own()` parts them."""

    start_lo: Instants
    start_hi: Instants
    end_lo: Instants
    end_hi: Instants

    @classmethod
    def instants(cls, lo: Instants, hi: Instants) -> Times:
        """What happened at one moment: it ends when it starts."""
        return cls(lo, hi, lo, hi)

    def own(self) -> None:
        """Give every field its own array, before single rows are changed."""
        self.start_lo, self.start_hi = self.start_lo.copy(), self.start_hi.copy()
        self.end_lo, self.end_hi = self.end_lo.copy(), self.end_hi.copy()

    def set(self, row: int, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Replace one row; call `own()` before."""
        self.start_lo[row], self.start_hi[row] = start
        self.end_lo[row], self.end_hi[row] = end

    def columns(self) -> dict[str, Instants]:
        """As columns of a block, after self-contradicting rows were opened."""
        if self.end_hi is not self.start_hi or self.end_lo is not self.start_lo:
            self._settle()
        return {
            "start_lo": self.start_lo,
            "start_hi": self.start_hi,
            "end_lo": self.end_lo,
            "end_hi": self.end_hi,
        }

    def _settle(self) -> None:
        wrong = self.end_hi < self.start_lo
        if wrong.any():
            self.own()
            self.start_lo[wrong] = self.end_lo[wrong] = BEGINNING
            self.start_hi[wrong] = self.end_hi[wrong] = END_OF_TIME
        early = self.end_lo < self.start_lo
        if early.any():
            self.end_lo = np.where(early, self.start_lo, self.end_lo)
        late = self.start_hi > self.end_hi
        if late.any():
            self.start_hi = np.where(late, self.end_hi, self.start_hi)


def period(batch: Batch, name: str, ongoing: NDArray[np.bool_] | None = None) -> Times | None:
    """The intervals of a Period element; None where no record has it.

    `ongoing` is a bool per row: whether a missing end means "still going on". Where both are
    missing nothing is known.
    """
    if not batch.has(name):
        return None
    starts, ends = batch.edges(name)
    start_lo, start_hi = batch.dated(starts, f"{name}.start")
    end_lo, end_hi = batch.dated(ends, f"{name}.end")
    if ongoing is not None and "" in ends:
        still = np.array([not end for end in ends]) & ongoing
        if still.any():
            end_lo = np.where(still, END_OF_TIME, end_lo)
    return Times(start_lo, start_hi, end_lo, end_hi)


def merged(first: Times, names: Sequence[str], second: Times) -> Times:
    """`second` where `names` (the first's texts) are empty, `first` elsewhere."""
    if "" not in names:
        return first
    empty = np.array([not text for text in names])
    if empty.all():
        return second
    return Times(
        np.where(empty, second.start_lo, first.start_lo),
        np.where(empty, second.start_hi, first.start_hi),
        np.where(empty, second.end_lo, first.end_lo),
        np.where(empty, second.end_hi, first.end_hi),
    )


def instant_or_period(batch: Batch, instant: str, period_name: str) -> Times:
    """The usual choice element: a dateTime, else a Period, else nothing known."""
    texts = batch.plain(instant)
    single = Times.instants(*batch.dated(texts, instant))
    spans = period(batch, period_name)
    return single if spans is None else merged(single, texts, spans)


def bound_by_record(times: Times, recorded_hi: Instants) -> None:
    """An event that nobody dated happened no later than the moment it was recorded."""
    unknown = (times.start_lo == BEGINNING) & (times.start_hi == END_OF_TIME)
    unknown &= (times.end_hi == END_OF_TIME) & (recorded_hi < END_OF_TIME)
    if unknown.any():
        times.own()
        times.start_hi[unknown] = recorded_hi[unknown]
        times.end_hi[unknown] = recorded_hi[unknown]
