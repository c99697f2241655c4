"""Protocols of the service: texts that were checked, kept by version, compiled when they are needed.

A text is all there is to a protocol here: it cannot name files of the machine, and a library it would need
has to be written into it. Value sets come from the folders that the settings name.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.checking import describe
from api.errors import UserError
from api.noting import reader_for
from api.service.settings import ServiceSettings, setting_name
from api.store import Actor, Store
from api.store.hashing import canonical, content_hash, sha256
from api.store.protocols import NewVersion, add_version
from api.store.tables import ProtocolVersion
from criteria_dsl import Compiled, compile_text
from eligibility.notes import NoteReader
from eligibility.program import Program
from eligibility.terminology import ValueSet
from fhir_adapters.terminology import ValueSetError, read_value_sets

_COMPILED = 64  # programs kept in memory


class InvalidProtocolError(UserError):
    """A text that does not compile; `problems` are as `api.checking` describes them."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__("PROTOCOL_INVALID", "protocol", "the text has errors")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Ready:
    """A version that can be judged."""

    row: ProtocolVersion
    program: Program
    value_sets: Mapping[str, ValueSet]
    reader: NoteReader | None


class Protocols:
    """Checks, keeps and compiles. Safe to share between threads."""

    def __init__(self, store: Store, settings: ServiceSettings) -> None:
        self.store, self.settings = store, settings
        self._lock = threading.Lock()
        self._ready: OrderedDict[tuple[str, tuple[tuple[str, str], ...]], Ready] = OrderedDict()

    def check(self, text: str) -> dict[str, Any]:
        """What a text contains, and its problems."""
        return describe(self._compile(text), text)

    def add(self, text: str, actor: Actor) -> tuple[ProtocolVersion, dict[str, Any]]:
        """Keep a text as a version. Raises InvalidProtocolError, ConflictError (another text of its name)."""
        compiled = self._compile(text)
        told = describe(compiled, text)
        program = compiled.program
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
            _pinned(self._value_sets(program)),
        )
        with self.store.write(actor) as unit:
            row = add_version(unit, new)
        return row, told

    def ready(self, row: ProtocolVersion, given: Mapping[str, str]) -> Ready:
        """A version compiled with the numbers and durations given."""
        name = (row.key, tuple(sorted(given.items())))
        with self._lock:
            if name in self._ready:
                self._ready.move_to_end(name)
                return self._ready[name]
        compiled = self._compile(row.text, given)
        if compiled.program is None:
            raise InvalidProtocolError(describe(compiled, row.text)["problems"])
        value_sets = self._value_sets(compiled.program)
        if _pinned(value_sets) != row.lock:
            message = "a value set is no longer the one this version was kept with: give it a new version"
            raise UserError("TERMINOLOGY_CHANGED", f"protocols/{row.protocol_id}", message)
        ready = Ready(row, compiled.program, value_sets, reader_for([compiled.program], value_sets))
        with self._lock:
            self._ready[name] = ready
            while len(self._ready) > _COMPILED:
                self._ready.popitem(last=False)
        return ready

    def _compile(self, text: str, given: Mapping[str, str] | None = None) -> Compiled:
        limit = self.settings.protocol_bytes
        if len(text.encode("utf-8", "surrogatepass")) > limit:
            message = f"longer than {limit} bytes ({setting_name('protocol_bytes')})"
            raise UserError("PROTOCOL_TOO_LARGE", "protocol", message)
        return compile_text(text, given=given)

    def _value_sets(self, program: Program) -> dict[str, ValueSet]:
        wanted = {url for source in program.value_sets.values() for url in source.urls}
        try:
            found = read_value_sets(self.settings.value_sets, wanted) if wanted else {}
        except ValueSetError as error:
            raise UserError(error.code, setting_name("value_sets"), str(error)) from error
        missing = sorted(wanted - set(found))
        if missing:
            message = f"the protocol uses value sets that the service does not have: {', '.join(missing)}"
            raise UserError("VALUE_SETS_MISSING", setting_name("value_sets"), message)
        return {url: found[url] for url in wanted}


def _pinned(value_sets: Mapping[str, ValueSet]) -> str:
    """The lock of a version: a hash for each value set, "" where there is none."""
    if not value_sets:
        return ""
    return canonical({url: content_hash(sorted(value_sets[url].codes)) for url in sorted(value_sets)})


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
