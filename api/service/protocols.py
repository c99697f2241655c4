"""Protocols of the service: texts that were checked, kept by version, compiled when they are needed.

A text is all there is to a protocol here: it cannot name files of the machine, and a library it would need
has to be written into it. Value sets come from the folders that the settings name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from api.errors import UserError
from api.service.compiling import Compiler, InvalidProtocolError, Ready, pinned
from api.service.judging.pool import Judges
from api.service.once import Once
from api.service.settings import ServiceSettings
from api.store import Actor, Store
from api.store.hashing import sha256
from api.store.protocols import NewVersion, active_keys, add_version
from api.store.tables import ProtocolVersion
from eligibility.program import Program

# They changed, are gone, or cannot be read.
_OF_VALUE_SETS = frozenset({"TERMINOLOGY_CHANGED", "VALUE_SETS_MISSING"})


class Protocols:
    """Checks, keeps and compiles. Safe to share between threads."""

    def __init__(self, store: Store, settings: ServiceSettings, judges: Judges) -> None:
        self.store, self._judges = store, judges
        self._compiler = Compiler(settings)

    def check(self, text: str) -> dict[str, Any]:
        """What a text contains, and its problems."""
        return self._judges.check(text)

    def add(self, text: str, actor: Actor) -> ProtocolVersion:
        """Keep a text as a version. Raises InvalidProtocolError, ConflictError (another text of its name)."""
        new, _ = self._checked(text)
        with self.store.write(actor) as unit:
            return add_version(unit, new)

    def keep(self, text: str, actor: Actor, once: Once | None) -> dict[str, Any]:
        """The same, and what is said of it."""
        early = None if once is None else once.answered(self.store)
        if early is not None:
            return early
        new, problems = self._checked(text)
        with self.store.write(actor) as unit:
            before = None if once is None else once.before(unit)
            if before is not None:
                return before
            row = add_version(unit, new)
            active = active_keys(unit.session).values()
            told = {
                "protocol": row.protocol_id,
                **summary(row, row.key if row.key in active else None),
                "warnings": [{k: v for k, v in one.items() if k != "shown"} for one in problems],
            }
            return told if once is None else once.keep(unit, told)

    def _checked(self, text: str) -> tuple[NewVersion, list[dict[str, Any]]]:
        """A text as it may be kept, and what is doubtful about it."""
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
        return new, told["problems"]

    def changes(self, old: ProtocolVersion, new: ProtocolVersion) -> dict[str, Any]:
        """What changed from one version to another, in the text and in what its value sets hold."""
        before, after = (json.loads(row.lock or "{}") for row in (old, new))
        # The same address with other codes: the criteria read alike and mean something else.
        moved = sorted(url for url in before.keys() & after.keys() if before[url] != after[url])
        return {**self._judges.compare(old.text, new.text), "value_sets": moved}

    def program(self, row: ProtocolVersion) -> Program:
        """What a version says, whatever has become of its value sets: for what was judged with them once."""
        try:
            return self.ready(row, {}).program
        except UserError as error:
            if error.code not in _OF_VALUE_SETS:
                raise
        return self._compiler.program(row)

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
