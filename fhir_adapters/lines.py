"""NDJSON in blocks of whole lines: decoded at once where a block is clean, else halved until one
line stands alone. Every line is accounted for with its number and byte offset.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from fhir_adapters.batch import READ_ERRORS
from fhir_adapters.bundles import Document
from fhir_adapters.errors import FhirInputError
from fhir_adapters.ledger import Ledger
from fhir_adapters.records import READ_NAMES, READ_TYPES, Nested
from fhir_adapters.rejects import Problem
from fhir_adapters.salvage import Ignorable, any_resource, decode_one
from fhir_adapters.streams import Lines
from fhir_adapters.strict import examined

_READ = frozenset(READ_TYPES)
_TYPE = re.compile(rb'\{"resourceType":"([A-Za-z]+)"')
_OF_TYPE = {str(name).encode(): msgspec.json.Decoder(record) for name, record in READ_NAMES.items()}
_ONE_BY_ONE = 8  # so few lines are read one by one instead of halved again


class LineBlock:
    """Whole lines of one file; each ends with a newline."""

    def __init__(self, lines: Lines, file: str, first_line: int, offset: int, ledger: Ledger) -> None:
        self._data = lines.data
        self._count = lines.count
        self._clean = lines.clean
        self._matched = lines.matched
        self._file = file
        self._first_line = first_line
        self._offset = offset
        self._ledger = ledger
        self._split: list[bytes] | None = None

    def read(self) -> int:
        """Take in all lines; answers how many there were."""
        if self._matched is not None:
            self._ledger.intake.references.enter_bundle({})
            if self._ledger.intake.take_cut(self._matched, self):
                return self._count
        if self._clean and not self._ledger.strict:
            rows = self._decoded(self._data)
            if rows is not None and len(rows) == self._count:
                self._ledger.intake.references.enter_bundle({})
                self._take(rows)
                return self._count
        if self._count <= _ONE_BY_ONE or self._ledger.strict:
            self._one_by_one()
        else:
            self._halved()
        return self._count

    def _decoded(self, data: bytes) -> list[Any] | None:
        """The records of a clean block; a file of one type, as most are, decodes quicker as that type."""
        first = _TYPE.match(data)
        for decoder in (_OF_TYPE.get(first[1]) if first else None, any_resource):
            if decoder is not None:
                try:
                    rows: list[Any] = decoder.decode_lines(data)
                except READ_ERRORS:
                    continue
                return rows
        return None

    def _halved(self) -> None:
        data = self._data
        cut = data.find(b"\n", len(data) // 2) + 1
        if cut in (0, len(data)):
            cut = data.rfind(b"\n", 0, len(data) - 1) + 1
        lines = self._part(data[:cut], 0, 0).read()
        self._part(data[cut:], lines, cut).read()

    def _part(self, data: bytes, lines: int, size: int) -> LineBlock:
        """Some of the lines; so many lines and bytes stand before them."""
        first, offset = self._first_line + lines, self._offset + size
        return LineBlock(Lines.of(data), self._file, first, offset, self._ledger)

    def line(self, position: int) -> int:
        """The number of a line in its file, from 1 on."""
        return self._first_line + position

    def offset(self, position: int) -> int:
        """Where a line begins in its unpacked file."""
        return self._offset + sum(map(len, self._lines()[:position])) + position

    def _one_by_one(self) -> None:
        rows: list[Any] = []
        for position, line in enumerate(self._lines()):
            if not line.strip():
                self._ledger.blank += 1
                rows.append(None)
                continue
            found = examined(line) if self._ledger.strict else decode_one(line)
            if isinstance(found, Problem):
                self.refuse(position, found)
            rows.append(found)
        self._ledger.intake.references.enter_bundle({})
        self._take(rows)

    def _take(self, rows: Sequence[Any]) -> None:
        """Take records into the intake, grouped by type."""
        intake = self._ledger.intake
        kinds = set(map(type, rows))
        if len(kinds) == 1 and kinds <= _READ and Nested not in kinds:
            intake.take(rows, range(len(rows)), self)
            return
        for kind in sorted(kinds, key=lambda k: k.__name__):
            positions = [i for i, row in enumerate(rows) if type(row) is kind]
            chosen = [rows[i] for i in positions]
            if kind is Nested:
                self._open_bundles(positions)
            elif kind in _READ:
                intake.take(chosen, positions, self)
            elif kind is Ignorable:
                intake.ignored_types.update(row.type_name for row in chosen)
            elif kind is not Problem and kind is not type(None):
                intake.ignored_types[kind.__name__] += len(chosen)

    def _open_bundles(self, positions: Sequence[int]) -> None:
        for position in positions:
            place = f"{self._file}:{self.line(position)}"
            try:
                Document(self._lines()[position], place, self._ledger).read()
            except FhirInputError as problem:
                self.refuse(position, Problem(problem.code, problem.message))
        self._ledger.intake.references.enter_bundle({})

    def _lines(self) -> list[bytes]:
        if self._split is None:
            self._split = self._data.split(b"\n")[:-1]
        return self._split

    def refuse(self, position: int, problem: Problem) -> None:
        """Account for one line as rejected."""
        self._ledger.refuse(
            problem,
            self._lines()[position].rstrip(b"\r"),
            self._file,
            line=self.line(position),
            offset=self.offset(position),
        )

    def raw(self, position: int) -> bytes:
        """The bytes of a line."""
        return self._lines()[position]

    def holds(self, word: bytes) -> bool:
        """Whether the lines hold a word anywhere."""
        return word in self._data

    def name(self, position: int, type_name: str) -> str:
        """ "Type/…" for a line whose resource has no id."""
        return f"{type_name}/{self._file}#{self.line(position)}"
