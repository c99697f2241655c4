"""The loops under `pieces`: parts of a text numbered so that equal ones are found, gathered, looked at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.compiling import compiled

_PROBES = 16
_ODD = np.uint64(0x9E3779B97F4A7C15)  # spreads bits over a word when multiplied by
# Numbers without a sign, as which places are quicker to look up.
_ONE, _SEVEN, _EIGHT, _HALF = (np.uint64(n) for n in (1, 7, 8, 32))
_ZERO_PLACE = np.uint64(0)


@compiled(
    "uint8[]", "int32[]", "int32[]", "int64[]", "int32[]!", "int32[]!", "int32[]!", "int64[]!", beside=True
)
def number_pieces(
    data: NDArray[np.uint8],
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    wanted: NDArray[np.int64],
    tables: NDArray[np.int32],
    which: NDArray[np.int32],
    firsts: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    """Number some elements of lines so that those of one number are equal, element by element.

    Element `wanted[e]` of line i of n stands at `wanted[e] * n + i`. Writes at e * n + i its number, by
    number the first line that has it, and how many numbers there are. `tables` is room for a power of two of
    numbers of each element, all -1. In rare cases equal pieces get two numbers: a search is given up after a
    few steps, so that no input can make it long.
    """

    def eight(place: np.uint64) -> np.uint64:
        """Eight signs as one number."""
        word = np.uint64(data[place])
        for k in range(_ONE, _EIGHT):
            word |= np.uint64(data[place + k]) << (k * _EIGHT)
        return word

    def alike(one: np.uint64, other: np.uint64, length: np.uint64) -> bool:
        """Whether two pieces are equal; most that are not differ at their ends."""
        k = _ZERO_PLACE
        if length < _EIGHT:
            while k < length and data[one + k] == data[other + k]:
                k += _ONE
            return bool(k == length)
        last = length - _EIGHT
        if eight(one + last) != eight(other + last):
            return False
        while k < last and eight(one + k) == eight(other + k):
            k += _EIGHT
        return bool(k >= last)

    elements = len(wanted)
    lines = len(which) // elements
    room = len(tables) // elements
    for i in range(lines):
        for e in range(elements):
            place = wanted[e] * lines + i
            start, length = np.uint64(starts[place]), np.uint64(stops[place] - starts[place])
            if i:  # as in the line before?
                number = which[e * lines + i - 1]
                known = wanted[e] * lines + firsts[e * lines + number]
                other = np.uint64(starts[known])
                if np.uint64(stops[known]) - other == length and alike(start, other, length):
                    which[e * lines + i] = number
                    continue
            mixed = length * _ODD
            whole = start + (length & ~_SEVEN)
            stop = start + length
            j = start
            while j < whole:
                mixed = (mixed ^ eight(j)) * _ODD
                mixed ^= mixed >> _HALF
                j += _EIGHT
            while j < stop:
                mixed = (mixed ^ np.uint64(data[j])) * _ODD
                j += _ONE
            at = np.int64(mixed >> _HALF) & (room - 1)
            number = -1
            for _ in range(_PROBES):
                number = tables[e * room + at]
                if number < 0:
                    break
                known = wanted[e] * lines + firsts[e * lines + number]
                other = np.uint64(starts[known])
                if np.uint64(stops[known]) - other == length and alike(start, other, length):
                    break
                at = (at + 1) & (room - 1)
                number = -2
            if number < 0:
                if number == -1:
                    tables[e * room + at] = counts[e]
                number = counts[e]
                firsts[e * lines + number] = i
                counts[e] += 1
            which[e * lines + i] = number


@compiled("uint8[]", "int32[]", "int32[]", "uint8[]!", "int64", beside=True)
def gather_pieces(
    data: NDArray[np.uint8],
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    out: NDArray[np.uint8],
    apart: int,
) -> None:
    """Pieces of a text one after the other; between them a newline, where `apart` is 1."""
    at = np.uint64(0)
    for i in range(len(starts)):
        start, length = np.uint64(starts[i]), np.uint64(stops[i] - starts[i])
        for j in range(length):
            out[at + j] = data[start + j]
        at += length
        if apart and i < len(starts) - 1:
            out[at] = 10
            at += _ONE


@compiled("uint8[]", "int32[]", "int32[]", "uint8[]", "bool_[]", returns="int64", beside=True)
def all_follow(
    data: NDArray[np.uint8],
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    opening: NDArray[np.uint8],
    allowed: NDArray[np.bool_],
) -> int:
    """1 where every piece is `opening`, then one sign or more of those that are allowed; else 0."""
    before = np.uint64(len(opening))
    for i in range(len(starts)):
        start, stop = np.uint64(starts[i]), np.uint64(stops[i])
        if stop <= start + before:
            return 0
        bad = False
        for j in range(before):
            bad |= data[start + j] != opening[j]
        for k in range(start + before, stop):
            bad |= not allowed[data[k]]
        if bad:
            return 0
    return 1
