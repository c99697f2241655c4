"""Keys: 64 bits that stand for the name of a record within one process, and the rows that have them.

A key is the keyed hash SipHash-1-3 of the name (Aumasson and Bernstein, INDOCRYPT 2012) under a secret that
is drawn anew for each process: nobody can write names that fall together, and no key is ever stored.
Hashes that are kept on disk are made without a secret.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.compiling import compiled
from eligibility.packed import Packed

_SECRET = np.frombuffer(secrets.token_bytes(16), dtype=np.uint64)
_NO_SECRET = np.zeros(2, dtype=np.uint64)
# The starting state of SipHash.
_START = np.array(
    [0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573], dtype=np.uint64
)
_ONE, _TWO, _THREE, _FOUR, _EIGHT, _LAST = (np.uint64(n) for n in (1, 2, 3, 4, 8, 0xFF))
_LENGTH_PLACE = np.uint64(56)
_SHIFT_13, _SHIFT_16, _SHIFT_17, _SHIFT_21, _SHIFT_32 = (np.uint64(n) for n in (13, 16, 17, 21, 32))
_WORD = np.uint64(64)


def hashes(letters: NDArray[np.uint8], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """The keys of texts of which number i stands at `edges[i]:edges[i + 1]`, int64[k]."""
    found = np.empty(len(edges) - 1, dtype=np.int64)
    hash_texts(letters, edges, _SECRET, _START, found)
    return found


def hashes_on_disk(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Hashes of texts, the same in every process, uint64[k]; who writes texts can have two fall together."""
    packed = Packed.of(texts)
    found = np.empty(len(packed), dtype=np.int64)
    hash_texts(packed.letters, packed.edges, _NO_SECRET, _START, found)
    return found.view(np.uint64)


class Register:
    """The rows of keys: row i has `keys[i]`; of several rows of one key the last is found."""

    def __init__(self, keys: NDArray[np.int64]) -> None:
        self._keys = keys
        self._table = np.full(1 << (2 * len(keys)).bit_length(), -1, dtype=np.int32)
        enter_keys(keys, self._table)

    def find(self, wanted: NDArray[np.int64]) -> NDArray[np.int32]:
        """The rows of some keys, -1 where there is none."""
        rows = np.empty(len(wanted), dtype=np.int32)
        find_keys(wanted, self._keys, self._table, rows)
        return rows


@compiled("uint8[]", "int64[]", "uint64[]", "uint64[]", "int64[]!", beside=True)
def hash_texts(
    letters: NDArray[np.uint8],
    edges: NDArray[np.int64],
    secret: NDArray[np.uint64],
    start: NDArray[np.uint64],
    found: NDArray[np.int64],
) -> None:
    """SipHash-1-3 of each text."""

    def turned(word: np.uint64, by: np.uint64) -> np.uint64:
        return (word << by) | (word >> (_WORD - by))

    for i in range(len(found)):
        at, high = np.uint64(edges[i]), np.uint64(edges[i + 1])
        a, b = start[0] ^ secret[0], start[1] ^ secret[1]
        c, d = start[2] ^ secret[0], start[3] ^ secret[1]
        left = (high - at) // _EIGHT + _FOUR  # rounds: the words, the rest with the length, three that end it
        rest = (high - at) << _LENGTH_PLACE
        while left:
            left -= _ONE
            word = np.uint64(0)
            if left > _THREE:
                word = np.uint64(letters[at])
                for j in range(_ONE, _EIGHT):
                    word |= np.uint64(letters[at + j]) << (j * _EIGHT)
                at += _EIGHT
            elif left == _THREE:
                word = rest
                for j in range(high - at):
                    word |= np.uint64(letters[at + j]) << (j * _EIGHT)
            elif left == _TWO:
                c ^= _LAST
            d ^= word
            a += b
            b = turned(b, _SHIFT_13) ^ a
            a = turned(a, _SHIFT_32)
            c += d
            d = turned(d, _SHIFT_16) ^ c
            a += d
            d = turned(d, _SHIFT_21) ^ a
            c += b
            b = turned(b, _SHIFT_17) ^ c
            c = turned(c, _SHIFT_32)
            a ^= word
        found[i] = np.int64(a ^ b ^ c ^ d)


@compiled("int64[]", "int32[]!", beside=True)
def enter_keys(keys: NDArray[np.int64], table: NDArray[np.int32]) -> None:
    """Enter rows by their keys into a table of a power of two of places, more than rows, all -1."""
    mask = len(table) - 1
    for row in range(len(keys)):
        at = keys[row] & mask
        while table[at] >= 0 and keys[table[at]] != keys[row]:
            at = (at + 1) & mask
        table[at] = row


@compiled("int64[]", "int64[]", "int32[]", "int32[]!", beside=True)
def find_keys(
    wanted: NDArray[np.int64], keys: NDArray[np.int64], table: NDArray[np.int32], rows: NDArray[np.int32]
) -> None:
    """The row of each key that is wanted, -1 where there is none."""
    mask = len(table) - 1
    for i in range(len(wanted)):
        at = wanted[i] & mask
        while table[at] >= 0 and keys[table[at]] != wanted[i]:
            at = (at + 1) & mask
        rows[i] = table[at]
