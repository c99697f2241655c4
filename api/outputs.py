"""Files of a run: written beside their final name, synced, renamed; the same inputs, the same bytes."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from api.errors import UserError

# A cell that a spreadsheet would take for a formula is led by an apostrophe.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def prepare_folder(out: Path) -> None:
    """Make the output folder; raises UserError where that is not possible."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("OUTPUT_UNWRITABLE", str(out), str(error)) from error


def _replace(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as stream:
            write(stream)
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
    flat = [f.name for f in table.schema if not _nested(f.type)]

    def write(stream: BinaryIO) -> None:
        import io

        text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(flat)
        for batch in table.select(flat).to_batches():
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                writer.writerow([safe_cell(value) for value in row])
        text.flush()
        text.detach()

    _replace(path, write)


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
            stream.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")

    _replace(path, write)


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
