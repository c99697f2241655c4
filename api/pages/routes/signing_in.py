"""Signing in and out. In developer mode reviewers name themselves; else a bearer token says who they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response

from api.errors import UserError
from api.pages.asking import Fields, Form, Session, fields_of
from api.pages.door import COOKIE, SIGN_IN, cookie_of, session_of
from api.pages.environment import ROOT
from api.pages.showing import Pages, to_page
from api.service.access.principal import LOCAL, Principal
from api.service.access.roles import EVERY_ROLE
from api.service.service import Service

_NAME = 100


def add(app: FastAPI, service: Service, pages: Pages) -> None:
    secure = service.settings.issuer is not None

    @app.get(SIGN_IN, operation_id="page_sign_in", include_in_schema=False)
    def ask(request: Request, to: str = "") -> Response:
        session = session_of(request.scope)
        return pages.page("sign_in.html", session, to=_own(to), by_token=pages.tokens is not None, problem="")

    @app.post(SIGN_IN, operation_id="page_begin_session", include_in_schema=False)
    async def begin(request: Request, fields: Annotated[Fields, Depends(fields_of)]) -> Response:
        to = _own(fields.text("to", 2000))
        try:
            principal = await identified(pages, fields)
        except UserError as error:
            by_token = pages.tokens is not None
            return pages.page("sign_in.html", None, 422, to=to, by_token=by_token, problem=error.message)
        # A browser's session of before is over, whoever began it.
        pages.sessions.end(cookie_of(request.scope))
        answer = to_page(to or ROOT)
        answer.set_cookie(
            COOKIE,
            pages.sessions.begin(principal),
            path=ROOT,
            secure=secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    @app.post(f"{ROOT}/sign-out", operation_id="page_end_session", include_in_schema=False)
    def end(request: Request, session: Session, form: Form) -> Response:
        pages.sessions.end(cookie_of(request.scope))
        answer = to_page(SIGN_IN)
        answer.delete_cookie(COOKIE, path=ROOT, secure=secure, httponly=True, samesite="strict")
        return answer


async def identified(pages: Pages, fields: Fields) -> Principal:
    """Whom a form to sign in, or to sign, speaks of; raises UserError."""
    if pages.tokens is None:
        name = fields.said("name", "Your name", _NAME)
        if not name.isprintable():
            raise UserError("FIELD_INVALID", "name", "Your name: letters, please")
        return Principal(name, EVERY_ROLE, frozenset({LOCAL}), developer=True)
    token = fields.said("token", "Access token", 16 << 10)
    try:
        return await pages.tokens.principal(token.encode())
    except UserError as error:
        message = "This token is not valid, or no longer. Get a new one where you sign in."
        raise UserError(error.code, "token", message) from None


def _own(address: str) -> str:
    """An address of these pages, "" for any other: nobody is sent elsewhere after signing in."""
    is_own = address == ROOT or address.startswith((f"{ROOT}/", f"{ROOT}?"))
    return address if is_own and address.isprintable() and "\\" not in address else ""
