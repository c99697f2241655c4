"""What several candidates say together of their patient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled(
    "int32[]", "uint8[]", "uint32[]", "bool_[]", "uint32[]",
    "uint8", "uint32", "uint32",
    "uint8[]!", "uint32[]!",
)  # fmt: skip
def agree(
    patient: NDArray[np.int32],
    said: NDArray[np.uint8],
    why: NDArray[np.uint32],
    firm: NDArray[np.bool_],
    doubts: NDArray[np.uint32],
    open_state: int,
    unsure: int,
    conflict: int,
    state: NDArray[np.uint8],
    causes: NDArray[np.uint32],
) -> None:
    """The state all of a patient's rows say, else `open_state`; writes uint8/uint32[n_patients].

    Rows are sorted by patient. The causes are those of the rows that say the final state; where
    rows differ also their doubts (empty: none), or failing such, `unsure` where a row is not firm, else
    `conflict`.
    """
    stop = 0
    while stop < len(patient):
        start = stop
        stop += 1
        whose = patient[start]
        final, differ = said[start], False
        while stop < len(patient) and patient[stop] == whose:
            differ |= said[stop] != final
            stop += 1
        if differ:
            final = np.uint8(open_state)
        found = np.uint32(0)
        for row in range(start, stop):
            if said[row] == final:
                found |= why[row]
        if differ:
            named = np.uint32(0)
            for row in range(start, stop):
                named |= doubts[row] if len(doubts) else np.uint32(0)
            if named == 0:
                named = np.uint32(conflict)
                for row in range(start, stop):
                    if not firm[row]:
                        named = np.uint32(unsure)
            found |= named
        state[whose], causes[whose] = final, found


@compiled("int32[]", "bool_[]", "uint32[]", "uint8[]", "uint8", "uint8[]!", "uint32[]!")
def or_silence(
    patient: NDArray[np.int32],
    certain: NDArray[np.bool_],
    doubts: NDArray[np.uint32],
    silent: NDArray[np.uint8],
    open_state: int,
    state: NDArray[np.uint8],
    causes: NDArray[np.uint32],
) -> None:
    """Open the state of patients none of whose rows is certain, where silence says otherwise.

    Rows are sorted by patient. Writes uint8/uint32[n_patients]: the doubts (empty: none) of the
    rows, beside what left the state open already.
    """
    stop = 0
    while stop < len(patient):
        whose = patient[stop]
        sure = False
        named = np.uint32(0)
        while stop < len(patient) and patient[stop] == whose:
            sure |= certain[stop]
            named |= doubts[stop] if len(doubts) else np.uint32(0)
            stop += 1
        if not sure and state[whose] != silent[whose]:
            if state[whose] != open_state:
                state[whose], causes[whose] = open_state, 0
            causes[whose] |= named
