"""Keys of names: the hash they are, however many are asked at once; and the rows that have them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility import keys
from eligibility.keys import Register, hashes
from eligibility.packed import Packed
from eligibility.resources import key_of, keys_of, keys_of_names

MASK = (1 << 64) - 1
TEXTS = st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=20)


def turned(word: int, by: int) -> int:
    return (word << by | word >> (64 - by)) & MASK


def siphash(data: bytes, secret: tuple[int, int]) -> int:
    """SipHash-1-3 as its authors write it down."""
    v = [secret[0] ^ 0x736F6D6570736575, secret[1] ^ 0x646F72616E646F6D,
         secret[0] ^ 0x6C7967656E657261, secret[1] ^ 0x7465646279746573]  # fmt: skip

    def mixed() -> None:
        v[0] = (v[0] + v[1]) & MASK
        v[1] = turned(v[1], 13) ^ v[0]
        v[0] = turned(v[0], 32)
        v[2] = (v[2] + v[3]) & MASK
        v[3] = turned(v[3], 16) ^ v[2]
        v[0] = (v[0] + v[3]) & MASK
        v[3] = turned(v[3], 21) ^ v[0]
        v[2] = (v[2] + v[1]) & MASK
        v[1] = turned(v[1], 17) ^ v[2]
        v[2] = turned(v[2], 32)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        mixed()
        v[0] ^= word
    v[2] ^= 0xFF
    for _ in range(3):
        mixed()
    return v[0] ^ v[1] ^ v[2] ^ v[3]


@settings(deadline=None)  # the first example makes the compiled loops
@given(TEXTS, st.binary(min_size=16, max_size=16))
def test_a_key_is_the_hash_that_is_named(texts: list[str], secret: bytes) -> None:
    packed = Packed.of([*texts, "x" * 300])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "_SECRET", np.frombuffer(secret, dtype=np.uint64))
        found = hashes(packed.letters, packed.edges).view(np.uint64).tolist()
    both = int.from_bytes(secret[:8], "little"), int.from_bytes(secret[8:], "little")
    assert found == [siphash(text.encode(), both) for text in packed]


@settings(deadline=None)  # the first example makes the compiled loops
@given(TEXTS)
def test_packed_texts_are_the_texts(texts: list[str]) -> None:
    packed = Packed.of(texts)
    assert list(packed) == texts == [packed[i] for i in range(len(packed))] == packed[:]
    assert ("" in packed) == ("" in texts)
    assert "x" not in Packed.of(["xx", "y"])
    assert Packed.of(packed) is packed
    assert keys_of("Procedure", packed).tolist() == [key_of(f"Procedure/{text}") for text in texts]
    names = [f"{kind}/{text}" for text in texts for kind in ("Patient", "Encounter")]
    assert keys_of_names(names).tolist() == [key_of(name) for name in names]


@settings(deadline=None)  # the first example makes the compiled loops
@given(st.lists(st.integers(-4, 4) | st.integers(-(1 << 63), (1 << 63) - 1)), st.integers(0, 9))
def test_the_last_row_of_a_key_is_found(held: list[int], shift: int) -> None:
    wanted = [*held, *range(-9, 9), 1 << shift]
    rows = Register(np.array(held, dtype=np.int64)).find(np.array(wanted, dtype=np.int64))
    last = {key: row for row, key in enumerate(held)}
    assert rows.tolist() == [last.get(key, -1) for key in wanted]
