"""Sends what is queued to the configured address, signed as the Standard Webhooks specification has it.

`webhook-id` stays the same however often something is sent, so that the receiver can tell a repetition;
`webhook-signature` is an HMAC-SHA256 over id, time and body. Anything but a 2xx is tried again later.
"""

from __future__ import annotations

import base64
import hmac
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import select

from api.service.log import fault_of
from api.service.settings import ServiceSettings
from api.service.studies.handing_over import KIND
from api.store import Actor, Store, StoreError
from api.store.errors import LeaseLostError
from api.store.hashing import canonical
from api.store.jobs import Claim, claim, complete, retry_later
from api.store.keys import new_key
from api.store.tables import Job

_ACTOR = Actor("service", "messenger")
_POLL_SECONDS = 2.0


class Announcer:
    """Sends one message at a time. Any number of them may work over one store."""

    def __init__(self, store: Store, settings: ServiceSettings, log: Any) -> None:
        self._store, self._settings, self._log = store, settings, log
        self._name = f"{socket.gethostname()} {os.getpid()} {new_key()[-8:]}"

    def once(self) -> bool:
        """Send the next message that is due; False where there is none."""
        with self._store.read() as session:
            waits = select(Job.key).where(Job.kind == KIND, Job.state.in_(("queued", "running"))).limit(1)
            if session.scalar(waits) is None:
                return False
        lease = timedelta(seconds=2 * self._settings.hand_off_seconds + 30)
        claimed = claim(self._store, self._name, lease, kind=KIND)
        if claimed is None:
            return False
        try:
            self._attempt(claimed)
        except LeaseLostError:
            self._log.info("hand-off", job=claimed.key, ended="lost")
        return True

    def _attempt(self, claimed: Claim) -> None:
        answer = self._send(claimed)
        if 200 <= answer < 300:
            with self._store.write(_ACTOR) as unit:
                complete(unit, claimed, {"status": answer})
            state = "done"
        else:
            state = retry_later(self._store, claimed, {"code": "NOT_TAKEN", "status": answer})
        self._log.info("hand-off", job=claimed.key, attempt=claimed.attempt, status=answer, ended=state)

    def _send(self, claimed: Claim) -> int:
        """The status of the answer, 0 where there was none."""
        body = canonical(claimed.order["message"]).encode()
        headers = {
            "Content-Type": "application/json",
            **signed(self._settings.signing_key(), claimed.key, int(self._store.clock().timestamp()), body),
        }
        seconds = self._settings.hand_off_seconds
        try:
            with (
                httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", str(self._settings.hand_off), content=body, headers=headers) as answer,
            ):
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            return 0

    def work(self, stop: threading.Event) -> None:
        """Send until stopped."""
        while not stop.is_set():
            try:
                if self.once():
                    continue
            except StoreError as error:
                self._log.error("store", code=error.code)
            except Exception as error:  # noqa: BLE001 - outlives every message; logged without its text
                self._log.error("fault", **fault_of(error))
            stop.wait(_POLL_SECONDS)


def signed(key: bytes, name: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers that go with a message. `seconds` since 1970."""
    digest = hmac.digest(key, f"{name}.{seconds}.".encode() + body, "sha256")
    return {
        "webhook-id": name,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


@contextmanager
def announcing(store: Store, settings: ServiceSettings, log: Any) -> Iterator[None]:
    """Send beside the service, where an address is configured."""
    if settings.hand_off is None:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=Announcer(store, settings, log).work, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
