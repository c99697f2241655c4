"""Bounded truth over all patients at once, and Kleene's connectives on it.

The two booleans of DESIGN, *certain* and *possible*, are kept as one byte per patient: 0 false
(neither), 1 unknown (possible only), 2 true (both). So `and` is the minimum, `or` the maximum and
`not` is 2 - x. Beside it stands a mask of causes: for each patient the causes of its own state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.judging.kernels.marking import add_where_same
from eligibility.program import Answer

FALSE, UNKNOWN, TRUE = 0, 1, 2
# What a policy's answer is as a state.
ANSWERED = {Answer.YES: TRUE, Answer.NO: FALSE, Answer.UNKNOWN: UNKNOWN}

States = NDArray[np.uint8]
Causes = NDArray[np.uint32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truth:
    """`state` is uint8[n_patients] of FALSE, UNKNOWN, TRUE; `causes` uint32[n_patients]."""

    state: States
    causes: Causes

    @property
    def certain(self) -> Flags:
        return np.equal(self.state, TRUE)

    @property
    def possible(self) -> Flags:
        return np.not_equal(self.state, FALSE)


def negate(truth: Truth) -> Truth:
    """Kleene `not`: the causes stay, since each says what was seen and not which way it counts."""
    return Truth(np.subtract(2, truth.state, dtype=np.uint8), truth.causes)


def _deciding(parts: Sequence[Truth], state: States) -> Causes:
    """Causes of all parts that share the deciding value."""
    causes = np.zeros(len(state), dtype=np.uint32)
    for part in parts:
        add_where_same(part.state, part.causes, state, causes)
    return causes


def conjunction(parts: Sequence[Truth]) -> Truth:
    """Kleene `and` of one or more parts."""
    if len(parts) == 1:
        return parts[0]
    state = parts[0].state.copy()
    for part in parts[1:]:
        np.minimum(state, part.state, out=state)
    return Truth(state, _deciding(parts, state))


def disjunction(parts: Sequence[Truth]) -> Truth:
    """Kleene `or` of one or more parts."""
    if len(parts) == 1:
        return parts[0]
    state = parts[0].state.copy()
    for part in parts[1:]:
        np.maximum(state, part.state, out=state)
    return Truth(state, _deciding(parts, state))


def at_least(parts: Sequence[Truth], count: int) -> Truth:
    """At least `count` of the parts are true.

    True carries the causes of the true parts, false those of the false ones, unknown those of the
    unknown ones.
    """
    certain = np.zeros(len(parts[0].state), dtype=np.int16)
    possible = np.zeros(len(parts[0].state), dtype=np.int16)
    for part in parts:
        certain += part.state == TRUE
        possible += part.state != FALSE
    state = (certain >= count).astype(np.uint8) + (possible >= count).astype(np.uint8)
    return Truth(state, _deciding(parts, state))


def number_of(parts: Sequence[Truth], least: int | None, most: int | None) -> Truth:
    """At least `least` and at most `most` of the parts are true."""
    bounds = []
    if least is not None:
        bounds.append(at_least(parts, least))
    if most is not None:
        bounds.append(negate(at_least(parts, most + 1)))
    return conjunction(bounds)
