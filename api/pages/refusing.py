"""What a person is told where a page cannot be shown or something cannot be done."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api.errors import UserError
from api.pages.door import SIGN_IN, is_page, session_of
from api.pages.environment import ROOT
from api.pages.showing import show, to_page
from api.service.errors import status_of
from api.store.errors import ConflictError, NotStoredError

# What the store says in words of programs.
_WORDS = {
    "TASK_CLOSED": "It is signed by now, or a newer record overtook it. What you chose last was not kept.",
    "TASK_CHANGED": "Somebody changed it since you loaded it. What you chose last was not kept.",
    "LEASE_LOST": "You held it no longer: take it again. What you chose before is kept.",
    "SAME_REVIEWER": "The other review of this patient is yours: another person has to do this one.",
}
# Codes after which signing in helps.
_SIGN_IN = frozenset({"SIGN_IN_WANTED", "TOKEN_MISSING"})
_CASE = re.compile(rf"{ROOT}/cases/[0-9a-f]{{32}}(?=/)")
_TITLES = {
    403: "You may not do this",
    404: "Not found",
    405: "This cannot be done here",
    412: "Not done: this case has moved on",
    429: "Too many requests",
    503: "Not now",
}


def page_refusal(request: Request, error: UserError, status: int | None = None) -> Response | None:
    """The page that tells of a refusal; None where no page was asked for."""
    if not is_page(request.scope):
        return None
    session = session_of(request.scope)
    if session is None and error.code in _SIGN_IN:
        return to_page(SIGN_IN + _back(request))
    found = _page_status(error) if status is None else status
    message = _WORDS.get(error.code, error.message)
    message = "There is nothing here that you may see." if found == 404 else message
    title = _TITLES.get(found, "This did not work")
    case = _CASE.match(request.url.path) if found not in (403, 404, 405) else None
    told = {"title": title, "message": message, "code": error.code, "case": case and case[0]}
    return show("error.html", session, found, **told)


def _page_status(error: UserError) -> int:
    """412 for whoever was not first, whatever the conflict is: a page always says what it had seen."""
    if error.code == "FORM_FOREIGN":
        return 403
    is_conflict = isinstance(error, ConflictError) and not isinstance(error, NotStoredError)
    return 412 if is_conflict else status_of(error)


def _back(request: Request) -> str:
    """The address to come back to after signing in, for what was only looked at."""
    if request.method != "GET":
        return ""
    query = f"?{request.url.query}" if request.url.query else ""
    return "?" + urlencode({"to": request.url.path + query})
