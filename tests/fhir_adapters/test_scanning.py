"""Lines counted and letters looked at in one pass: what `bytes` itself answers."""

from __future__ import annotations

import random

import pytest

from fhir_adapters.scanning import scan


@pytest.mark.parametrize("size", [0, 7, 65_535, 65_536, 65_543, 300_000])
@pytest.mark.parametrize("alphabet", [b"a\n", b"\n", b"\x00\x0b\x09\x7f\n\x01", b"a\n\x8a"], ids=repr)
def test_a_scan_says_what_is_there(size: int, alphabet: bytes) -> None:
    data = bytes(random.Random(size).choices(alphabet, k=size))
    for more in (b"", b"\x8a", b"\n"):
        held = data + more
        assert scan(held) == (held.count(b"\n"), held.isascii())
