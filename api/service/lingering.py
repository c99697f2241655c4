"""What happens to a body that was refused while it was still being sent.

The answer goes out at once. Then the rest is thrown away for a moment, so that a sender who does not listen
while sending still reads the answer, and the connection is closed: nobody makes the service take in more.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 2.0


class Lingering:
    """Wraps the guard. `most`: how many bytes more are thrown away."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        ended, refused = False, False

        async def read() -> Message:
            nonlocal ended
            message = await receive()
            ended = ended or not message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and not ended:
                refused = True
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
            elif refused:
                # Held open; it ends below.
                message = {**message, "more_body": True}
            await send(message)

        await self.app(scope, read, answer)
        if refused:
            with suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    left = self.most
                    while not ended and left > 0:
                        left -= len((await read()).get("body", b""))
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
