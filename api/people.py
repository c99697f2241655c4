"""What a run tells of each patient beside the verdict: sex, age, race and ethnicity, for counts by group."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from api.findings import patient_order
from eligibility.facts import Facts, Kind
from eligibility.instants import DAY
from eligibility.judging.context import Context
from eligibility.judging.people import ages, demographic
from eligibility.program import Literal

PEOPLE_SCHEMA = pa.schema(
    [
        ("patient", pa.string()),
        ("sex", pa.string()),
        ("age_least", pa.int16()),  # completed years on the as-of day; null where the birth is not known
        ("age_most", pa.int16()),
        ("race", pa.string()),
        ("ethnicity", pa.string()),
    ]
)


def people_table(facts: Facts, context: Context) -> pa.Table:
    """One row per patient, in order of identifier; null where the record does not say."""
    order = patient_order(facts)
    least, most, known = ages(context, Literal(context.as_of_day // DAY))
    damaged = facts.corrupt.get(Kind.DEMOGRAPHIC)
    if damaged is not None:
        known = known & ~damaged
    years = [pa.array(ends[order], pa.int16(), mask=~known[order]) for ends in (least, most)]
    words = facts.words.texts
    return pa.table(
        [
            pa.array([facts.patients[i] for i in order], pa.string()),
            _told(demographic(context, "sex", 0)[order], lambda i: words[i]),
            *years,
            _told(demographic(context, "race", 0)[order], facts.concepts.show),
            _told(demographic(context, "ethnicity", 0)[order], facts.concepts.show),
        ],
        schema=PEOPLE_SCHEMA,
    )


def _told(ids: NDArray[np.generic], show: Callable[[int], str]) -> pa.Array:
    """Texts of small ids, each made once; null for 0, which says nothing."""
    distinct, which = np.unique(ids, return_inverse=True)
    texts = [show(i) or None if i else None for i in distinct.tolist()]
    return pa.array(texts, pa.string()).take(pa.array(which.ravel()))
