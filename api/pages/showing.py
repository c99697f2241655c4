"""How a page goes out: rendered, with the headers that keep it to itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.pages.environment import ROOT, environment
from api.pages.sessions import PageSession, Sessions
from api.service.access.tokens import Tokens

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it a browser would hide from which page a form is sent.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation: its name (`here` in templates), address, words, and operation."""

    name: str
    address: str
    words: str
    operation: str


# In the order of the navigation; only what somebody may do is shown to them.
PLACES = (
    Place("queue", ROOT, "Cases", "page_queue"),
    Place("board", f"{ROOT}/board", "Candidates", "page_board"),
    Place("figures", f"{ROOT}/figures", "Figures", "page_figures"),
    Place("agreement", f"{ROOT}/agreement", "Agreement", "page_agreement"),
)


@dataclass(frozen=True, slots=True)
class Pages:
    """What pages share. `tokens` is None in developer mode, where reviewers name themselves."""

    sessions: Sessions
    tokens: Tokens | None

    def page(
        self, template: str, session: PageSession | None, status: int = 200, **given: Any
    ) -> HTMLResponse:
        """A page for somebody."""
        return show(template, session, status, **given)


def show(template: str, session: PageSession | None, status: int = 200, **given: Any) -> HTMLResponse:
    """A rendered template; `session` is None for somebody who is not signed in."""
    places = [] if session is None else [one for one in PLACES if session.principal.may(one.operation)]
    values = {"session": session, "places": places, "here": "", "notice": "", **given}
    return HTMLResponse(environment().get_template(template).render(values), status, headers=HEADERS)


def to_page(address: str) -> Response:
    """On to a page of ours, after something was done."""
    return RedirectResponse(address, 303, headers=HEADERS)
