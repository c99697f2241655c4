"""The key list: which screening number stands for which patient.

A number is given once and stays: a later run over the same patients, and others, keeps the numbers that are
there and goes on counting. New patients are numbered in an order that says nothing of who they are.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from api.errors import UserError
from api.outputs import safe_cell, write_rows

_COLUMNS = ["screening_number", "patient"]


def screening_numbers(path: Path, patients: Sequence[str]) -> dict[str, str]:
    """The number of each patient, by identifier; the list is written anew where patients are new to it.

    Raises UserError for a list that cannot be read, or in which a patient or a number stands twice.
    """
    known = _read(path) if path.exists() else {}
    written = {one: safe_cell(one) for one in patients}
    new = sorted(
        (one for one in written.values() if one not in known), key=lambda one: sha256(one.encode()).digest()
    )
    last = max((int(number[1:]) for number in known.values()), default=0)
    numbers = {**known, **{one: f"S{last + place:05d}" for place, one in enumerate(new, 1)}}
    if new:
        write_rows(path, [dict(zip(_COLUMNS, (numbers[one], one), strict=True)) for one in numbers])
    return {patient: numbers[cell] for patient, cell in written.items()}


def _read(path: Path) -> Mapping[str, str]:
    """Numbers by identifier, as the cells of a CSV hold it."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.reader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError("KEY_UNREADABLE", str(path), str(error)) from error
    if not rows or rows[0] != _COLUMNS or any(len(row) != 2 for row in rows):
        raise UserError(
            "KEY_UNREADABLE", str(path), f"a CSV with the columns {', '.join(_COLUMNS)} is wanted"
        )
    known = {patient: number for number, patient in rows[1:]}
    numbers = set(known.values())
    if not len(known) == len(numbers) == len(rows) - 1:
        raise UserError("KEY_UNREADABLE", str(path), "a patient or a number stands in it twice")
    if not all(number[:1] == "S" and number[1:].isdecimal() for number in numbers):
        raise UserError("KEY_UNREADABLE", str(path), "screening numbers are written S00001")
    return known
