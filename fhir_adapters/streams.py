"""Bytes of one input, unpacked and hashed as they pass; and the same bytes cut at line ends.

Memory stays at a few blocks whatever the size of the file, save for one line or one document.
"""

from __future__ import annotations

import ctypes
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import BinaryIO, TypeVar

from fhir_adapters.errors import FhirInputError
from fhir_adapters.growth import Growth
from fhir_adapters.matcher import Matched
from fhir_adapters.scanning import scan
from fhir_adapters.utf8 import is_utf8

T = TypeVar("T")
Match = Callable[[bytes, int], Matched | None]
BLOCK = 2 << 20
_M_TRIM_THRESHOLD = -1  # of malloc.h
_KEPT = 256 << 20  # free bytes that are not handed back
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


@lru_cache(maxsize=1)
def hold_memory() -> None:
    """Let the C library keep freed blocks for the next ones instead of handing them back; once is enough.

    glibc takes large pieces from the system one by one, and every page of them is cleared and mapped
    anew, until one larger than they has been freed; after that it reuses its heap. Without glibc
    this does nothing. The bytes are never touched.
    """
    bytes(12 * BLOCK)


@lru_cache(maxsize=1)
def hold_stretches() -> None:
    """The same for a process that holds many blocks at a time, again and again, and does nothing else.

    What is free at the end of the heap is not handed back either. Without glibc this does nothing.
    """
    hold_memory()
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option is not None:
        set_option(_M_TRIM_THRESHOLD, _KEPT)


class Hashing:
    """sha256 of all bytes read; of large files worked out beside the reading."""

    def __init__(self) -> None:
        self._hash = sha256()
        self._blocks: list[bytes] = []
        self._beside: ThreadPoolExecutor | None = None  # one thread
        self._running: Future[None] | None = None
        self.total = 0

    def update(self, data: bytes) -> None:
        """Take more bytes. What fits into one block is not worth a thread."""
        self.total += len(data)
        self._blocks.append(data)
        if self.total > BLOCK:
            self._wait()
            if self._beside is None:
                self._beside = ThreadPoolExecutor(1)
            self._running = self._beside.submit(self._hash_all, self._blocks)
            self._blocks = []

    def digest(self) -> str:
        """The hash of everything."""
        self._wait()
        if self._beside is not None:
            self._beside.shutdown()
            self._beside = None
        self._hash_all(self._blocks)
        self._blocks = []
        return self._hash.hexdigest()

    def _hash_all(self, blocks: list[bytes]) -> None:
        for block in blocks:
            self._hash.update(block)

    def _wait(self) -> None:
        if self._running is not None:
            self._running.result()
            self._running = None


class Stream:
    """Unpacked bytes of one file. `truncated` says that compressed data ended early.

    `within`: the growth of the archive that holds the file. `hashed`: whether anybody asks for the hash.
    """

    def __init__(
        self, raw: BinaryIO, name: str, within: Growth | None = None, *, hashed: bool = True
    ) -> None:
        self.name = name
        self._hashed = hashed
        self._growth = Growth("GZIP_TOO_LARGE", name, within=within)
        self.hashing = Hashing()
        self.truncated = ""
        self._raw = raw
        self._pushed: list[bytes] = []
        head = self._more()
        self.compressed = head[:2] == _GZIP
        self.large = self.compressed or len(head) >= BLOCK  # may be more than one block
        if self.compressed:
            self._unpacked = self._unpack(head)
            head = next(self._unpacked, b"")
        self._pushed.append(head.removeprefix(_BOM))

    def _more(self) -> bytes:
        data = self._raw.read(BLOCK)
        if data and self._hashed:
            self.hashing.update(data)
        return data

    def read(self) -> bytes:
        """The next bytes, empty at the end."""
        if self._pushed:
            data = self._pushed.pop()
            if data:
                return data
        return next(self._unpacked, b"") if self.compressed else self._more()

    def push_back(self, data: bytes) -> None:
        """Let the next `read` answer these bytes again."""
        if data:
            self._pushed.append(data)

    def _unpack(self, head: bytes) -> Iterator[bytes]:
        """Members of a gzip file, one after the other, in blocks."""
        packed, engine, begun = head, zlib.decompressobj(wbits=31), False
        while True:
            try:
                data = engine.decompress(packed, BLOCK)
            except zlib.error as problem:
                if not begun:
                    raise FhirInputError("GZIP_INVALID", str(problem), self.name) from None
                self.truncated = str(problem)
                return
            if data:
                begun = True
                self._growth.packed = self.hashing.total
                self._growth.count(len(data))
                yield data
            if engine.eof:
                packed = (engine.unused_data or self._more()).lstrip(b"\0")
                if not packed:
                    return
                engine = zlib.decompressobj(wbits=31)
                continue
            packed = engine.unconsumed_tail or self._more()
            if not packed:
                if data:
                    continue
                self.truncated = "the compressed data ends early"
                return

    def everything(self) -> bytes:
        """All the rest as one piece."""
        parts = []
        while data := self.read():
            parts.append(data)
        return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines; each ends with a newline."""

    data: bytes
    count: int
    clean: bool  # UTF-8 without a zero byte
    matched: Matched | None = None  # where the elements of all lines stand, if that is known

    @classmethod
    def of(cls, data: bytes, match: Match | None = None) -> Lines:
        """Count and look through; on large data other threads run meanwhile."""
        count, ascii_only = scan(data)
        if not (ascii_only or is_utf8(data)):
            return cls(data, count, clean=False)
        matched = match(data, count) if match else None  # which no line with a zero byte is
        return cls(data, count, matched is not None or b"\0" not in data, matched)


def line_blocks(
    stream: Stream, longest: int, match: Match | None = None, *, ahead: bool = True
) -> Iterator[tuple[Lines, int]]:
    """Blocks of whole lines, each with its length in the file; `match` is asked for each.

    A single line over `longest` comes cut, so that the length is larger than the block. The last
    line gets a newline where it has none. Of large files the next block is made by a thread of its
    own while the last one is in use, unless `ahead` is False: where other processes use all processors.
    """
    blocks = ((Lines.of(block, match), length) for block, length in _blocks(stream, longest))
    return _one_ahead(blocks) if stream.large and ahead else blocks


def _one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The items of an iterator, each made while the one before is in use."""
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(next, items, None)
        while (item := running.result()) is not None:
            running = beside.submit(next, items, None)
            yield item


def _blocks(stream: Stream, longest: int) -> Iterator[tuple[bytes, int]]:
    begun: list[bytes] = []  # of a line that goes on in the next block
    size = 0
    while data := stream.read():
        cut = data.rfind(b"\n") + 1
        if cut:
            block = b"".join((*begun, memoryview(data)[:cut]))
            yield from _within(block, longest)
            begun, size = [data[cut:]], len(data) - cut
            continue
        begun.append(data)
        size += len(data)
        if size > longest:
            head = b"".join(begun)[:BLOCK]
            yield head, size + _skip_line(stream)
            begun, size = [], 0
    if size:
        begun.append(b"\n")
        yield from _within(b"".join(begun), longest)


def _within(block: bytes, longest: int) -> Iterator[tuple[bytes, int]]:
    """The block, or where it may hold too long a line, its lines parted."""
    if len(block) <= longest:
        yield block, len(block)
        return
    for line in block.split(b"\n")[:-1]:
        whole = line + b"\n"
        yield (line[:BLOCK] if len(line) > longest else whole), len(whole)


def _skip_line(stream: Stream) -> int:
    """Pass over the rest of a line; answers its length."""
    passed = 0
    while data := stream.read():
        cut = data.find(b"\n") + 1
        if cut:
            stream.push_back(data[cut:])
            return passed + cut
        passed += len(data)
    return passed
