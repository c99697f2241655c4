"""Which addresses a server may send us to, and which of them may see the token."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from api.errors import UserError

_PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int]


def origin(url: str) -> Origin:
    """Scheme, host and port. Raises ValueError for what is no address over HTTP."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError("no address over HTTP")
    port = parts.port if parts.port is not None else _PORTS[parts.scheme]
    return parts.scheme, parts.hostname.lower(), port


def is_sound(of: Origin) -> bool:
    """Encrypted, or on this machine."""
    return of[0] == "https" or is_here(of)


def is_here(of: Origin) -> bool:
    host = of[1]
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Reach:
    """Where a conversation with one server may lead."""

    def __init__(self, server: str, files_at: tuple[str, ...] = ()) -> None:
        self.base = server.rstrip("/")
        self._own = _given(server, "FHIR_SERVER")
        self._trusted = {self._own, *(_given(one, "--files-at") for one in files_at)}

    def own(self, url: str, what: str) -> str:
        """An address at the server itself, resolved; raises UserError for any other."""
        found = self._resolved(url, what)
        if origin(found) != self._own:
            raise UserError("BULK_ADDRESS", what, "the server named an address at another place")
        return found

    def of_file(self, url: str) -> str:
        """An address of a file, resolved. Elsewhere, it has to be encrypted, and never on this machine.

        An address on this machine is the server's to name only where the server is on it, too.
        """
        found = self._resolved(url, "file")
        there = origin(found)
        if there in self._trusted or (is_here(self._own) and is_here(there)):
            return found
        if there[0] != "https" or is_here(there):
            raise UserError("BULK_ADDRESS", "file", "the server named a file at a place that is not safe")
        return found

    def may_see_token(self, url: str) -> bool:
        """Whether an address is the server's own, or one that the caller trusts."""
        return origin(url) in self._trusted

    def _resolved(self, url: str, what: str) -> str:
        try:
            found = urljoin(f"{self.base}/", url)
            origin(found)
        except ValueError:
            raise UserError("BULK_ADDRESS", what, "the server named no address over HTTP") from None
        return found


def _given(url: str, place: str) -> Origin:
    try:
        found, parts = origin(url), urlsplit(url)
    except ValueError:
        raise UserError(
            "BULK_ADDRESS", place, "expected an address such as https://ehr.example/fhir"
        ) from None
    if not is_sound(found):
        raise UserError("BULK_ADDRESS", place, "expected https (http on this machine only)")
    if parts.query or parts.fragment:
        raise UserError("BULK_ADDRESS", place, "expected an address without ? and #")
    return found
