"""An export at the server: asked for, waited for, given up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec

from api.bulk.answers import Manifest, read_manifest, shown, waits
from api.bulk.connection import Answer, Server, StatusError
from api.errors import UserError

_JSON = {"Accept": "application/json"}
_FIRST, _SLOWEST = 2.0, 60.0
_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export: all patients, a group's, or all that the server has; of which types (none: all)."""

    group: str = ""
    whole_system: bool = False
    types: Sequence[str] = ()
    since: str = ""

    def address(self, base: str) -> str:
        """The address of the kick-off."""
        level = f"/Group/{self.group}" if self.group else "" if self.whole_system else "/Patient"
        query = {"_outputFormat": "application/fhir+ndjson"}
        if self.types:
            query["_type"] = ",".join(sorted(self.types))
        if self.since:
            query["_since"] = self.since
        return f"{base}{level}/$export?{urlencode(query, safe='/,:')}"


def kick_off(server: Server, request: str) -> str:
    """Ask for an export; its status address. Raises UserError."""
    headers = {"Accept": "application/fhir+json", "Prefer": "respond-async"}
    try:
        answer = server.ask("GET", request, headers, 202)
    except StatusError as error:
        raise UserError("EXPORT_REFUSED", "server", str(error)) from None
    place = answer.headers.get("content-location", "")
    if not place:
        raise UserError(
            "EXPORT_REFUSED", "server", "the server did not say where its export tells how far it is"
        )
    return server.reach.own(place, "status")


def wait(
    server: Server,
    status: str,
    seconds: float,
    watch: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> Manifest:
    """The manifest, once the export is finished. `watch` is told how far the server says that it is.

    Raises UserError: for an export that failed or is gone, and after `seconds`.
    """
    ends, pause = clock() + seconds, _FIRST
    while True:
        answer = _status(server, status)
        if answer.status == 200:
            return _whole(server, answer.body)
        watch(shown(answer.headers.get("x-progress", "")))
        asked = waits(answer.headers)
        pause = asked if asked is not None else min(pause * 1.5, _SLOWEST)
        if clock() + pause > ends:
            raise UserError("EXPORT_SLOW", "server", f"not finished within {seconds / 3600:g} hours")
        server.pause(pause)


def _status(server: Server, status: str) -> Answer:
    try:
        return server.ask("GET", status, _JSON, 200, 202)
    except StatusError as error:
        if error.status in (404, 410):
            message = "the server has forgotten this export; begin again in another folder"
            raise UserError("EXPORT_GONE", "server", message) from None
        raise UserError("EXPORT_FAILED", "server", str(error)) from None


def _whole(server: Server, body: bytes) -> Manifest:
    """All parts of a manifest as one."""
    whole = part = read_manifest(body)
    for _ in range(_PAGES):
        following = part.next()
        if following is None:
            return whole
        part = read_manifest(_status(server, server.reach.own(following, "manifest")).body)
        whole = msgspec.structs.replace(
            whole,
            output=whole.output + part.output,
            error=whole.error + part.error,
            deleted=whole.deleted + part.deleted,
            requires_access_token=whole.requires_access_token or part.requires_access_token,
        )
    raise UserError("BULK_MANIFEST", "manifest", f"it has more than {_PAGES} parts")


def give_up(server: Server, status: str) -> bool:
    """Have the server delete an export, or stop it. False where it does not say that it did."""
    try:
        server.ask("DELETE", status, _JSON, 200, 202, 204, 404, 410)
    except (StatusError, UserError):
        return False
    return True
