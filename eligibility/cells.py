"""Members of the enums as they stand in columns: numpy compares a column with one of these in a fraction
of the time that it takes with the enum's own member, which it must find the meaning of each time.
"""

from __future__ import annotations

import numpy as np

from eligibility.facts import NotDone, Standing, ValueState

COUNTS, UNCONFIRMED, DOES_NOT_COUNT = map(
    np.uint8, (Standing.COUNTS, Standing.UNCONFIRMED, Standing.DOES_NOT_COUNT)
)
DONE, NOT_DONE = map(np.uint8, (NotDone.NO, NotDone.YES))
NO_VALUE, NUMBER, CODED, UNIT_UNRESOLVED = map(
    np.uint8, (ValueState.NONE, ValueState.NUMBER, ValueState.CODED, ValueState.UNIT_UNRESOLVED)
)
