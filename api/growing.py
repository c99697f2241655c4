"""A table that is written while it is made: as NDJSON, CSV and Parquet, portion by portion.

No more than a portion is held. The same portions make the same bytes.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from api.outputs import csv_head, csv_rows, csv_stream, json_line

FORMATS = {"ndjson": "application/x-ndjson", "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


class GrowingTable:
    """Three files of one name in a folder. They are complete when the block that holds them ends."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema) -> None:
        self.schema, self.rows = schema, 0
        self.paths = {kind: folder / f"{name}.{kind}" for kind in FORMATS}
        self._lines = self.paths["ndjson"].open("wb")
        self._cells = self.paths["csv"].open("wb")
        self._columns = self.paths["parquet"].open("wb")
        self._parquet = pq.ParquetWriter(self._columns, schema, compression="zstd")
        with csv_stream(self._cells) as text:
            csv_head(text, schema)

    def add(self, table: pa.Table) -> None:
        """Append a portion."""
        portion = table.cast(self.schema)
        self.rows += portion.num_rows
        for row in portion.to_pylist():
            self._lines.write(json_line(row))
        with csv_stream(self._cells) as text:
            csv_rows(text, portion)
        self._parquet.write_table(portion)

    def __enter__(self) -> GrowingTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parquet.close()
        for stream in (self._lines, self._cells, self._columns):
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
