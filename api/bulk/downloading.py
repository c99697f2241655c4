"""One file of an export onto the disk: a part first, gone on with where it ended, named when it is whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from api.bulk.connection import PassingError, Server, StatusError
from api.bulk.state import Piece
from eligibility.whole_files import sync_folder

_BLOCK = 1 << 20
_NDJSON = {"Accept": "application/fhir+ndjson", "Accept-Encoding": "identity"}


def download(
    server: Server,
    folder: Path,
    piece: Piece,
    token: bool,
    begun: Callable[[Piece], None],
    progress: Callable[[int], None],
) -> None:
    """Bring one file and write what it is into its piece: bytes, lines, sum.

    `begun` is called before the first byte is written, once it is known which version of the file comes;
    `progress` with the number of further bytes. Raises PassingError (a further call goes on), StatusError,
    UserError, OSError.
    """
    target = folder / piece.path
    part = target.with_suffix(".part")
    target.parent.mkdir(exist_ok=True)
    start = part.stat().st_size if part.exists() and piece.tag else 0
    headers = dict(_NDJSON)
    if start and piece.tag:
        # Without If-Range, the rest of another version would be sewn to the beginning of this one.
        headers |= {"Range": f"bytes={start}-", "If-Range": piece.tag}
    with _opened(server, piece, token, headers) as answer:
        goes_on = answer.status_code == 206 and _begins(answer) == start
        if answer.status_code == 206 and not goes_on:
            piece.tag = None
            raise PassingError("the server answered with another part of a file", 0.0)
        digest = hashlib.sha256()
        if goes_on:
            lines, last = _again(part, digest)
            progress(start)
        else:
            start, lines, last = 0, 0, b"\n"
            piece.tag = _tag(answer)
            part.unlink(missing_ok=True)
            begun(piece)
        size = start
        with part.open("ab") as file:
            # As it comes: what is held back for a full block would be lost where the connection ends.
            for block in answer.iter_bytes():
                file.write(block)
                digest.update(block)
                lines, last, size = lines + block.count(b"\n"), block[-1:], size + len(block)
                progress(len(block))
            file.flush()
            os.fsync(file.fileno())
    part.replace(target)
    sync_folder(target.parent)
    piece.bytes, piece.lines = size, lines + (last != b"\n")
    piece.sha256 = digest.hexdigest()


@contextmanager
def _opened(server: Server, piece: Piece, token: bool, headers: dict[str, str]) -> Iterator[httpx.Response]:
    try:
        with server.open_file(piece.url, token, headers) as answer:
            yield answer
    except StatusError as error:
        if error.status != 416:
            raise
        # The part is as long as the file, or longer: killed before it was named, or not of this file.
        piece.tag = None
        raise PassingError("the server has no rest of a file", 0.0) from None


def _again(part: Path, digest: hashlib._Hash) -> tuple[int, bytes]:
    """Take up the sum of what is there; its lines, and its last byte."""
    lines, last = 0, b"\n"
    with part.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            lines, last = lines + block.count(b"\n"), block[-1:]
    return lines, last


def _begins(answer: httpx.Response) -> int | None:
    """Where a part of a file begins."""
    unit, _, rest = answer.headers.get("content-range", "").partition(" ")
    first = rest.partition("-")[0]
    return int(first) if unit == "bytes" and first.isdigit() else None


def _tag(answer: httpx.Response) -> str | None:
    """What names this version of a file exactly, where the server says so and does not pack it."""
    tag = str(answer.headers.get("etag", ""))
    packed = answer.headers.get("content-encoding", "identity") != "identity"
    return tag if tag.startswith('"') and not packed else None
