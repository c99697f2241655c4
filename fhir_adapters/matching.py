"""The loop under `patterns`: lines held against known shapes.

A line that equals a known one but for what stands within its strings and its numbers is JSON of the same
structure: here its strings and numbers are passed over, and where they begin and end is noted. Nothing
here reads JSON of which the structure is not known.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.compiling import compiled

# What stands after a fixed piece of a line.
END, TEXT, ESCAPED, NUMBER = range(4)  # TEXT: a string without escapes; ESCAPED: any string
# Numbers without a sign, as which places are quicker to look up.
_ONE, _TWO, _THREE, _FOUR, _FIVE, _SIX, _SEVEN, _EIGHT = (np.uint64(n) for n in range(1, 9))
_ZERO_PLACE = np.uint64(0)
# Eight times the same sign, for looking at eight signs at once.
_ONES, _QUOTES, _BACKSLASHES, _BLANKS, _HIGHEST = (
    np.uint64(int.from_bytes(bytes([n]) * 8, "little")) for n in (1, ord('"'), ord("\\"), 32, 128)
)
_HIGHEST_FIRST = np.uint64(128)
_QUOTE, _BACKSLASH, _MINUS, _DOT, _ZERO, _NINE, _U = (ord(letter) for letter in '"\\-.09u')
_SIGNS = np.zeros(256, dtype=np.bool_)  # that may stand behind a backslash
_SIGNS[[ord(letter) for letter in '"\\/bfnrt']] = True
_HEX = np.full(256, -1, dtype=np.int64)
_HEX[[ord(letter) for letter in "0123456789abcdef"]] = range(16)
_HEX[[ord(letter) for letter in "ABCDEF"]] = range(10, 16)
_STOPS = np.zeros(256, dtype=np.bool_)  # signs at which a string is not simply passed over
_STOPS[:32] = True
_STOPS[[_QUOTE, _BACKSLASH]] = True


@compiled(
    "uint8[]", "int64", "uint8[]", "int64[]", "uint8[]", "int64[]", "int64[]", "int64[]", "int64[]",
    "int64[]!", "int64[]!", "int64[]!", "int64[]!", "int32[]!", "int32[]!", "int64",
    returns="int64", beside=True,
)  # fmt: skip
def match_lines(
    data: NDArray[np.uint8],
    first: int,
    pool: NDArray[np.uint8],
    fixed: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    parts: NDArray[np.int64],
    shared: NDArray[np.int64],
    captures: NDArray[np.int64],
    captured: NDArray[np.int64],
    order: NDArray[np.int64],
    places: NDArray[np.int64],
    lines: NDArray[np.int64],
    found: NDArray[np.int64],
    starts: NDArray[np.int32],
    stops: NDArray[np.int32],
    count: int,
) -> int:
    """Hold `count` lines against patterns, from line `first` on; answers the first that matches none.

    Part i of all patterns is the bytes `pool[fixed[i]:fixed[i + 1]]` and what `kinds[i]` says; pattern k
    has the parts `parts[k]` to `parts[k + 1]`, of which `shared[k * n + j]` are those of pattern j too, and
    the captures `captured[k]` to `captured[k + 1]`. A capture is an element and the part and the offset at
    which it begins and ends: five numbers of `captures`. `order` is the order in which patterns are tried,
    and changes; `places` is room for the parts of one. Writes where each line begins (`lines`, one more than
    lines), its pattern (`found`), and where element e of line i begins and ends at `e * count + i`.
    """

    def eight(units: NDArray[np.uint8], place: np.uint64) -> np.uint64:
        """Eight signs as one number, the first of them lowest."""
        word = np.uint64(units[place])
        for k in range(_ONE, _EIGHT):
            word |= np.uint64(units[place + k]) << (k * _EIGHT)
        return word

    size = np.uint64(len(data))
    known = len(order)
    for line in range(first, count):
        begin = np.uint64(lines[line])
        held = -1  # the pattern tried last,
        good = 0  # and how many of its parts were found
        stop = begin
        chosen = -1
        for trial in range(known):
            pattern = order[trial]
            base = parts[pattern]
            total = parts[pattern + 1] - base
            at = 0
            if held >= 0:
                at = min(shared[held * known + pattern], good)
            p = np.uint64(places[at]) if at else begin
            while at < total:
                places[at] = p
                low = np.uint64(fixed[base + at])
                length = np.uint64(fixed[base + at + 1]) - low
                if p + length > size:
                    break
                differ = np.uint64(0)
                if length < _EIGHT:
                    for j in range(length):
                        differ |= np.uint64(data[p + j] ^ pool[low + j])
                else:
                    for j in range(_ZERO_PLACE, length - _SEVEN, _EIGHT):
                        differ |= eight(data, p + j) ^ eight(pool, low + j)
                    differ |= eight(data, p + length - _EIGHT) ^ eight(pool, low + length - _EIGHT)
                if differ:
                    break
                p += length
                kind = kinds[base + at]
                if kind == NUMBER:
                    if data[p] == _MINUS:
                        p += _ONE
                    digits = p
                    while _ZERO <= data[p] <= _NINE:
                        p += _ONE
                    if p == digits or (p - digits > _ONE and data[digits] == _ZERO):
                        break
                    if data[p] == _DOT:
                        p += _ONE
                        digits = p
                        while _ZERO <= data[p] <= _NINE:
                            p += _ONE
                        if p == digits:
                            break
                elif kind != END:
                    while (
                        p + _EIGHT <= size
                    ):  # eight signs at once: is a quote, a backslash or a control among them?
                        word = eight(data, p)
                        quotes, escapes = word ^ _QUOTES, word ^ _BACKSLASHES
                        hit = (quotes - _ONES) & ~quotes | (escapes - _ONES) & ~escapes
                        hit = (hit | (word - _BLANKS) & ~word) & _HIGHEST
                        if hit:
                            while not hit & _HIGHEST_FIRST:
                                hit >>= _EIGHT
                                p += _ONE
                            break
                        p += _EIGHT
                    while not _STOPS[data[p]]:
                        p += _ONE
                    while data[p] == _BACKSLASH and kind == ESCAPED:
                        if _SIGNS[data[p + _ONE]]:
                            p += _TWO
                        elif data[p + _ONE] == _U and p + _SEVEN < size:
                            first_two = _HEX[data[p + _TWO]] * 16 + _HEX[data[p + _THREE]]
                            bad = min(_HEX[data[p + _TWO]], _HEX[data[p + _THREE]]) < 0
                            bad = bad or min(_HEX[data[p + _FOUR]], _HEX[data[p + _FIVE]]) < 0
                            if bad or 0xD8 <= first_two <= 0xDF:  # half of a letter: for the decoder
                                break
                            p += _SIX
                        else:
                            break
                        while not _STOPS[data[p]]:
                            p += _ONE
                    if data[p] != _QUOTE:
                        break
                at += 1
            if at == total:
                chosen = trial
                stop = p
                break
            held = pattern
            good = at
        if chosen < 0:
            return line
        pattern = order[chosen]
        for trial in range(chosen, 0, -1):
            order[trial] = order[trial - 1]
        order[0] = pattern
        found[line] = pattern
        lines[line + 1] = stop
        for capture in range(captured[pattern], captured[pattern + 1]):
            slot = captures[capture * 5] * count + line
            starts[slot] = places[captures[capture * 5 + 1]] + captures[capture * 5 + 2]
            stops[slot] = places[captures[capture * 5 + 3]] + captures[capture * 5 + 4]
    return count
