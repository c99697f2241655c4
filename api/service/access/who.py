"""How a handler learns who asks, and how nobody gets to a handler without the right to it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, get_args, get_origin

from fastapi import Depends, FastAPI, Query, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from api.errors import UserError
from api.service.access.operations import OPERATIONS
from api.service.access.principal import Principal

_PLACE = "eligibility.principal"
# Clients of FHIR name the format that they read; there is one.
_FORMATS = frozenset({"_format", "_pretty"})


def remember(scope: Scope, principal: Principal | None) -> None:
    """Note who asks; None: somebody without a token."""
    scope[_PLACE] = principal


def who_asks(request: Request) -> Principal:
    """Who asks; raises UserError for somebody without a token."""
    found = request.scope.get(_PLACE)
    if not isinstance(found, Principal):
        raise UserError("TOKEN_MISSING", "Authorization", "a valid bearer token is needed")
    return found


Who = Annotated[Principal, Depends(who_asks)]
SiteAsked = Annotated[
    str | None,
    Query(alias="site", max_length=200, description="The site that is acted at, for those who have several."),
]


class GuardedRoute(APIRoute):
    """Asks for the right before a word of the request is read."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """A name with a dollar sign is an operation's, as FHIR has it, and never the key of a thing."""
        match, found = super().matches(scope)
        if match is not Match.NONE:
            values = found.get("path_params", {}).values()
            if any(isinstance(value, str) and value.startswith("$") for value in values):
                return Match.NONE, {}
        return match, found

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        operation = self.operation_id or ""
        # Pages are opened by links with whatever others hung on them.
        queried = [one for one in get_flat_params(self.dependant) if isinstance(one.field_info, params.Query)]
        known = {one.alias for one in queried}
        single = {one.alias for one in queried if not _is_list(one.field_info.annotation)}
        strict = self.include_in_schema

        async def guarded(request: Request) -> Response:
            entry = OPERATIONS.get(operation)
            if entry is None or not (entry.open or who_asks(request).may(operation)):
                raise UserError("FORBIDDEN", "", "none of your roles may do this")
            if strict and not entry.open and not request.query_params.keys() <= known | _FORMATS:
                # A name that is misspelt would go unheard, and what it meant be judged otherwise.
                told = f"expected no others than {', '.join(sorted(known))}" if known else "expected none"
                raise UserError("REQUEST_INVALID", "query", told)
            twice = [one for one in single if len(request.query_params.getlist(one)) > 1] if strict else []
            if twice:
                # Which of them is meant, nobody can know.
                raise UserError("REQUEST_INVALID", f"query.{min(twice)}", "expected once")
            return await handle(request)

        return guarded


def _is_list(annotation: object) -> bool:
    """Whether a parameter may come several times."""
    return get_origin(annotation) is list or any(map(_is_list, get_args(annotation)))


def require_table(app: FastAPI) -> None:
    """Fail where an address is not guarded, or does what the table of operations does not name."""
    for route in app.routes:
        if not isinstance(route, GuardedRoute):
            raise RuntimeError(f"{route} is not a guarded route")
        if route.operation_id not in OPERATIONS:
            raise RuntimeError(f"{route.path}: access/operations.py has no operation {route.operation_id!r}")
