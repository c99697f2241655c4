"""Whether bytes are UTF-8, looking closely only at those that are not ASCII."""

from __future__ import annotations

import numpy as np


def is_utf8(data: bytes) -> bool:
    """True where `data.decode("utf-8")` would not raise; quicker where little is outside ASCII."""
    if data.isascii():
        return True
    high = np.frombuffer(data, dtype=np.uint8) > 127
    # Sequences never hold an ASCII byte, so each run with the byte after it can be judged alone.
    kept = high.copy()
    kept[1:] |= high[:-1]
    try:
        np.frombuffer(data, dtype=np.uint8)[kept].tobytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
