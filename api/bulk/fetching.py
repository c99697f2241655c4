"""The whole of a fetch: ask, wait, download side by side, check, delete at the server."""

from __future__ import annotations

import contextlib
import errno
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from api.bulk import exporting
from api.bulk.connection import PassingError, Server, StatusError
from api.bulk.downloading import download
from api.bulk.exporting import Wanted
from api.bulk.state import Folder, Piece, State, pieces_of, with_fresh_addresses
from api.errors import UserError

_LAPSED = {401, 403, 404, 410}


class Watch(Protocol):
    """Is told how far a fetch is."""

    def waiting(self, said: str) -> None: ...

    def downloading(self, files: int, done: int) -> None: ...

    def bytes(self, count: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lies in the folder. `short`: files with fewer or more lines than the manifest says."""

    state: State
    pieces: Sequence[Piece] = field(default_factory=tuple)

    @property
    def short(self) -> list[Piece]:
        return [one for one in self.pieces if one.count is not None and one.lines != one.count]

    def of(self, room: str) -> list[Piece]:
        """Those of `data`, `errors` or `deleted`."""
        return [one for one in self.pieces if one.path.startswith(f"{room}/")]


def fetch(
    server: Server, wanted: Wanted, folder: Path, hours: float, at_once: int, keep: bool, watch: Watch
) -> Fetched:
    """Bring an export into a folder, or go on with the one that the folder holds a part of.

    `hours` is how long the server may take to make it; `keep` leaves it there afterwards. Raises UserError;
    whatever was raised, the same call goes on.
    """
    room = Folder(folder)
    request = wanted.address(server.reach.base)
    with room.held(), _disk(folder):
        state = room.read() or State(request)
        if state.request != request:
            message = f"the folder holds another export ({state.request}); choose another folder"
            raise UserError("FETCH_OTHER", str(folder), message)
        if state.status is None:
            state.status = exporting.kick_off(server, request)
            room.write(state)
        if state.pieces is None:
            manifest = exporting.wait(server, state.status, hours * 3600, watch.waiting)
            state.transaction_time = manifest.transaction_time
            state.requires_access_token = manifest.requires_access_token
            state.pieces = pieces_of(manifest)
            room.write(state)
        _Downloads(server, room, state, watch).run(at_once)
        if not keep and not state.deleted_at_server:
            state.deleted_at_server = exporting.give_up(server, state.status)
            room.write(state)
    return Fetched(state, state.pieces or ())


def cancel(server: Server, wanted: Wanted, folder: Path) -> bool:
    """Have the server stop and delete the export that a folder is about; False where it does not say so."""
    room = Folder(folder)
    with room.held(), _disk(folder):
        state = room.read()
        if state is None or state.status is None or state.request != wanted.address(server.reach.base):
            raise UserError("FETCH_NONE", str(folder), "the folder holds no such export")
        state.deleted_at_server = exporting.give_up(server, state.status)
        room.write(state)
        return state.deleted_at_server


class _Downloads:
    """The files of one export. What is written in the state is so on the disk."""

    def __init__(self, server: Server, room: Folder, state: State, watch: Watch) -> None:
        self._server, self._room, self._state, self._watch = server, room, state, watch
        self._lock = threading.Lock()
        self._renewed = False

    def run(self, at_once: int) -> None:
        """Download what is missing; addresses that lapsed meanwhile are asked for anew."""
        while True:
            before = self._missing()
            self._tell()
            if not before:
                return
            lapsed = self._all(before, at_once)
            if not lapsed:
                continue
            if len(self._missing()) == len(before) and self._renewed:
                raise UserError("EXPORT_GONE", "server", f"a file is not to be had any more: {lapsed}")
            self._renew()

    def _tell(self) -> None:
        of = len(self._state.pieces or ())
        self._watch.downloading(of, of - len(self._missing()))

    def _missing(self) -> list[Piece]:
        return [one for one in self._state.pieces or () if not one.is_done]

    def _renew(self) -> None:
        manifest = exporting.wait(self._server, self._state.status or "", 0, self._watch.waiting)
        fresh = with_fresh_addresses(self._state.pieces or [], manifest)
        if fresh is None:
            message = "the export was made anew with other files; begin again in another folder"
            raise UserError("EXPORT_CHANGED", "server", message)
        self._state.pieces, self._renewed = fresh, True
        self._room.write(self._state)

    def _all(self, pieces: list[Piece], at_once: int) -> str:
        """Why files could not be had at their addresses; empty where all came."""
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            futures = [pool.submit(self._one, piece) for piece in pieces]
            try:
                for one in wait(futures, return_when=FIRST_EXCEPTION).done:
                    one.result()
            except BaseException:
                self._server.stop()
                pool.shutdown(cancel_futures=True)
                raise
            return next((why for one in futures if (why := one.result())), "")

    def _one(self, piece: Piece) -> str:
        try:
            self._server.patiently(lambda: self._tried(piece))
        except StatusError as error:
            if error.status in _LAPSED:
                return str(error)
            raise UserError("FILE_REFUSED", piece.path, str(error)) from None
        with self._lock:
            self._room.write(self._state)
            self._tell()
        return ""

    def _tried(self, piece: Piece) -> None:
        token = self._state.requires_access_token
        download(self._server, self._room.path, piece, token, self._begun, self._came)
        if (piece.lines or 0) < (piece.count or 0) and not piece.was_short:
            piece.was_short, piece.sha256, piece.tag = True, None, None
            raise PassingError("a file came shorter than the manifest says", 0.0)

    def _begun(self, _: Piece) -> None:
        with self._lock:
            self._room.write(self._state)

    def _came(self, count: int) -> None:
        self._server.require_going()
        self._watch.bytes(count)


@contextlib.contextmanager
def _disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = "no space is left; free some, then give the same command"
            raise UserError("DISK_FULL", str(folder), message) from None
        raise UserError("FOLDER_UNUSABLE", str(folder), error.strerror or "cannot be written") from None
