"""Whether bytes are UTF-8, looking closely only at those that are not ASCII."""

from __future__ import annotations

import numpy as np


def is_utf8(data: bytes) -> bool:
    """True where `data.decode("utf-8")` would not raise; quicker where little is outside ASCII."""
    if data.isascii():
        return True
    units = np.frombuffer(data, dtype=np.int8)
    high = np.flatnonzero(units < 0)
    # Sequences never hold an ASCII byte, so each run with the byte after it can be judged alone.
    after = np.minimum(high + 1, len(units) - 1)
    kept = np.unique(np.concatenate((high, after))) if len(high) < len(units) >> 4 else slice(None)
    try:
        units[kept].tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
