"""How far a fetch has come, kept beside what it fetched, so that the same command goes on after any end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from api.bulk.answers import Manifest
from api.errors import UserError
from eligibility.folder_lock import NAME as LOCK
from eligibility.folder_lock import BusyError, held
from eligibility.whole_files import write_whole

_NAME = "fetch.json"


class Piece(msgspec.Struct):
    """One file. `path` is within the folder; `tag` names the version that a part of it was begun with.

    `was_short`: it came once with fewer lines than the manifest counts.
    """

    path: str
    type: str
    url: str
    count: int | None = None
    tag: str | None = None
    lines: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    was_short: bool = False

    @property
    def is_done(self) -> bool:
        return self.sha256 is not None


class State(msgspec.Struct):
    """`request`: the address of the kick-off; `status`: where the export tells how far it is."""

    request: str
    status: str | None = None
    transaction_time: str | None = None
    requires_access_token: bool = True
    pieces: list[Piece] | None = None
    deleted_at_server: bool = False

    @property
    def is_done(self) -> bool:
        return self.pieces is not None and all(piece.is_done for piece in self.pieces)


class Folder:
    """The folder of one fetch: `data`, `errors` and `deleted` with NDJSON, and the state."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep others from fetching into it. Raises UserError where one does, or it cannot be made."""
        with ExitStack() as stack:
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                stack.enter_context(held(self.path))
            except BusyError:
                raise UserError("FOLDER_BUSY", str(self.path), "another fetch is at work in it") from None
            except OSError as error:
                why = error.strerror or "cannot be used"
                raise UserError("FOLDER_UNUSABLE", str(self.path), why) from None
            yield

    def read(self) -> State | None:
        """Raises UserError for a state that cannot be read, and for a folder of something else."""
        path = self.path / _NAME
        try:
            return msgspec.json.decode(path.read_bytes(), type=State)
        except FileNotFoundError:
            # A state that was being written when the process was killed is none of another's.
            own = (LOCK, f"{_NAME}.")
            others = [one.name for one in self.path.iterdir() if not one.name.startswith(own)]
            if others:
                raise UserError("FOLDER_NOT_EMPTY", str(self.path), f"it holds {min(others)}") from None
            return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            raise UserError("STATE_UNREADABLE", str(path), "this is no state of a fetch") from None

    def write(self, state: State) -> None:
        """Whole or not at all, also when the machine stops."""
        path = self.path / _NAME
        data = msgspec.json.format(msgspec.json.encode(state)) + b"\n"
        write_whole(path, lambda stream: stream.writelines((data,)))


def pieces_of(manifest: Manifest) -> list[Piece]:
    """A manifest's files with names of our own: nothing that the server wrote becomes a path."""
    found = []
    for room, files in (("data", manifest.output), ("errors", manifest.error), ("deleted", manifest.deleted)):
        found += [
            Piece(f"{room}/{one.type}.{number:04}.ndjson", one.type, one.url, one.count)
            for number, one in enumerate(files)
        ]
    return found


def with_fresh_addresses(pieces: list[Piece], manifest: Manifest) -> list[Piece] | None:
    """The same files at the addresses of a later manifest; None where it tells of others."""
    fresh = pieces_of(manifest)
    if [(one.path, one.count) for one in fresh] != [(one.path, one.count) for one in pieces]:
        return None
    return [msgspec.structs.replace(old, url=new.url) for old, new in zip(pieces, fresh, strict=True)]
