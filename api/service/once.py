"""Requests that take effect once: `Idempotency-Key` in the header, the key in the unit that does the work."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from api.store import Store, Writing
from api.store.hashing import canonical
from api.store.idempotency import answer, answered, sweep, take

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Once:
    """The key of a request. `scope` is who sent it to which operation, `sha256` is over all that was sent."""

    scope: str
    key: str
    sha256: str

    def answered(self, store: Store) -> Told | None:
        """What `before` would find, without the wait: what the request needs may be gone by now."""
        with store.read() as session:
            found = answered(session, self.scope, self.key, self.sha256)
        return None if found is None else dict(found.response or {})

    def before(self, unit: Writing) -> Told | None:
        """What was answered when the request came the first time; None the first time.

        Raises ConflictError where the key came with another request.
        """
        sweep(unit.session, unit.now)
        found = take(unit, self.scope, self.key, self.sha256)
        return None if found is None else dict(found.response or {})

    def keep(self, unit: Writing, told: Told) -> Told:
        """Keep an answer; it is given back as it will be told again."""
        content: Told = json.loads(canonical(told))
        answer(unit, self.scope, self.key, content)
        return content
