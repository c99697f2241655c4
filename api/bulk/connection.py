"""Requests to a Bulk Data server: what is tried again, what is followed, and how much of an answer is read.

Certificates are always checked, and proxies of the environment are not used. A redirect is followed for files
only, and the token goes nowhere but to the server itself and to places that the caller trusts.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import httpx

from api.backend_service import TokenRefusedError
from api.bulk.addresses import Reach
from api.bulk.answers import outcome_of, waits
from api.errors import UserError

_MOST_BYTES = 64 << 20  # of an answer that is no file
_HOPS = 5
_TRIES = 10  # in a row, without anything that succeeded in between
_SLOWEST = 60.0
_TOKEN_SECONDS = 30.0
_TIMEOUT = httpx.Timeout(60.0, connect=20.0)
_T = TypeVar("_T")
_PASSING = {408, 425, 429, 500, 502, 503, 504}


class PassingError(Exception):
    """Did not work this time. `after`: seconds that the server asks to wait."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


class StatusError(Exception):
    """Answered with another status than what was asked for; `said` is the server's own explanation."""

    def __init__(self, status: int, said: str = "") -> None:
        super().__init__(f"the server answered with status {status}{f': {said}' if said else ''}")
        self.status = status


class Credential(Protocol):
    """Gives tokens, and takes back one that the server refused."""

    def token(self, seconds: float) -> str: ...

    def forget(self, token: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Server:
    """One Bulk Data server. Safe to share between threads. `pause` waits for seconds."""

    def __init__(
        self,
        reach: Reach,
        trust: ssl.SSLContext | bool,
        credential: Credential | None = None,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.reach = reach
        self._stopped = threading.Event()
        self._pause = self._stopped.wait if pause is None else pause
        self._credential = credential
        self._client = httpx.Client(verify=trust, follow_redirects=False, trust_env=False, timeout=_TIMEOUT)

    def close(self) -> None:
        self._client.close()

    def pause(self, seconds: float) -> None:
        """Wait; raises UserError where others gave up meanwhile."""
        self._pause(seconds)
        self.require_going()

    def stop(self) -> None:
        """Have all threads give up soon."""
        self._stopped.set()

    def require_going(self) -> None:
        """Raises UserError after `stop`."""
        if self._stopped.is_set():
            raise UserError("FETCH_STOPPED", "", "stopped with the others")

    def ask(self, method: str, url: str, headers: Mapping[str, str], *good: int) -> Answer:
        """Raises StatusError for a status that is not among the good ones, UserError where nothing helps."""
        return self.patiently(lambda: self._asked(method, url, headers, good))

    def _asked(self, method: str, url: str, headers: Mapping[str, str], good: tuple[int, ...]) -> Answer:
        with self._sent(method, url, {**headers, "Accept-Encoding": "identity"}, token=True) as answer:
            body = b""
            for part in _parts(answer):
                body += part
                if len(body) > _MOST_BYTES:
                    raise UserError("BULK_ANSWER", "server", f"an answer is longer than {_MOST_BYTES} bytes")
            if answer.status_code in good:
                return Answer(answer.status_code, answer.headers, body)
            said, passing = outcome_of(body)
            if passing or answer.status_code in _PASSING:
                raise PassingError(str(StatusError(answer.status_code, said)), waits(answer.headers))
            raise StatusError(answer.status_code, said)

    @contextmanager
    def open_file(self, url: str, token: bool, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """A file's answer, 200 or 206, its body unread. Raises PassingError, StatusError, UserError."""
        at = self.reach.of_file(url)
        if token and not self.reach.may_see_token(at):
            message = "a file that needs the token is at another place; if it may have it: --files-at ADDRESS"
            raise UserError("BULK_ADDRESS", "file", message)
        for _ in range(_HOPS):
            with self._sent("GET", at, headers, token and self.reach.may_see_token(at)) as answer:
                if answer.status_code in (200, 206):
                    yield answer
                    return
                if not answer.is_redirect:
                    if answer.status_code in _PASSING:
                        raise PassingError(str(StatusError(answer.status_code)), waits(answer.headers))
                    raise StatusError(answer.status_code)
                at = self.reach.of_file(str(httpx.URL(at).join(answer.headers["location"])))
        raise UserError("BULK_ADDRESS", "file", f"more than {_HOPS} redirects")

    @contextmanager
    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], token: bool
    ) -> Iterator[httpx.Response]:
        held = self._given_token() if token else ""
        own = {"Authorization": f"Bearer {held}"} if held else {}
        try:
            with self._client.stream(method, url, headers={**headers, **own}) as answer:
                if answer.status_code == 401 and held and self._credential is not None:
                    # It may have ended early; a fresh one is asked for with the next try.
                    self._credential.forget(held)
                    raise PassingError("the server does not take the token", 0.0)
                yield answer
        except httpx.TimeoutException:
            raise PassingError("the server did not answer in time") from None
        except httpx.InvalidURL:
            raise UserError("BULK_ADDRESS", "server", "an address that is none") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            if _is_certificate(error):
                message = "the server's certificate cannot be trusted (--ca FILE for one of your own)"
                raise UserError("BULK_CERTIFICATE", "server", message) from None
            raise PassingError(f"the connection failed ({type(error).__name__})") from None

    def _given_token(self) -> str:
        if self._credential is None:
            return ""
        try:
            return self._credential.token(_TOKEN_SECONDS)
        except TokenRefusedError:
            raise PassingError("no token was given") from None

    def patiently(self, action: Callable[[], _T]) -> _T:
        """What an action gives, tried again where the fault may pass, with growing pauses."""
        for attempt in range(_TRIES - 1):
            try:
                return action()
            except PassingError as error:
                grown = min(2.0**attempt, _SLOWEST)
                self.pause(grown if error.after is None else error.after)
        try:
            return action()
        except PassingError as error:
            raise UserError("BULK_UNREACHABLE", "server", f"{error} ({_TRIES} times)") from None


def _parts(answer: httpx.Response) -> Iterator[bytes]:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise UserError("BULK_ANSWER", "server", "the server packs its answers, unasked")
    yield from answer.iter_raw()


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
