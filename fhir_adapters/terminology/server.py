"""Expansions from a FHIR terminology server (`ValueSet/$expand`), page by page.

Every way in which this can fail is a ValueSetError with the address: an expansion that came only in part
is no expansion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from eligibility.terminology import ValueSet
from fhir_adapters.terminology.errors import ValueSetError
from fhir_adapters.terminology.files import value_set_of
from fhir_adapters.terminology.resources import Codes, decode, expanded

if TYPE_CHECKING:
    import httpx

PAGE = 1_000
_MOST_PAGES = 1_000
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 60.0


class _Issue(msgspec.Struct, gc=False):
    diagnostics: str = ""
    code: str = ""


class _Outcome(msgspec.Struct, gc=False):
    issue: list[_Issue] = []


class TerminologyServer:
    """A server at `base` (`https://tx.example.org/r4`). `authorization` is the whole value of that header."""

    def __init__(
        self, base: str, authorization: str = "", transport: httpx.BaseTransport | None = None
    ) -> None:
        import httpx

        headers = {"Accept": "application/fhir+json"}
        if authorization:
            headers["Authorization"] = authorization
        self._base = base.rstrip("/")
        self._client = httpx.Client(
            headers=headers,
            timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
            transport=transport,
            follow_redirects=False,  # a redirect would carry the authorization elsewhere
        )

    def __enter__(self) -> TerminologyServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def expand(self, url: str) -> ValueSet:
        """One value set with all its codes. Raises ValueSetError."""
        place = f"{self._base}/ValueSet/$expand?url={url}"
        codes: Codes = {}
        first = None
        for page in range(_MOST_PAGES):
            resource = decode(self._get(url, page * PAGE, place), place)
            if resource.resource_type != "ValueSet" or resource.expansion is None:
                raise ValueSetError("TERMINOLOGY_ANSWER", place, "the answer is no expanded ValueSet")
            first = first or resource
            found = expanded(resource.expansion.contains)
            fresh = len(found.keys() - codes.keys())
            codes |= found
            total = resource.expansion.total
            if (
                not fresh
                or (total is None and len(found) < PAGE)
                or (total is not None and len(codes) >= total)
            ):
                break
        assert first is not None
        total = first.expansion.total if first.expansion is not None else None
        if total is not None and len(codes) < total:
            raise ValueSetError("VALUE_SET_PARTIAL", place, f"{len(codes)} of {total} codes came")
        first.url = url
        return value_set_of(place, first, codes)

    def _get(self, url: str, offset: int, place: str) -> bytes:
        import httpx

        query: dict[str, str | int] = {"url": url, "count": PAGE, "offset": offset}
        try:
            answer = self._client.get(f"{self._base}/ValueSet/$expand", params=query)
        except httpx.TimeoutException:
            raise ValueSetError("TERMINOLOGY_TIMEOUT", place, "the server did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ValueSetError(
                "TERMINOLOGY_UNAVAILABLE", place, str(error) or type(error).__name__
            ) from error
        if answer.status_code != 200:
            raise ValueSetError(
                "TERMINOLOGY_REFUSED", place, f"status {answer.status_code}{_why(answer.content)}"
            )
        return answer.content


def _why(body: bytes) -> str:
    """What an OperationOutcome says, "" where the body is none."""
    try:
        outcome = msgspec.json.decode(body, type=_Outcome)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    said = "; ".join(issue.diagnostics or issue.code for issue in outcome.issue[:3])
    return f": {said}" if said else ""
