"""One conversation with the configured FHIR server, within limits, and with nobody else.

Every address is the configured one with something behind it, or a next page at the same origin. Redirects are
not followed, proxies of the environment not used, certificates always checked, and packed answers refused.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpx

from api.errors import UserError
from api.service.records.credentials import Credentials
from api.service.records.settings import RecordsSettings

_PREFIX = "ELIGIBILITY_SERVICE_FHIR_SERVER_"
_PORTS = {"http": 80, "https": 443}


class StatusError(Exception):
    """The server answered a request with something else than what was asked for."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(f"status {status}")
        self.status, self.body = status, body


class PartialError(Exception):
    """What was asked for did not come whole. The text says why, and names nothing that was sent."""


class Connection:
    """Requests for one record. `clock` counts seconds."""

    def __init__(
        self,
        settings: RecordsSettings,
        credentials: Credentials,
        trust: ssl.SSLContext | bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if settings.fhir_server is None:
            raise UserError("FHIR_SERVER_UNSET", "patient", f"no server is configured ({_PREFIX[:-1]})")
        self.base = settings.fhir_server.rstrip("/")
        self._settings, self._clock = settings, clock
        self._ends = clock() + settings.fhir_server_seconds
        self._pages, self._bytes = 0, 0
        self._client = httpx.Client(verify=trust, follow_redirects=False, trust_env=False)
        self._headers = {
            "Accept": "application/fhir+json",
            "Accept-Encoding": "identity",
            # A search parameter that the server does not know must not be left out unseen.
            "Prefer": "handling=strict",
        }
        try:
            self._headers |= credentials.header(self.left())
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, address: str) -> bytes:
        """What stands at an address below the base, or at one that `next_of` allowed.

        Raises StatusError, PartialError where the server does not answer, UserError at a limit.
        """
        url = f"{self.base}/{address}" if "://" not in address else address
        self._pages += 1
        if self._pages > self._settings.fhir_server_pages:
            raise _limit("RECORD_TOO_LARGE", f"more than {self._settings.fhir_server_pages} pages", "PAGES")
        try:
            with self._client.stream(
                "GET", url, headers=self._headers, timeout=httpx.Timeout(self.left())
            ) as answer:
                if answer.headers.get("content-encoding", "identity") != "identity":
                    raise PartialError("the server packs its answers, unasked")
                body = self._body(answer)
        except httpx.TimeoutException:
            self.left()
            raise PartialError("the server did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise PartialError("the server cannot be reached") from None
        if answer.status_code == 401:
            raise UserError("FHIR_SERVER_FAILED", "patient", "the server does not know this service")
        if answer.status_code != 200:
            raise StatusError(answer.status_code, body)
        return body

    def next_of(self, current: str, link: str) -> str:
        """The address of a next page; raises PartialError for one at another origin."""
        here = current if "://" in current else f"{self.base}/{current}"
        try:
            url = urljoin(here, link)
            if _origin(url) != _origin(self.base) or "@" in urlsplit(url).netloc:
                raise PartialError("the next page is at another place")
        except ValueError:
            raise PartialError("the next page has no address") from None
        return url

    def left(self) -> float:
        """Seconds that are left; raises UserError where there are none."""
        rest = self._ends - self._clock()
        if rest <= 0:
            seconds = f"not fetched within {self._settings.fhir_server_seconds:g} seconds"
            raise _limit("FHIR_SERVER_SLOW", seconds, "SECONDS")
        return rest

    def _body(self, answer: httpx.Response) -> bytes:
        parts = []
        for part in answer.iter_raw():
            self._bytes += len(part)
            if self._bytes > self._settings.fhir_server_bytes:
                said = f"longer than {self._settings.fhir_server_bytes} bytes"
                raise _limit("RECORD_TOO_LARGE", said, "BYTES")
            self.left()
            parts.append(part)
        return b"".join(parts)


def _limit(code: str, message: str, setting: str) -> UserError:
    return UserError(code, "patient", f"the record of the FHIR server: {message} ({_PREFIX}{setting})")


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port if parts.port is not None else _PORTS.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port
