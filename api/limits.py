"""`limits.parquet`: what the statements of a run compared, so that other limits can be tried without input.

One row for each kept statement and patient.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from api.findings import patient_order
from eligibility.facts import Facts
from eligibility.judging import Judgement
from eligibility.judging.context import Context
from eligibility.judging.kept import KeptLeaf, keep

LIMITS = "limits.parquet"
_NUMBER = pa.struct(
    [("low", pa.float64()), ("high", pa.float64()), ("known", pa.bool_()), ("certain", pa.bool_())]
)
LIMIT_SCHEMA = pa.schema(
    [
        ("patient", pa.string()),
        ("criterion", pa.string()),
        ("place", pa.int16()),  # among the criterion's statements
        ("day", pa.int64()),  # an instant of the day on which an age is asked
        ("numbers", pa.list_(_NUMBER)),  # results in the unit they are compared in, or births as instants
        ("silent", pa.uint8()),
        ("damaged", pa.bool_()),
        ("if_false", pa.uint8()),
        ("if_unknown", pa.uint8()),
        ("if_true", pa.uint8()),
    ]
)


def limits_table(facts: Facts, judgement: Judgement, context: Context) -> pa.Table:
    """What can be kept of a judgement's statements, one after the other; patients in order of identifier."""
    order = patient_order(facts)
    kept = [one for found in judgement.findings for one in keep(context, found, judgement.leaves)]
    names = pa.array(list(facts.patients), pa.string())
    tables = [_table(one, names, order) for one in kept]
    return pa.concat_tables(tables) if tables else LIMIT_SCHEMA.empty_table()


def _table(kept: KeptLeaf, names: pa.Array, order: NDArray[np.int64]) -> pa.Table:
    n = len(order)
    starts = np.searchsorted(kept.whose, np.arange(n + 1)).astype(np.int32)
    columns = [pa.array(one) for one in (kept.low, kept.high, kept.known, kept.certain)]
    numbers = pa.ListArray.from_arrays(
        pa.array(starts), pa.StructArray.from_arrays(columns, fields=list(_NUMBER))
    )
    table = pa.table(
        [
            names,
            pa.array([kept.criterion] * n, pa.string()),
            pa.array(np.full(n, kept.place, np.int16)),
            pa.array(np.full(n, kept.day, np.int64)),
            numbers,
            pa.array(kept.silent),
            pa.array(kept.damaged),
            *(pa.array(states) for states in kept.outcomes),
        ],
        schema=LIMIT_SCHEMA,
    )
    return table.take(pa.array(order))
