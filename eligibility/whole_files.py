"""Files that are there whole or not at all: written beside their name, synced, renamed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO


def write_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file whole or not at all. Raises OSError, after which nothing of it is left."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_synced(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file of a folder that nobody looks into yet."""
    with path.open("wb") as stream:
        write(stream)
        stream.flush()
        os.fsync(stream.fileno())


def write_json(path: Path, content: Any) -> None:
    """A JSON file, keys in order."""
    data = json_bytes(content)
    write_whole(path, lambda stream: _write(stream, data))


def json_bytes(content: Any) -> bytes:
    """A JSON document, keys in order; read again by `read_json`."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return text.encode("utf-8", "surrogatepass")


def _write(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)


def read_json(path: Path) -> Any:
    """What a JSON file holds; None where there is no such file."""
    try:
        return json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except FileNotFoundError:
        return None


def sync_folder(folder: Path) -> None:
    """Have the names in a folder written to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
