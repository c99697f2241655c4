"""What handlers of pages take from a request: who is signed in, and the fields of a form."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from api.errors import UserError
from api.pages.door import session_of
from api.pages.sessions import PageSession

_TYPE = "application/x-www-form-urlencoded"
_FIELDS = 500


class Fields:
    """The fields of a form that was sent, as text; line ends are those of this program."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def text(self, name: str, longest: int = 200) -> str:
        """A field without the blanks around it, "" where it was not sent; raises UserError."""
        found = self._values.get(name, "").replace("\r\n", "\n").strip()
        if len(found) > longest:
            raise UserError("FIELD_INVALID", name, f"{name}: up to {longest:,} characters")
        return found

    def said(self, name: str, what: str, longest: int = 200) -> str:
        """A field that has to be filled in; `what` is its label on the page."""
        found = self.text(name, longest)
        if not found:
            raise UserError("FIELD_MISSING", name, f"{what}: please fill this in")
        return found

    def number(self, name: str) -> int:
        """A whole number; raises UserError."""
        found = self.text(name, 18)
        if not found.isascii() or not found.isdigit():
            raise UserError("FIELD_INVALID", name, f"{name}: expected a number")
        return int(found)


def signed_in(request: Request) -> PageSession:
    """Who is signed in; raises UserError, which becomes the page to sign in."""
    found = session_of(request.scope)
    if found is None:
        raise UserError("SIGN_IN_WANTED", "", "please sign in")
    return found


async def fields_of(request: Request) -> Fields:
    """The fields of a form; raises UserError."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise UserError("CONTENT_TYPE", "Content-Type", f"a form is sent as {_TYPE}")
    try:
        text = (await request.body()).decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError:
        raise UserError("FIELD_INVALID", "body", "this is not a form that was filled in here") from None
    return Fields(dict(pairs))


async def _own_fields(request: Request) -> Fields:
    """The fields of a form that this session was given; raises UserError for any other."""
    session = signed_in(request)
    fields = await fields_of(request)
    if not compare_digest(fields.text("csrf", 1000).encode(), session.csrf.encode()):
        raise UserError(
            "FORM_FOREIGN", "csrf", "this form is not one of yours, or no longer: load the page again"
        )
    return fields


Session = Annotated[PageSession, Depends(signed_in)]
Form = Annotated[Fields, Depends(_own_fields)]
