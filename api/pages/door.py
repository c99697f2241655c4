"""Lets a browser in by its session, to the pages and nowhere else.

The addresses of programs are not opened by a cookie: a page of elsewhere could have a browser send it there.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.types import Scope

from api.pages.environment import ROOT
from api.pages.sessions import PageSession, Sessions
from api.service.access.doors import Door
from api.service.access.principal import Principal

COOKIE = "eligibility-session"
SIGN_IN = f"{ROOT}/sign-in"
_PLACE = "eligibility.page-session"
_COOKIES = 8192
# Somebody who is about to say who they are: the form is read, and nothing else may be done.
NOBODY = Principal("", frozenset(), frozenset())


class SessionDoor:
    """Wraps the door of programs."""

    def __init__(self, inner: Door, sessions: Sessions) -> None:
        self._inner, self._sessions = inner, sessions
        self.headers = inner.headers

    async def enter(self, scope: Scope) -> Principal | None:
        principal = await self._inner.enter(scope)
        if not is_page(scope):
            return principal
        session = self._sessions.find(cookie_of(scope))
        if session is not None and _same(principal, session):
            scope[_PLACE] = session
            return session.principal
        signs_in = scope["method"] == "POST" and scope["path"] == SIGN_IN
        return NOBODY if principal is None and signs_in else principal


def _same(principal: Principal | None, session: PageSession) -> bool:
    """Whether a token that comes along, if one does, is the session's own."""
    return principal is None or principal.developer or principal.subject == session.principal.subject


def is_page(scope: Scope) -> bool:
    """Whether a request is for a page."""
    path = str(scope["path"])
    return path == ROOT or path.startswith(f"{ROOT}/")


def session_of(scope: Scope) -> PageSession | None:
    """The session of a request that came through the door."""
    found = scope.get(_PLACE)
    return found if isinstance(found, PageSession) else None


def cookie_of(scope: Scope) -> str:
    """The key that a browser sent, "" where it sent none."""
    for name, value in scope["headers"]:
        if name == b"cookie" and len(value) <= _COOKIES:
            try:
                found = SimpleCookie(value.decode("latin-1")).get(COOKIE)
            except CookieError:
                continue
            if found is not None:
                return str(found.value)
    return ""
