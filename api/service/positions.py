"""Where a text stops being JSON, by line and column; nothing of what stands there is told."""

from __future__ import annotations

import re

import msgspec

_BYTE = re.compile(r"\(byte (\d+)\)$")


def position(body: bytes) -> str:
    """`line 3, column 14` (both from 1, columns in characters), "" for what is JSON or has no such place."""
    at = _fault(body)
    if at is None:
        return ""
    before = body[:at]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
    return f"line {line}, column {column}"


def _fault(body: bytes) -> int | None:
    """The first byte that does not belong, the end of what ends too early."""
    mark = 3 if body.startswith(b"\xef\xbb\xbf") else 0
    try:
        msgspec.json.decode(body[mark:])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        found = _BYTE.search(str(error))
        if found is not None:
            return int(found[1]) + mark
    except RecursionError:
        return None
    else:
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return len(body)
