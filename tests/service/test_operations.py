"""Nothing is served that the table of operations does not name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI

from api.service.access.operations import OPERATIONS
from api.service.access.principal import Principal
from api.service.access.roles import Role
from api.service.access.who import GuardedRoute, require_table
from tests.service.conftest import Client


def test_the_table_names_what_is_served_and_nothing_else(client: Client) -> None:
    served = {route.operation_id for route in client.app.routes}
    assert served == set(OPERATIONS)


def _served(operation: str | None, guarded: bool) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    if guarded:
        app.router.route_class = GuardedRoute
    app.get("/", operation_id=operation)(lambda: None)
    return app


@pytest.mark.parametrize(("operation", "guarded"), [("unheard_of", True), (None, True), ("health", False)])
def test_what_is_not_in_the_table_or_not_guarded_fails_at_start(operation: str | None, guarded: bool) -> None:
    with pytest.raises(RuntimeError):
        require_table(_served(operation, guarded))
    require_table(_served("health", True))


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (lambda: _nobody().actor("screen_patient"), "FORBIDDEN"),
        (lambda: _nobody().actor("unheard_of"), "FORBIDDEN"),
        (lambda: _screener().actor("screen_patient", "south"), "FORBIDDEN"),
        (lambda: _screener("east", "north").actor("screen_patient"), "SITE_WANTED"),
    ],
)
def test_an_actor_is_made_only_of_rights(refused: Callable[[], object], code: str) -> None:
    from api.errors import UserError

    with pytest.raises(UserError) as error:
        refused()
    assert error.value.code == code


def test_an_actor_says_who_in_which_role_and_where() -> None:
    actor = _screener("east", "north").actor("screen_patient", "north")
    assert (actor.name, actor.role, actor.site) == ("sam", "screener", "north")
    assert _screener("north").actor("screen_patient").site == "north"


def _screener(*sites: str) -> Principal:
    return Principal("sam", frozenset({Role.SCREENER}), frozenset(sites))


def _nobody() -> Principal:
    return Principal("nobody", frozenset(), frozenset({"north"}))
