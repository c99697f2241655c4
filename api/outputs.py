"""Files of a run: written beside their final name, synced, renamed; the same inputs, the same bytes."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.errors import UserError

# A cell that a spreadsheet would take for a formula is led by an apostrophe.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
# What `safe_cell` changes: a formula's start, or a control character anywhere.
_UNSAFE = r"^[=+\-@\t\r\n]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}]"
_NOT_PLAIN = rf'{_UNSAFE}|[",\r\n]'


def prepare_folder(out: Path) -> None:
    """Make the output folder; raises UserError where that is not possible."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("OUTPUT_UNWRITABLE", str(out), str(error)) from error


def _replace(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file whole or not at all."""
    with replacing(path) as stream:
        write(stream)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become the file when the block ends well; else there is none, or the old one."""
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError("OUTPUT_UNWRITABLE", str(path), str(error)) from error


def remove(path: Path) -> None:
    """Take away a file that an earlier run left and this one does not write."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UserError("OUTPUT_UNWRITABLE", str(path), str(error)) from error


def write_parquet(path: Path, table: pa.Table) -> None:
    _replace(path, lambda stream: pq.write_table(table, stream, compression="zstd"))


def write_csv(path: Path, table: pa.Table) -> None:
    """A table as CSV; lists are joined by "; ", nested rows are left out."""

    def write(stream: BinaryIO) -> None:
        with csv_stream(stream) as text:
            csv_head(text, table.schema)
            csv_rows(text, table)

    _replace(path, write)


@contextmanager
def csv_stream(stream: BinaryIO) -> Iterator[TextIO]:
    """Text over a stream of bytes, which stays open."""
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
    yield text
    text.flush()
    text.detach()


def csv_head(text: TextIO, schema: pa.Schema) -> None:
    """The line of names."""
    csv.writer(text, lineterminator="\r\n").writerow(_flat(schema))


def csv_rows(text: TextIO, table: pa.Table) -> None:
    """The rows of a table, each cell safe from being run as a formula."""
    writer = csv.writer(text, lineterminator="\r\n")
    for batch in table.select(_flat(table.schema)).to_batches():
        plain = [_plain_cells(column) for column in batch.columns]
        cells = [column for column in plain if column is not None]
        if len(cells) < max(len(plain), 2):  # a cell alone on its line is written "" where it is empty
            writer.writerows(zip(*map(_safe_cells, batch.columns), strict=True))
        elif len(batch):
            text.write("\r\n".join(pc.binary_join_element_wise(*cells, ",").to_pylist()) + "\r\n")


def _plain_cells(column: pa.Array) -> pa.Array | None:
    """A column's cells where none needs quotes or an apostrophe; None where one may."""
    if pa.types.is_integer(column.type):
        return column.cast(pa.string()).fill_null("")
    cells = column
    if pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type):
        cells = pc.binary_join(column, "; ")
    whole = pa.types.is_string(cells.type) and cells.null_count == column.null_count
    if not whole or pc.any(pc.match_substring_regex(cells, _NOT_PLAIN)).as_py():
        return None
    return cells.fill_null("")


def _safe_cells(column: pa.Array) -> list[str]:
    """A column's cells: a distinct value is looked at once, and none where no text needs it."""
    if pa.types.is_string(column.type) and not pc.any(pc.match_substring_regex(column, _UNSAFE)).as_py():
        plain: list[str] = column.fill_null("").to_pylist()
        return plain
    known: dict[object, str] = {}
    cells = []
    for value in column.to_pylist():
        key = tuple(value) if isinstance(value, list) else value
        cell = known.get(key)
        if cell is None:
            cell = known[key] = safe_cell(value)
        cells.append(cell)
    return cells


def write_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    """Rows with the same names as CSV, each cell safe from being run as a formula; no rows: no file.

    Answers how many rows there were; none is held.
    """
    coming = iter(rows)
    first = next(coming, None)
    if first is None:
        remove(path)
        return 0
    count = 0

    def write(stream: BinaryIO) -> None:
        nonlocal count
        with csv_stream(stream) as text:
            writer = csv.writer(text, lineterminator="\r\n")
            writer.writerow(first)
            for row in chain((first,), coming):
                writer.writerow([safe_cell(value) for value in row.values()])
                count += 1

    _replace(path, write)
    return count


def _flat(schema: pa.Schema) -> list[str]:
    return [field.name for field in schema if not _nested(field.type)]


def _nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind)) and bool(pa.types.is_struct(kind.value_type))


# Control characters as visible text, so that no record can steer a terminal; line ends stay.
_VISIBLE = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r"}


def printable(text: str) -> str:
    """A text without control characters."""
    return text.translate(_VISIBLE)


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet runs as a formula."""
    if value is None:
        return ""
    text = printable("; ".join(map(str, value)) if isinstance(value, list) else str(value))
    if isinstance(value, int | float):
        return text
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def write_ndjson(path: Path, rows: Iterable[dict[str, object]]) -> None:
    def write(stream: BinaryIO) -> None:
        for row in rows:
            stream.write(json_line(row))

    _replace(path, write)


def json_line(row: dict[str, Any]) -> bytes:
    """One object on one line; times as ISO 8601 text."""
    text = json.dumps(row, ensure_ascii=False, default=lambda value: value.isoformat())
    return text.encode("utf-8", "backslashreplace") + b"\n"


def write_json(path: Path, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    _replace(path, lambda stream: _write_text(stream, text))


def write_text(path: Path, text: str) -> None:
    """A text as UTF-8."""
    _replace(path, lambda stream: _write_text(stream, text))


def _write_text(stream: BinaryIO, text: str) -> None:
    stream.write(text.encode("utf-8", "backslashreplace"))


def print_json(stream: TextIO, content: object) -> None:
    """One JSON document on a stream."""
    stream.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
