"""A bounded memory from an element's bytes to what they mean, so that a repeated code costs one look-up."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LIMIT = 200_000


class Cache(dict[K, V], Generic[K, V]):
    """`cache[key]` reads a key it has not met. `always` holds what is known beforehand."""

    __slots__ = ("_always", "_limit", "_read")

    def __init__(self, read: Callable[[K], V], always: dict[K, V], limit: int = LIMIT) -> None:
        super().__init__(always)
        self._read = read
        self._always = always
        self._limit = limit

    def __missing__(self, key: K) -> V:
        value = self._read(key)
        if len(self) >= self._limit:
            self.clear()
            self.update(self._always)
        self[key] = value
        return value

    def learn(self, keys: Iterable[K], values: Sequence[V]) -> None:
        """Take in what was read elsewhere, so long as there is room."""
        if len(self) + len(values) < self._limit:
            self.update(zip(keys, values, strict=False))


def by_bytes(read: Callable[[bytes], V], absent: V) -> Cache[bytes, V]:
    """A cache of raw JSON elements, in which nothing and `null` are absent."""
    return Cache(read, {b"": absent, b"null": absent})
