"""What every request passes before anything looks at it: who asks, how large and deep the body is.

The body is read whole here, within the limits, so that nothing behind ever waits for a sender. What goes
wrong behind is answered in the one shape of errors and logged without a word of what was sent.
"""

from __future__ import annotations

import time
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import UserError
from api.service.access.doors import Door
from api.service.access.principal import Principal
from api.service.access.who import remember
from api.service.arriving import Bodies
from api.service.errors import FAULTS, issue, note_refusal, outcome, refusal, refused_with
from api.service.log import fault_of
from api.service.metrics import Metrics
from api.service.rates import Rates
from api.service.settings import ServiceSettings, setting_name
from api.store.keys import new_key

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Guard:
    """Wraps the application. `door` tells who asks, or turns them away."""

    def __init__(
        self, app: ASGIApp, settings: ServiceSettings, log: Any, door: Door, metrics: Metrics
    ) -> None:
        self.app, self.settings, self.log, self.door, self.metrics = app, settings, log, door, metrics
        self.rates, self.bodies = Rates(settings), Bodies(settings)
        self.working = 0
        metrics.watch("requests_in_work", "Requests that are worked on.", lambda: self.working)
        metrics.watch("body_bytes_in_work", "Length of their bodies.", lambda: self.bodies.held)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = new_key()
        begun, status, started = time.perf_counter(), 500, False

        async def answer(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                told = message["headers"]
                own = [(b"x-request-id", request.encode())]
                if not any(name == b"cache-control" for name, _ in told):
                    own.append((b"cache-control", b"no-store"))
                message = {**message, "headers": [*told, *own, *self.door.headers]}
            await send(message)

        self.working += 1
        # A thread for each request: whoever waits for a judge does not keep others from what takes no time.
        current_default_thread_limiter().total_tokens = self.settings.requests
        try:
            if self.working > self.settings.requests:
                message = (
                    f"{self.settings.requests} requests are worked on already ({setting_name('requests')})"
                )
                raise UserError("TOO_MANY_REQUESTS", "", message)
            principal = await self._enter(scope)
            remember(scope, principal)
            # Whoever shows no token is not listened to.
            with self.bodies.place() as place:
                body = b"" if principal is None else await place.read(scope, receive)
                await self.app(scope, _replayed(body, receive), answer)
        except UserError as error:
            note_refusal(scope, error.code)
            await refusal(error)(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the last line of defence; it is logged without its text
            self.log.error("fault", request=request, **fault_of(error))
            self.metrics.failed()
            if not started:
                message = f"a fault of the service; its log calls this request {request}"
                await outcome([issue("INTERNAL", "", message, 500)], 500)(scope, receive, answer)
        finally:
            self.working -= 1
            route, taken = scope.get("route"), time.perf_counter() - begun
            self.metrics.answered(getattr(route, "operation_id", None), status, taken)
            code = refused_with(scope)
            self.metrics.refused(code)
            if code in FAULTS:
                self.log.error("fault", request=request, code=code)
                self.metrics.failed()
            self.log.info(
                "request",
                request=request,
                method=scope["method"] if scope["method"] in _METHODS else "other",
                route=getattr(route, "path", None),
                status=status,
                milliseconds=round(taken * 1000, 1),
            )

    async def _enter(self, scope: Scope) -> Principal | None:
        """Who asks, held to the rate of one caller: by name, or by address where there is no name."""
        address = f"address {(scope.get('client') or ('',))[0]}"
        try:
            principal = await self.door.enter(scope)
        except UserError:
            self.rates.take(address)
            raise
        # Behind a proxy all have one address: who shows no good token uses up nobody's rate who does.
        named = principal is not None and principal.subject
        self.rates.take(f"name {named}" if named else address)
        return principal


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
