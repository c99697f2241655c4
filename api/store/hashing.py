"""One text and one hash for a content, whatever database it was read from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import inspect

from api.store.errors import StoreError
from api.store.tables.base import Base, moment_text


def canonical(content: object) -> str:
    """JSON with sorted keys and without spaces; ASCII only, so that every character can be stored.

    Names of members must be texts. Raises StoreError for what JSON cannot say (NaN, other types).
    """
    try:
        return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)
    except (TypeError, ValueError) as error:
        raise StoreError("NOT_JSON", "store", str(error)) from error


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def sha256(text: str) -> str:
    """Of a text as UTF-8, 64 hexadecimal characters."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def content_hash(content: object) -> str:
    return sha256(canonical(content))


def row_content(row: Base) -> dict[str, object]:
    """All columns of a row by name, with the table's name."""
    mapper = inspect(type(row))
    columns: dict[str, object] = {
        attribute.key: getattr(row, attribute.key) for attribute in mapper.column_attrs
    }
    return {"table": row.__tablename__, **columns}


def row_hash(row: Base) -> str:
    """What the audit trail keeps of a row that must never change."""
    return content_hash(row_content(row))


def subject_of(row: Base) -> str:
    """How the trail calls a row: its table and its key."""
    key = inspect(type(row)).primary_key_from_instance(row)
    return f"{row.__tablename__}/{':'.join(map(str, key))}"


def asked_mark(criteria: Mapping[str, str]) -> str:
    """A mark that tasks have in common which ask about the same criteria (id to reason)."""
    return content_hash(dict(criteria))[:32]
