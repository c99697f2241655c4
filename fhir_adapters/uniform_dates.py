"""Dates that are all written in one and the same shape, as they nearly always are: parsed by Arrow.

It answers nothing where one of them is in the least unusual; then the careful reader takes over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eligibility.instants import DAY
from fhir_adapters.zones import Zone

Instants = NDArray[np.int64]

_YEAR_ONE = -62_135_596_800_000  # Arrow also knows a year 0, FHIR does not
_AS_ZERO = bytes.maketrans(b"123456789+", b"000000000-")
_DAYS = b"0000-00-00"
_MOMENTS = frozenset(
    f"0000-00-00T00:00:00{fraction}{offset}".encode()
    for fraction in ("", ".0", ".00", ".000")
    for offset in ("", "Z", "-00:00")
)
_LARGEST_OFFSET = 14  # hours


def of_one_shape(data: bytes, width: int, zone: Zone) -> tuple[Instants, Instants] | None:
    """Earliest and latest instants of dates of `width` letters each, one after the other in `data`.

    None where they are not all of one shape, or one of them is no date.
    """
    count = len(data) // width
    shape = data[:width].translate(_AS_ZERO)
    if (shape != _DAYS and shape not in _MOMENTS) or data.translate(_AS_ZERO) != shape * count:
        return None
    offset = shape[-6:] == b"-00:00" and width > len(_DAYS)
    if offset and not _offsets_fit(data, width, count):
        return None
    moved = offset or shape[-1:] == b"Z"
    found = _parsed(data, width, count, moved=moved)
    if found is None or int(found.min()) < _YEAR_ONE + DAY:
        return None
    if width == len(_DAYS):
        return found, found + (DAY - 1)
    if moved:
        found = zone.wall(found)
    return found, found


def _offsets_fit(data: bytes, width: int, count: int) -> bool:
    """Whether every offset is one that there is: up to 14 hours."""
    matrix = np.frombuffer(data, dtype=np.uint8).reshape(count, width)
    hours = matrix[:, -5] * np.uint8(10) + matrix[:, -4] - np.uint8((48 * 11) % 256)
    return bool((hours < _LARGEST_OFFSET).all())


def _parsed(data: bytes, width: int, count: int, *, moved: bool) -> Instants | None:
    import pyarrow as pa  # loaded late: one bundle never needs it

    ends = pa.py_buffer(np.arange(count + 1, dtype=np.int32) * np.int32(width))
    texts = pa.Array.from_buffers(pa.string(), count, [None, ends, pa.py_buffer(data)])
    try:
        instants = texts.cast(pa.timestamp("ms", "UTC" if moved else None))
    except pa.ArrowInvalid:
        return None
    found: Instants = instants.view(pa.int64()).to_numpy().copy()
    return found
