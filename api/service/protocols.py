"""Protocols of the service: texts that were checked, kept by version, compiled when they are needed.

A text is all there is to a protocol here: it cannot name files of the machine, and a library it would need
has to be written into it. Value sets come from the folders that the settings name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.errors import UserError
from api.service.compiling import Compiler, InvalidProtocolError, Ready, pinned
from api.service.judging.pool import Judges
from api.service.settings import ServiceSettings
from api.store import Actor, Store
from api.store.hashing import sha256
from api.store.protocols import NewVersion, add_version
from api.store.tables import ProtocolVersion


class Protocols:
    """Checks, keeps and compiles. Safe to share between threads."""

    def __init__(self, store: Store, settings: ServiceSettings, judges: Judges) -> None:
        self.store, self._judges = store, judges
        self._compiler = Compiler(settings)

    def check(self, text: str) -> dict[str, Any]:
        """What a text contains, and its problems."""
        return self._judges.check(text)

    def add(self, text: str, actor: Actor) -> tuple[ProtocolVersion, dict[str, Any]]:
        """Keep a text as a version. Raises InvalidProtocolError, ConflictError (another text of its name)."""
        # First where it can be stopped: after that it is known to come to an end.
        told = self._judges.check(text)
        program = self._compiler.compile(text).program
        if program is None:
            raise InvalidProtocolError(told["problems"])
        if not program.criteria:
            raise UserError("NOTHING_TO_JUDGE", "protocol", "the protocol has no criterion")
        new = NewVersion(
            program.id,
            program.title,
            program.version,
            text,
            sha256(repr(program)),
            pinned(self._compiler.value_sets(program)),
        )
        with self.store.write(actor) as unit:
            row = add_version(unit, new)
        return row, told

    def ready(self, row: ProtocolVersion, given: Mapping[str, str]) -> Ready:
        """A version compiled with the numbers and durations given."""
        return self._compiler.ready(row, given)


def summary(row: ProtocolVersion, active: str | None) -> dict[str, Any]:
    """A version without its text."""
    return {
        "key": row.key,
        "version": row.version,
        "text_sha256": row.text_sha256,
        "added_by": row.added_by,
        "added_at": row.added_at.isoformat(),
        "active": row.key == active,
    }


def versions_told(rows: Sequence[ProtocolVersion], active: str | None) -> list[dict[str, Any]]:
    """Versions in the order they were added."""
    return [summary(row, active) for row in rows]
