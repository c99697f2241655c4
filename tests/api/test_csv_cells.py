"""CSV put together by columns is what Python's own writer makes of each cell."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from api.outputs import csv_rows, csv_stream, safe_cell

_TEXT = st.text(alphabet='a7;, "=+-@\t\r\n\x00\x7f\x80é', max_size=6)
_ROW = st.tuples(st.none() | _TEXT, st.none() | st.integers(-9, 9), st.lists(_TEXT, max_size=3))
_SCHEMA = pa.schema([("text", pa.string()), ("number", pa.int64()), ("list", pa.list_(pa.string()))])


@settings(max_examples=60, deadline=None)
@given(st.lists(_ROW, max_size=5))
def test_rows_are_those_of_the_csv_module(rows: list[tuple[object, ...]]) -> None:
    columns = list(zip(*rows, strict=True)) or [[], [], []]
    table = pa.table([pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA)
    for shown in (table, table.select(["text"])):
        stream, expected = io.BytesIO(), io.StringIO()
        with csv_stream(stream) as text:
            csv_rows(text, shown)
        writer = csv.writer(expected, lineterminator="\r\n")
        writer.writerows([safe_cell(value) for value in row.values()] for row in shown.to_pylist())
        assert stream.getvalue().decode("utf-8") == expected.getvalue()
