"""Numbers known to lie in closed intervals: of several rows together, computed, and against a range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.compiling import compiled


@compiled("float64[]", "float64[]", "float64", "float64", "bool_[]!", "bool_[]!")
def lie_within(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    least: float,
    most: float,
    certain: NDArray[np.bool_],
    possible: NDArray[np.bool_],
) -> None:
    """Whether numbers surely and possibly lie from `least` to `most`; NaN lies nowhere. Writes bool[k]."""
    for i in range(len(low)):
        certain[i] = (low[i] >= least) & (high[i] <= most)
        possible[i] = (high[i] >= least) & (low[i] <= most)


@compiled(
    "float64[]", "float64[]", "bool_[]", "uint32[]",
    "float64", "float64",
    "uint32", "uint32", "uint32", "uint32",
    "uint8[]!", "uint32[]!",
)  # fmt: skip
def in_range(
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    known: NDArray[np.bool_],
    reasons: NDArray[np.uint32],
    least: float,
    most: float,
    inside: int,
    too_low: int,
    too_high: int,
    straddles: int,
    state: NDArray[np.uint8],
    causes: NDArray[np.uint32],
) -> None:
    """Whether numbers surely (2) or possibly (1) lie from `least` to `most`; writes uint8/uint32[k].

    Both limits belong to the range. A number that is not `known` (empty: all are) may be any, for
    its `reasons`; NaN lies nowhere.
    """
    for i in range(len(low)):
        if len(known) and not known[i]:
            state[i], causes[i] = 1, reasons[i]
            continue
        # No branches, since what a number is cannot be foreseen.
        certain = (low[i] >= least) & (high[i] <= most)
        possible = (high[i] >= least) & (low[i] <= most)
        cause = too_low if high[i] < least else inside
        cause = too_high if low[i] > most else cause
        cause = straddles if possible else cause
        state[i] = np.uint8(certain) + np.uint8(possible)
        causes[i] = inside if certain else cause


@compiled(
    "int32[]", "float64[]", "float64[]", "bool_[]", "bool_[]", "uint32[]", "uint32[]", "bool_[]",
    "uint32", "uint32",
    "float64[]!", "float64[]!", "bool_[]!", "bool_[]!", "uint32[]!",
)  # fmt: skip
def enclose(
    patient: NDArray[np.int32],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    known: NDArray[np.bool_],
    certain: NDArray[np.bool_],
    reasons: NDArray[np.uint32],
    doubts: NDArray[np.uint32],
    firm: NDArray[np.bool_],
    unsure: int,
    conflict: int,
    least: NDArray[np.float64],
    most: NDArray[np.float64],
    sure: NDArray[np.bool_],
    there: NDArray[np.bool_],
    causes: NDArray[np.uint32],
) -> None:
    """The interval in which the number of each patient's rows lies, whichever row it is.

    Rows are sorted by patient; `known`, `certain` empty: all; `reasons`, `doubts` empty: none. A number
    that is not known may be any. Rows that differ and have no doubts are `unsure` where one is not
    firm, else in `conflict`. Writes [n_patients] each, `sure` where a row is certain.
    """
    stop = 0
    while stop < len(patient):
        start = stop
        whose = patient[start]
        lowest, highest = np.inf, -np.inf
        differ, surely, steady = False, False, True
        why, named = np.uint32(0), np.uint32(0)
        while stop < len(patient) and patient[stop] == whose:
            given = len(known) == 0 or known[stop]
            one = low[stop] if given else -np.inf
            other = high[stop] if given else np.inf
            differ |= stop > start and (one != lowest or other != highest)
            lowest, highest = min(lowest, one), max(highest, other)
            surely |= len(certain) == 0 or certain[stop]
            steady &= len(firm) == 0 or firm[stop]
            if len(reasons):
                why |= reasons[stop]
            if len(doubts):
                named |= doubts[stop]
            stop += 1
        if differ and named == 0 and len(firm):
            why |= np.uint32(conflict if steady else unsure)
        least[whose], most[whose], causes[whose] = lowest, highest, why
        sure[whose], there[whose] = surely, True


@compiled("float64[]", "float64[]", "float64[]", "float64[]", "bool_", "float64[]!", "float64[]!")
def products(
    left_low: NDArray[np.float64],
    left_high: NDArray[np.float64],
    right_low: NDArray[np.float64],
    right_high: NDArray[np.float64],
    quotient: bool,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> None:
    """The least and the greatest product or quotient of numbers in two intervals; writes float64[k].

    NaN where a side is NaN, and for a quotient by what may be zero.
    """
    for i in range(len(low)):
        a, b, c, d = left_low[i], left_high[i], right_low[i], right_high[i]
        if not (a <= 0 or c <= 0):
            # Above zero, ends go with ends; what is not there is NaN and stays so.
            low[i] = a / d if quotient else a * c
            high[i] = b / c if quotient else b * d
        elif quotient and c <= 0 and d >= 0:
            low[i] = high[i] = np.nan
        else:
            p, q, r, s = (a / c, a / d, b / c, b / d) if quotient else (a * c, a * d, b * c, b * d)
            defined = not (np.isnan(p) or np.isnan(q) or np.isnan(r) or np.isnan(s))
            low[i] = min(min(p, q), min(r, s)) if defined else np.nan
            high[i] = max(max(p, q), max(r, s)) if defined else np.nan


@compiled("bool_[]", "uint32", "float64[]!", "float64[]!", "bool_[]!", "uint32[]!")
def or_anything(
    there: NDArray[np.bool_],
    undefined: int,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    sure: NDArray[np.bool_],
    causes: NDArray[np.uint32],
) -> None:
    """Where a computed number is NaN although its parts are `there`, it may be any and is not sure.

    What is not there is no number either; both are `undefined`. Changes [k] each.
    """
    for i in range(len(low)):
        if np.isnan(low[i]) or np.isnan(high[i]):
            causes[i] |= undefined
            if there[i]:
                low[i], high[i], sure[i] = -np.inf, np.inf, False


@compiled(
    "bool_[]", "bool_[]", "uint32[]", "uint8[]", "uint32[]", "uint32", "uint8", "uint32", "uint32",
    "uint8[]!", "uint32[]!",
)  # fmt: skip
def or_absent(
    there: NDArray[np.bool_],
    sure: NDArray[np.bool_],
    doubts: NDArray[np.uint32],
    absent: NDArray[np.uint8],
    absent_causes: NDArray[np.uint32],
    readable: int,
    unread: int,
    settled: int,
    otherwise: int,
    state: NDArray[np.uint8],
    causes: NDArray[np.uint32],
) -> None:
    """What is said of numbers, those in doubt and those that are not there considered.

    An open answer (1) has the number's doubts for its cause, unless `unread` is another answer and
    the doubts are among `readable`: then it is that, by the cause `settled`. A number that is not there
    says what its absence does; one that may be there is open where its absence says otherwise. An open
    answer without a cause has `otherwise`. Changes uint8/uint32[n_patients].
    """
    for i in range(len(there)):
        if not there[i]:
            state[i] = absent[i]
            causes[i] = doubts[i] if absent[i] == 1 else absent_causes[i]
        else:
            if state[i] == 1 and doubts[i] != 0:
                causes[i] = doubts[i]
            if state[i] == 1 and unread != 1 and (causes[i] & ~np.uint32(readable)) == 0:
                state[i], causes[i] = unread, settled
            if not sure[i] and state[i] != absent[i] and state[i] != 1:
                state[i], causes[i] = 1, doubts[i]
        if state[i] == 1 and causes[i] == 0:
            causes[i] = otherwise
