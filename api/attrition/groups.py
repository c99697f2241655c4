"""Groups of patients by sex, age, race and ethnicity as the run recorded them, and by columns of a CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from api.attrition.stored import StoredRun
from api.errors import UserError

UNSAID = "not recorded"
_STRADDLES = "not known exactly"
_MOST_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Grouping:
    """`names` in the order they are shown; `member` int64[n_patients] indexes them."""

    by: str
    names: tuple[str, ...]
    member: NDArray[np.int64]


def groupings(run: StoredRun, ages: Sequence[int], table: Path | None) -> tuple[Grouping, ...]:
    """All groupings that can be told of a run, those of the CSV first."""
    found = [] if table is None else of_table(run, table)
    return (*found, *_of_people(run, ages))


def parse_ages(text: str) -> tuple[int, ...]:
    """`18,45,65`: years with which bands of age begin, after the first."""
    parts = [part.strip() for part in text.split(",")]
    ages = tuple(int(part) for part in parts if part.isdecimal())
    if len(ages) != len(parts) or not all(one < two for one, two in pairwise((0, *ages))):
        raise UserError("AGES_INVALID", "--ages", f"{text!r} are not rising years, as in 18,45,65")
    return ages


def _of_people(run: StoredRun, ages: Sequence[int]) -> list[Grouping]:
    path = run.folder / "people.parquet"
    if not path.is_file():
        return []  # the run is older than this table
    people = run.table("people.parquet", ("sex", "age_least", "age_most", "race", "ethnicity"))
    ends = people["age_least"].to_pylist(), people["age_most"].to_pylist()
    known = {pair: _band(*pair, ages) for pair in set(zip(*ends, strict=True))}
    bands = [known[pair] for pair in zip(*ends, strict=True)]
    order = (*_bands(ages), _STRADDLES, UNSAID)
    return [
        _grouping("sex", people["sex"].to_pylist()),
        _grouping("age", bands, order),
        _grouping("race", people["race"].to_pylist()),
        _grouping("ethnicity", people["ethnicity"].to_pylist()),
    ]


def _bands(ages: Sequence[int]) -> tuple[str, ...]:
    ends = [0, *ages]
    within = [f"{low}–{high - 1}" for low, high in pairwise(ends)]
    return (*within, f"{ends[-1]} and over")


def _band(least: int | None, most: int | None, ages: Sequence[int]) -> str:
    if least is None or most is None:
        return UNSAID
    first, last = (int(np.searchsorted(ages, age, side="right")) for age in (least, most))
    return _bands(ages)[first] if first == last else _STRADDLES


def _grouping(by: str, values: Sequence[str | None], order: Sequence[str] = ()) -> Grouping:
    """The commonest first, or in the order given; who is not said last. Beyond 50 groups: the others."""
    told = np.array([value or UNSAID for value in values], dtype=object)
    distinct, which, counts = np.unique(told.astype(str), return_inverse=True, return_counts=True)
    names = distinct.tolist()
    if order:
        ranked = sorted(range(len(names)), key=lambda one: order.index(names[one]))
    else:
        ranked = sorted(range(len(names)), key=lambda one: (names[one] == UNSAID, -counts[one], names[one]))
    place = np.empty(len(names), np.int64)
    place[ranked] = np.minimum(np.arange(len(names)), _MOST_GROUPS)
    shown = [names[one] for one in ranked]
    if len(shown) > _MOST_GROUPS + 1:
        shown = [*shown[:_MOST_GROUPS], f"{len(shown) - _MOST_GROUPS} others"]
    else:
        place[ranked] = np.arange(len(names))
    return Grouping(by, tuple(shown), place[which.ravel()])


def of_table(run: StoredRun, path: Path) -> list[Grouping]:
    """Each column of a CSV beside `patient` is a grouping; of patients it does not name, nothing is."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError("GROUPS_UNREADABLE", str(path), str(error)) from error
    columns = [name for name in (rows[0] if rows else {}) if name and name != "patient"]
    if not rows or "patient" not in rows[0] or not columns:
        wanted = "a CSV with a column `patient` and at least one other is wanted"
        raise UserError("GROUPS_UNREADABLE", str(path), wanted)
    known = {row["patient"]: row for row in rows}
    if len(known) != len(rows):
        raise UserError("GROUPS_UNREADABLE", str(path), "a patient stands in more than one line")
    if not known.keys() & set(run.patients):
        raise UserError("GROUPS_UNREADABLE", str(path), "none of its patients is one of the run's")
    return [_grouping(name, [known.get(one, {}).get(name) for one in run.patients]) for name in columns]
