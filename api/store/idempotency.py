"""Requests that take effect once, however often they are sent.

The key is taken in the same unit of work as what the request does. So after a crash either both are
there, and the repeated request is told what the first was told, or neither is, and it is carried out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.store.database import Writing
from api.store.errors import ConflictError
from api.store.tables import IdempotencyKey

KEPT = timedelta(days=7)


def take(unit: Writing, scope: str, key: str, request_sha256: str) -> IdempotencyKey | None:
    """Take a key: None where it is new and the request is to be carried out, else what was answered.

    A second request with the same key waits until the first is through. Raises ConflictError where the
    key was used for another request.
    """
    session = unit.session
    values = {
        "scope": scope,
        "key": key,
        "request_sha256": request_sha256,
        "added_at": unit.now,
        "expires_at": unit.now + KEPT,
    }
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    taken = session.execute(
        insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.key)
    ).scalar()
    if taken is not None:
        return None
    before = session.get_one(IdempotencyKey, (scope, key))
    if before.request_sha256 != request_sha256:
        raise _reused()
    unit.note("request.repeated", "idempotency_keys", {"scope": scope})
    return before


def spend(session: Session, scope: str, key: str, now: datetime, until: datetime) -> bool:
    """Use up a key that is good for one request; False where it was used before. Not audited."""
    values = {"scope": scope, "key": key, "request_sha256": "", "added_at": now, "expires_at": until}
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    taken = session.execute(
        insert(IdempotencyKey).values(values).on_conflict_do_nothing().returning(IdempotencyKey.key)
    )
    return taken.scalar() is not None


def answered(session: Session, scope: str, key: str, request_sha256: str) -> IdempotencyKey | None:
    """What `take` would find, without taking anything."""
    before = session.get(IdempotencyKey, (scope, key))
    if before is not None and before.request_sha256 != request_sha256:
        raise _reused()
    return before


def _reused() -> ConflictError:
    return ConflictError("KEY_REUSED", "idempotency_keys", "this key was used for another request")


def answer(unit: Writing, scope: str, key: str, response: dict[str, object]) -> None:
    """Keep what the request was answered, to be told again."""
    unit.session.get_one(IdempotencyKey, (scope, key)).response = response
    unit.session.flush()


def sweep(session: Session, now: datetime) -> None:
    """Take away keys that expired."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.expires_at <= now))
