"""JSON that was sent, read as what it has to be."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from api.errors import UserError

T = TypeVar("T")
_BOM = b"\xef\xbb\xbf"


def decode(body: bytes, kind: type[T]) -> T:
    """A body as `kind`. Raises UserError for what is no JSON, msgspec.ValidationError for another shape."""
    try:
        return msgspec.json.decode(body.removeprefix(_BOM), type=kind)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UserError("JSON_INVALID", "body", "this is not JSON") from None
