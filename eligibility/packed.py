"""Many texts as one piece of memory, which is hashed, kept and handed on without a Python object for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import overload

import numpy as np
from numpy.typing import NDArray


class Packed(Sequence[str]):
    """Texts of which number i is `letters[edges[i]:edges[i + 1]]`, uint8 of UTF-8 and int64[k + 1]."""

    __slots__ = ("edges", "letters")

    def __init__(self, letters: NDArray[np.uint8], edges: NDArray[np.int64]) -> None:
        self.letters = letters
        self.edges = edges

    @classmethod
    def of(cls, texts: Sequence[str]) -> Packed:
        """The same texts; those that are packed already as they are."""
        if isinstance(texts, Packed):
            return texts
        joined = "".join(texts)
        pieces: Sequence[str] | Sequence[bytes] = texts
        if joined.isascii():
            whole = joined.encode("ascii")
        else:
            pieces = [text.encode("utf-8", "surrogatepass") for text in texts]
            whole = b"".join(pieces)
        edges = np.zeros(len(pieces) + 1, dtype=np.int64)
        np.fromiter(map(len, pieces), dtype=np.int64, count=len(pieces)).cumsum(out=edges[1:])
        return cls(np.frombuffer(whole, dtype=np.uint8), edges)

    def __len__(self) -> int:
        return len(self.edges) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return list(self)[at]
        low, high = self.edges[:-1][at], self.edges[1:][at]
        return self.letters[low:high].tobytes().decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        whole, edges = self.letters.tobytes(), self.edges.tolist()
        return (whole[low:high].decode("utf-8", "surrogatepass") for low, high in pairwise(edges))

    def __contains__(self, text: object) -> bool:
        return bool((self.edges[1:] == self.edges[:-1]).any()) if text == "" else text in list(self)
