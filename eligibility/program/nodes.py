"""What the nodes of a program share: immutable values that serve as keys while judging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

_Class = TypeVar("_Class", bound=type)


class Node:
    """Base of the nodes that serve as keys while judging; holds the hash once it was asked for."""

    __slots__ = ("_hash",)


def hashed_once(cls: _Class) -> _Class:
    """A node's hash walks its whole tree: remember it."""
    walk = cast("Callable[[Any], int]", cls.__hash__)

    def remembered(self: Any) -> int:
        try:
            known: int = self._hash
        except AttributeError:
            known = walk(self)
            object.__setattr__(self, "_hash", known)
        return known

    type.__setattr__(cls, "__hash__", remembered)
    return cls
