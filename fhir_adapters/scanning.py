"""How many lines bytes hold, and whether all of it is ASCII: told in one pass, in which other threads run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.compiling import compiled

_SMALL = 1 << 16  # bytes for which no compiler is loaded
# Eight times the same sign, for looking at eight at once.
_NEWLINES, _ALL_ONE, _LOWER_BITS, _HIGHEST = (
    np.uint64(int.from_bytes(bytes([n]) * 8, "little")) for n in (ord("\n"), 1, 0x7F, 0x80)
)
_TO_LOWEST, _TOP_SIGN = np.uint64(7), np.uint64(56)


def scan(data: bytes) -> tuple[int, bool]:
    """How many newlines there are, and whether all signs are ASCII."""
    if len(data) < _SMALL:
        return data.count(b"\n"), data.isascii()
    words = len(data) // 8
    told = np.zeros(2, dtype=np.uint64)
    scan_words(np.frombuffer(data, dtype=np.uint64, count=words), told)
    rest = data[words * 8 :]
    return int(told[0]) + rest.count(b"\n"), not told[1] and rest.isascii()


@compiled("uint64[]", "uint64[]!", beside=True)
def scan_words(words: NDArray[np.uint64], told: NDArray[np.uint64]) -> None:
    """Writes the number of newlines, and the highest bits of all signs together; eight signs a word."""
    lines = seen = np.uint64(0)
    for word in words:
        other = word ^ _NEWLINES  # zero where a newline stands,
        filled = ((other & _LOWER_BITS) + _LOWER_BITS) | other  # whose highest bit stays unset here
        lines += (((~filled & _HIGHEST) >> _TO_LOWEST) * _ALL_ONE) >> _TOP_SIGN
        seen |= word
    told[0], told[1] = lines, seen & _HIGHEST
