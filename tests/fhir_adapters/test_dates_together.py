"""Dates read together say the same as dates read one by one, whatever stands among them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eligibility.instants import BEGINNING, END_OF_TIME
from fhir_adapters import dates
from fhir_adapters.written_dates import read_dates
from fhir_adapters.zones import zone

SHAPES = (
    "2024-02-{:02d}",
    "2024-{:02d}-28T10:11:12Z",
    "2024-03-{:02d}T23:59:00.250+05:30",
    "2024-03-{:02d}T23:59:00-04:00",
    "2024-03-{:02d}T08:00:00",
    "2024-{:02d}",
    "00{:02d}",
)
ODD = (
    "", "2024-02-30", "2024-03-01T10:00:00+15:00", "2024-03-01T23:59:60Z", "2024-03-01T10:11", "soon",
    "2024-03-01T10:00:00.1234567Z", "0000-01-01", "2024-03-01T10:00:00é", "2024-03-01 10:00:00Z", "9" * 80,
)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("place", ["UTC", "America/New_York"])
@settings(max_examples=20, deadline=None)
@given(odd=st.lists(st.tuples(st.integers(0, 299), st.sampled_from(ODD)), max_size=3))
def test_as_one_by_one(shape: str, place: str, odd: list[tuple[int, str]]) -> None:
    texts = [shape.format(i % 40) for i in range(300)]
    for at, text in odd:
        texts[at] = text
    here = zone(place)
    lo, hi = dates.parse(texts, here)
    for text, low, high in zip(texts, lo.tolist(), hi.tolist(), strict=True):
        wanted = dates.parse_one(text, here) if text else (BEGINNING, END_OF_TIME)
        assert (low, high) == (wanted or (dates.INVALID, dates.INVALID)), text


@given(st.lists(st.sampled_from(ODD + tuple(shape.format(7) for shape in SHAPES)), min_size=1, max_size=40))
def test_the_loop_is_its_source(texts: list[str]) -> None:
    letters = np.frombuffer("".join(texts).encode("ascii", "replace") + b" ", dtype=np.uint8)
    lengths = np.array([len(text) for text in texts])

    def answered(read: Callable[..., int]) -> tuple[int, list[list[int]]]:
        arrays = [np.empty(len(texts), dtype) for dtype in (np.int64, np.int64, np.bool_)]
        return read(letters, lengths, *arrays), [array.tolist() for array in arrays]

    assert answered(read_dates) == answered(read_dates.__wrapped__)  # type: ignore[attr-defined]
