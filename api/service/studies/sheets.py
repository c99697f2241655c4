"""Tables as CSV that a spreadsheet opens without running anything of it, and CSV that others send.

A cell that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line end, also behind
blanks or a quote mark) gets an apostrophe in front, as the OWASP's advice on CSV injection has it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from api.errors import UserError
from api.store.upstream import MEASURES, NewFigure

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LINES = 10_000
_COLUMNS = ("measure", "count", "first_day", "last_day", "channel", "site", "source")


def safe_cell(value: object) -> str:
    """A value as text that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip(" \u00a0\"'").startswith(_FORMULA) else text


def sheet(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV of RFC 4180, with a line of names first."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return made.getvalue()


def read_figures(text: str) -> list[NewFigure]:
    """Figures from upstream out of CSV; raises UserError that names the line."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    try:
        missing = set(_COLUMNS) - {"site"} - set(reader.fieldnames or ())
        if missing or len(reader.fieldnames or ()) != len(set(reader.fieldnames or ())):
            names = ", ".join(_COLUMNS)
            raise UserError("FIGURES_INVALID", "line 1", f"the first line names the columns: {names}")
        figures: list[NewFigure] = []
        for row in reader:
            if len(figures) >= _LINES:
                raise UserError("FIGURES_INVALID", "", f"up to {_LINES:,} lines at a time")
            figures.append(_figure(row, reader.line_num))
    except csv.Error:
        raise UserError("FIGURES_INVALID", f"line {reader.line_num}", "not CSV") from None
    if not figures:
        raise UserError("FIGURES_INVALID", "line 2", "there is no figure below the names of the columns")
    return figures


def _figure(row: Mapping[str | None, object], line: int) -> NewFigure:
    place = f"line {line}"
    cells = {name: str(row.get(name) or "").strip() for name in _COLUMNS}
    if None in row:
        raise UserError("FIGURES_INVALID", place, f"{place} has more cells than there are columns")
    if cells["measure"] not in MEASURES:
        raise UserError("FIGURES_INVALID", place, f"{place}: measure is one of {', '.join(MEASURES)}")
    count = cells["count"]
    if not (count.isascii() and count.isdigit() and len(count) < 10):
        raise UserError("FIGURES_INVALID", place, f"{place}: count is a whole number")
    first, last = (_day(cells[name], name, place) for name in ("first_day", "last_day"))
    if last < first:
        raise UserError("FIGURES_INVALID", place, f"{place}: last_day lies before first_day")
    if not cells["source"]:
        raise UserError("FIGURES_INVALID", place, f"{place}: source says whose figure it is")
    if any(len(cell) > 500 for cell in cells.values()):
        raise UserError("FIGURES_INVALID", place, f"{place}: up to 500 characters in a cell")
    channel, site = cells["channel"] or "not said", cells["site"] or None
    return NewFigure(cells["measure"], int(count), first, last, channel, site, cells["source"])


def _day(text: str, name: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError("FIGURES_INVALID", place, f"{place}: {name} is a day, like 2026-05-31") from None
