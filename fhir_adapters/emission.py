"""What a mapping hands over: columns of one kind for some of a batch's records, and their links."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Array, Kind
from fhir_adapters.notes.contents import Content


@dataclass(frozen=True, slots=True)
class People:
    """What the Patient records of an input tell, by patient index; contradictions are left out."""

    births: Mapping[int, tuple[int, int]]  # earliest and latest instant
    sexes: Mapping[int, str]  # female or male: the administrative gender, unless another field tells another


@dataclass(slots=True)
class Rows:
    """Columns of a kind. `record[i]` is the batch row that fact row i comes from; None: one each.

    `contents[i]` of rows of notes is what may hold the text of row i.
    """

    kind: Kind
    columns: dict[str, Array]
    record: NDArray[np.int64] | None = None
    contents: Sequence[Content] = ()


@dataclass(slots=True)
class Link:
    """A batch row that refers to other records by name."""

    row: int
    targets: Sequence[str]
    role: str


@dataclass(slots=True)
class Merge:
    """A batch row of a Patient that is the same person as another. `stays`: this record is kept."""

    row: int
    other: str
    stays: bool


@dataclass(slots=True)
class Emission:
    """All that one batch becomes."""

    rows: list[Rows]
    links: list[Link] = field(default_factory=list)
    # batch row and name of a Medication: concepts known only at the end of the input
    medications: list[tuple[int, str]] = field(default_factory=list)
    # concepts by batch row that other records mean by a reference to the record
    meant: Array | None = None
    merges: list[Merge] = field(default_factory=list)
    # batch rows whose facts cannot be trusted, because something unknown modifies them
    doubted: list[int] = field(default_factory=list)
    # run at the end of the input, when every Patient is known
    at_the_end: list[Callable[[People], None]] = field(default_factory=list)
