"""Words that were looked up before, so that a note's other words are found in one compiled pass.

Only runs of the letters a to z count as words, and only their hashes are kept: of a text nothing stays. Two
words may share a hash once in some thousand million millions; then the second one is taken for known.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.compiling import compiled

_MOST = 50_000
_SIZE = 1 << 17  # places for hashes: more than twice as many, so that few collide


class Seen:
    """`least`: letters of a word that counts. It remembers no more than some ten thousand words."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._keys = np.zeros(_SIZE, np.int64)
        self._count = 0

    def others(self, words: str) -> dict[str, int]:
        """Words of a text in small letters that were not added, with their hashes. Spaces part words."""
        letters = np.frombuffer(words.encode("latin-1", "replace"), np.uint8)
        out = np.empty(3 * (len(letters) // (self._least + 1) + 1), np.int64)
        count = unseen(letters, self._keys, self._least, out)
        if not count:
            return {}
        found = out[: 3 * count].tolist()
        parts = zip(found[::3], found[1::3], found[2::3], strict=True)
        return {words[start:end]: key for start, end, key in parts}

    def add(self, key: int) -> None:
        """Remember a word by its hash."""
        if self._count >= _MOST:
            return
        slot = key & (_SIZE - 1)
        while self._keys[slot]:
            if self._keys[slot] == key:
                return
            slot = (slot + 1) & (_SIZE - 1)
        self._keys[slot] = key
        self._count += 1


@compiled("uint8[]", "int64[]", "int64", "int64[]!", returns="int64")
def unseen(letters: NDArray[np.uint8], keys: NDArray[np.int64], least: int, out: NDArray[np.int64]) -> int:
    """Writes start, end and hash of each word whose hash is not among `keys` into `out`; answers how many."""
    length = len(letters)
    last = len(keys) - 1
    count = 0
    at = 0
    while at < length:
        if letters[at] == 32:
            at += 1
            continue
        start = at
        plain = True
        key = np.int64(1_469_598_103)
        while at < length and letters[at] != 32:
            letter = letters[at]
            plain = plain and 97 <= letter <= 122
            key = ((key ^ np.int64(letter)) * np.int64(1_099_511_628_211)) & np.int64((1 << 62) - 1)
            at += 1
        if not plain or at - start < least:
            continue
        key ^= key >> 29
        key = key if key else np.int64(1)  # 0 is an empty place
        slot = key & last
        while keys[slot] != 0 and keys[slot] != key:
            slot = (slot + 1) & last
        if keys[slot] == 0:
            out[3 * count], out[3 * count + 1], out[3 * count + 2] = start, at, key
            count += 1
    return count
