"""One-time tokens: the store remembers which were used, for all processes and over restarts."""

from __future__ import annotations

from datetime import UTC, datetime

from api.service.access.tokens import Spend
from api.store import Store
from api.store.idempotency import spend

_SCOPE = "token"


def spender(store: Store) -> Spend:
    """Whether a token, by its `jti`, was used for the first time."""

    def first(jti: str, lasts: float) -> bool:
        with store.upkeep() as session:
            return spend(session, _SCOPE, jti, store.clock(), datetime.fromtimestamp(lasts, UTC))

    return first
