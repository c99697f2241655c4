"""How large a part of the program is when it is written out.

Parts share what is below them, so a short text can stand for more than anybody could walk through: five
names less five names, less five names … are five times as many with every step. The size is counted from the
sizes of the parts, each of which is counted once, and never by walking.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

MAX_PHRASE = 20_000
MAX_PROGRAM = 100_000


class Sizes:
    """The sizes of parts of one program, each kept with its part, so that no other takes its identity."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Any, int]] = {}

    def of(self, part: Any) -> int:
        """The nodes of a part, written out. Parts are never changed, so it is counted once."""
        if type(part) is tuple:
            return sum(map(self.of, part))
        if not _is_node(part.__class__):
            return 0
        kept = self._kept.get(id(part))
        if kept is None:
            size = 1 + sum(self.of(getattr(part, name)) for name in _names(part.__class__))
            kept = self._kept[id(part)] = (part, size)
        return kept[1]


@cache
def _is_node(kind: type) -> bool:
    return is_dataclass(kind)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))
