"""Elements of many lines as pieces of one text: where each begins and ends, and what is made of that.

Nothing is cut out before it is asked for, and of equal pieces one only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from eligibility.packed import Packed
from fhir_adapters.numbering import all_follow, gather_pieces, number_pieces

Places = NDArray[np.int32]
# The number of each piece, and by number the first piece that has it; pieces of one number are equal.
Numbers = tuple[NDArray[np.int32], NDArray[np.int32]]


def numbered(
    data: NDArray[np.uint8], starts: Places, stops: Places, wanted: Sequence[int], count: int
) -> dict[int, Numbers]:
    """The numbers of some elements of `count` lines, by element; see `number_pieces`."""
    room = 1 << (2 * count).bit_length()
    tables = np.full(len(wanted) * room, -1, dtype=np.int32)
    which, firsts = np.empty((2, len(wanted), count), dtype=np.int32)
    counts = np.zeros(len(wanted), dtype=np.int64)
    chosen = np.array(wanted, dtype=np.int64)
    number_pieces(data, starts, stops, chosen, tables, which.reshape(-1), firsts.reshape(-1), counts)
    return {e: (which[i], firsts[i, : counts[i]]) for i, e in enumerate(wanted)}


class Pieces:
    """Pieces of `data` from `starts` to `stops`, int32[k] each; empty ones are absent."""

    def __init__(
        self, data: NDArray[np.uint8], starts: Places, stops: Places, numbers: Numbers | None = None
    ) -> None:
        self._data = data
        self.starts = starts
        self.stops = stops
        self._numbers = numbers
        self._distinct: tuple[list[bytes], NDArray[np.int32]] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def distinct(self) -> tuple[list[bytes], NDArray[np.int32]]:
        """The distinct pieces as they come first, and which of them each is; now and then one comes twice."""
        if self._distinct is None:
            if self._numbers is None:
                self._numbers = numbered(self._data, self.starts, self.stops, [0], len(self))[0]
            which, firsts = self._numbers
            self._distinct = self.some(firsts).each(), which
        return self._distinct

    def some(self, rows: NDArray[Any] | slice) -> Pieces:
        """Some of the pieces."""
        return Pieces(self._data, self.starts[rows], self.stops[rows])

    def each(self) -> list[bytes]:
        """All pieces; lines hold no line ends, so that one can stand between them."""
        return self.joined(apart=True).split(b"\n") if len(self) else []

    def joined(self, *, apart: bool) -> bytes:
        """All pieces as one, `apart` by a newline or not."""
        return self.letters(apart=apart).tobytes()

    def letters(self, *, apart: bool = False) -> NDArray[np.uint8]:
        """What `joined` answers, uint8[]."""
        total = int((self.stops - self.starts).sum(dtype=np.int64))
        out = np.empty(total + (max(len(self) - 1, 0) if apart else 0), dtype=np.uint8)
        gather_pieces(self._data, self.starts, self.stops, out, int(apart))
        return out

    def packed(self) -> Packed:
        """All pieces as texts; good for strings without escapes."""
        edges = np.zeros(len(self) + 1, dtype=np.int64)
        np.cumsum(self.stops - self.starts, out=edges[1:])
        return Packed(self.letters(), edges)

    def following(self, opening: bytes, allowed: NDArray[np.bool_]) -> Pieces | None:
        """What stands after `opening` in each piece; `allowed` is bool[256].

        None where a piece begins otherwise, ends there, or holds a sign after it that is not allowed.
        """
        begins = np.frombuffer(opening, dtype=np.uint8)
        if not all_follow(self._data, self.starts, self.stops, begins, allowed):
            return None
        return Pieces(self._data, self.starts + np.int32(len(opening)), self.stops)

    def lengths(self) -> NDArray[np.int64]:
        """How long each is, int64[k]."""
        return (self.stops - self.starts).astype(np.int64)


class Texts(Sequence[str]):
    """Pieces that are strings without escapes, as strings."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self._held: list[str] | None = None

    def _all(self) -> list[str]:
        if self._held is None:
            whole = self.pieces.joined(apart=True).decode()
            self._held = whole.split("\n") if len(self.pieces) else []
        return self._held

    def __len__(self) -> int:
        return len(self.pieces)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        return self._all()[at]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __contains__(self, text: object) -> bool:
        return bool((self.pieces.starts == self.pieces.stops).any()) if text == "" else text in self._all()

    def count(self, text: object) -> int:
        """How often a text comes."""
        if text == "":
            return int(np.count_nonzero(self.pieces.starts == self.pieces.stops))
        return self._all().count(text)  # type: ignore[arg-type]
