"""Texts of protocols compiled within the limits that the settings name, and kept ready to judge."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from api.checking import describe
from api.errors import UserError
from api.noting import reader_for
from api.service.settings import ServiceSettings, setting_name
from api.store.hashing import canonical
from criteria_dsl import Compiled, compile_text
from eligibility.notes import NoteReader
from eligibility.program import Program
from eligibility.terminology import ValueSet
from fhir_adapters.terminology import ValueSetError, read_value_sets


class InvalidProtocolError(UserError):
    """A text that does not compile; `problems` are as `api.checking` describes them."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        super().__init__("PROTOCOL_INVALID", "protocol", "the text has errors")
        self.problems = problems


class Version(Protocol):
    """A version of a protocol, as a row of the store or out of one."""

    @property
    def key(self) -> str: ...
    @property
    def protocol_id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def lock(self) -> str: ...


@dataclass(frozen=True)
class Ready:
    """A version that can be judged."""

    row: Version
    program: Program
    value_sets: Mapping[str, ValueSet]

    @cached_property
    def reader(self) -> NoteReader | None:
        """The reader of notes that it needs, made by whoever judges it first; that takes a second."""
        return reader_for([self.program], self.value_sets)


class Compiler:
    """Compiles, and keeps what was compiled last. Safe to share between threads."""

    kept = 64  # programs kept in memory

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._ready: OrderedDict[tuple[str, tuple[tuple[str, str], ...]], Ready] = OrderedDict()

    def compile(self, text: str, given: Mapping[str, str] | None = None) -> Compiled:
        """A text's program and problems; raises UserError for one that is too long."""
        limit = self._settings.protocol_bytes
        if len(text.encode("utf-8", "surrogatepass")) > limit:
            message = f"longer than {limit} bytes ({setting_name('protocol_bytes')})"
            raise UserError("PROTOCOL_TOO_LARGE", "protocol", message)
        return compile_text(text, given=given)

    def program(self, row: Version, given: Mapping[str, str] | None = None) -> Program:
        """What a version says; raises InvalidProtocolError where it says nothing."""
        compiled = self.compile(row.text, given)
        if compiled.program is None:
            raise InvalidProtocolError(describe(compiled, row.text)["problems"])
        return compiled.program

    def ready(self, row: Version, given: Mapping[str, str]) -> Ready:
        """A version compiled with the numbers and durations given."""
        name = (row.key, tuple(sorted(given.items())))
        with self._lock:
            if name in self._ready:
                self._ready.move_to_end(name)
                return self._ready[name]
        program = self.program(row, given)
        value_sets = self.value_sets(program)
        if pinned(value_sets) != row.lock:
            message = "a value set is no longer the one this version was kept with: give it a new version"
            raise UserError("TERMINOLOGY_CHANGED", f"protocols/{row.protocol_id}", message)
        ready = Ready(row, program, value_sets)
        with self._lock:
            self._ready[name] = ready
            while len(self._ready) > self.kept:
                self._ready.popitem(last=False)
        return ready

    def value_sets(self, program: Program) -> dict[str, ValueSet]:
        """The value sets that a program names, out of the folders of the settings."""
        wanted = {url for source in program.value_sets.values() for url in source.urls}
        try:
            found = read_value_sets(self._settings.value_sets, wanted) if wanted else {}
        except ValueSetError as error:
            raise UserError(error.code, setting_name("value_sets"), str(error)) from error
        missing = sorted(wanted - set(found))
        if missing:
            message = f"the protocol uses value sets that the service does not have: {', '.join(missing)}"
            raise UserError("VALUE_SETS_MISSING", setting_name("value_sets"), message)
        return {url: found[url] for url in wanted}


def pinned(value_sets: Mapping[str, ValueSet]) -> str:
    """The lock of a version: a hash for each value set, "" where there is none."""
    if not value_sets:
        return ""
    return canonical({url: value_sets[url].digest() for url in sorted(value_sets)})
