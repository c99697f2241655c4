"""Ranges of enzymes' activities: one stated in `U/L` is that of a result in `IU/L`, and the reverse.

Only where the result has a code of the table of enzymes: of all else the two units stay apart.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.codesystems import LOINC
from eligibility.concepts import Concepts
from eligibility.facts import Array
from eligibility.units import dimension_of, enzyme_codes

_UNITS = ("U/L", "[iU]/L")


def same_activity(stated: Array, own: Array, concept: Array, concepts: Concepts) -> NDArray[np.bool_]:
    """bool[rows]: whether the dimension of a range is the other name of the unit of the row's own value.

    Both are canonical units of one size, so that a number needs no conversion.
    """
    other = np.zeros(len(stated), dtype=np.bool_)
    first, second = (dimension_of(unit) for unit in _UNITS)
    either = ((stated == first) & (own == second)) | ((stated == second) & (own == first))
    rows = np.flatnonzero(either)
    for number in np.unique(concept[rows]).tolist():
        if any(system == LOINC and code in enzyme_codes() for system, code in concepts.codings[number]):
            other[rows[concept[rows] == number]] = True
    return other
