"""Bodies as they arrive: read whole, within the limits of one and of all that are held at once.

A body is held from its first byte until its request is answered. Bytes are counted when they are there, not
when they are announced: whoever announces much and sends nothing keeps nobody else out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from starlette.types import Receive, Scope

from api.errors import UserError
from api.service.settings import ServiceSettings, setting_name

_QUOTE = 0x22
_STEPS = np.zeros(256, np.int8)
_STEPS[list(b"[{")], _STEPS[list(b"]}")] = 1, -1
_NO_MARKS = bytes(sorted(set(range(256)) - set(b'"[]{}')))


class Bodies:
    """All bodies of one process. For one event loop: nothing locks. `held` is their length in bytes."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self.held = 0

    @contextmanager
    def place(self) -> Iterator[Body]:
        """A place for one request's body, given back at the end of the block."""
        body = Body(self)
        try:
            yield body
        finally:
            self.held -= body.length


class Body:
    """One request's body."""

    def __init__(self, among: Bodies) -> None:
        self._among, self._settings = among, among.settings
        self.length = 0

    async def read(self, scope: Scope, receive: Receive) -> bytes:
        """All of it; raises UserError that names the limit it goes beyond."""
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise UserError("BODY_ENCODING", "Content-Encoding", "send the body as it is, not packed")
        told = headers.get(b"content-length", b"")
        if told.isdigit():
            self._require_short(int(told))
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                body = await self._whole(receive)
        except TimeoutError:
            named = setting_name("body_seconds")
            message = f"the body did not arrive in {self._settings.body_seconds:g} seconds ({named})"
            raise UserError("BODY_TOO_SLOW", "body", message) from None
        if b"json" in headers.get(b"content-type", b""):
            self._require_flat(body)
        return body

    async def _whole(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        while True:
            message = await receive()
            if message["type"] != "http.request":
                # What came until then may well be a whole extract, or a whole protocol: another one.
                raise UserError("BODY_CUT_OFF", "body", "the connection ended before the body did")
            parts.append(message.get("body", b""))
            self._take(len(parts[-1]))
            if not message.get("more_body", False):
                return b"".join(parts)

    def _take(self, length: int) -> None:
        self.length += length
        self._among.held += length
        self._require_short(self.length)
        most = self._settings.bodies_bytes
        if self._among.held > most:
            message = (
                f"the bodies of all requests are longer than {most} bytes ({setting_name('bodies_bytes')})"
            )
            raise UserError("TOO_MANY_BYTES", "body", message)

    def _require_short(self, length: int) -> None:
        most = self._settings.body_bytes
        if length > most:
            message = f"longer than the {most} bytes that are read ({setting_name('body_bytes')})"
            raise UserError("BODY_TOO_LARGE", "body", message)

    def _require_flat(self, body: bytes) -> None:
        depth, most = depth_of(body), self._settings.depth
        if depth > most:
            message = f"nested {depth} deep, and {most} are allowed ({setting_name('depth')})"
            raise UserError("BODY_TOO_DEEP", "body", message)


def depth_of(body: bytes) -> int:
    """How deep the brackets of a JSON text are nested, those within strings left out.

    Passes over the bytes, none of which looks back; a megabyte takes two milliseconds.
    """
    if b"\\" in body:
        # Pairs first: what is left of a run of backslashes escapes the sign after it, or nothing is left.
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = np.frombuffer(body.translate(None, _NO_MARKS), dtype=np.uint8)
    # A count of quotes that may run over: whether it is even is all that is asked of it.
    inside = np.cumsum(marks == _QUOTE, dtype=np.uint8) & 1
    return int(np.cumsum(_STEPS[marks[inside == 0]], dtype=np.int32).max(initial=0))
