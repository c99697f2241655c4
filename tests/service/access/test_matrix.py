"""Every role at every operation, at its own site and at another one, as the guide says it.

Operations come from the OpenAPI description, rights from the table in docs/service.md: both have to agree
with what the service does.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from api.service.access.operations import OPERATIONS
from api.service.access.roles import Role
from api.service.app import create_app
from api.service.settings import ServiceSettings
from api.store import StoreSettings, open_store
from tests.service.access.callers import Caller
from tests.service.access.issuer import SITES, Issuer
from tests.service.access.samples import SAMPLES, Sample, Things, things_of
from tests.service.conftest import CALL, ROOT, Client
from tests.service.runs.conftest import people

ROLES = [role.value for role in Role]
METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
REFUSED = (401, 403)
PAGES = {name for name, one in OPERATIONS.items() if one.page}


@dataclass(frozen=True, slots=True)
class Right:
    """A row of the guide: who may, and whether it concerns one site. No roles: anybody, without a token."""

    roles: frozenset[str]
    of_site: bool


def documented() -> dict[str, Right]:
    """The table of the guide: operation, a cross for each role, and whether it is of one site."""
    guide = (ROOT / "docs" / "service.md").read_text()
    section = guide.split("### Who may do what", 1)[1].split("\n### ", 1)[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        names = re.findall(r"`(\w+)`", cells[0])
        for name in names if len(cells) == 7 else ():
            marks = [role for role, cell in zip(ROLES, cells[1:6], strict=True) if cell == "×"]
            found[name] = Right(frozenset(marks), cells[6] == "×")
    return found


RIGHTS = documented()


class Scene:
    """A service with two sites, both of which have made one of each thing."""

    def __init__(self, client: Client, issuer: Issuer) -> None:
        self.client, self.issuer = client, issuer
        self.caller("data-manager").add(CALL)
        self.things: dict[str, Things] = {site: things_of(self.caller("screener", site)) for site in SITES}

    def caller(self, role: str, *sites: str) -> Caller:
        return Caller(self.client, self.issuer, [role] if role else [], list(sites))

    def operations(self) -> dict[str, tuple[str, str]]:
        """Method and address by operation."""
        paths = self.client.get("/openapi.json").json()["paths"]
        return {
            operation["operationId"]: (method.upper(), path)
            for path, methods in paths.items()
            for method, operation in methods.items()
            if method in METHODS
        }


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("matrix")
    issuer = Issuer(folder / "jwks.json")
    log = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.WriteLogger(log), processors=[structlog.processors.JSONRenderer()]
    )
    with open_store(StoreSettings(f"sqlite:///{folder / 'store.db'}", durable=False)) as store:
        for site in SITES:
            people(folder / site, 2)
        places = {"extracts": {site: {"ehr": folder / site} for site in SITES}, "runs": 100}
        app = create_app(store, ServiceSettings(**issuer.settings(**places)), logger)
        try:
            yield Scene(Client(app, store, log), issuer)
        finally:
            app.state.service.judges.close()


def test_the_guide_the_table_and_the_description_name_the_same(scene: Scene) -> None:
    # Pages are for people: tests/pages asks the same of them.
    undescribed = {"openapi", *PAGES}
    assert set(scene.operations()) == set(OPERATIONS) - undescribed
    assert set(RIGHTS) == set(OPERATIONS), "docs/service.md, table `Who may do what`"
    written = {name: Right(frozenset(one.roles), one.of_site) for name, one in OPERATIONS.items()}
    assert written == RIGHTS
    of_site = {name for name, right in RIGHTS.items() if right.of_site} - PAGES
    assert set(SAMPLES) >= of_site, "access/samples.py: one for each operation of one site"


def test_every_role_may_do_what_the_guide_says_and_nothing_else(scene: Scene) -> None:
    surprises = []
    operations = {**scene.operations(), "openapi": ("GET", "/openapi.json")}
    for name, (method, address) in operations.items():
        right = RIGHTS[name]
        path = re.sub(r"\{[^}]*\}", "0" * 32, address)
        for role in ("nobody", *ROLES, "", "unheard-of"):
            client = scene.client if role == "nobody" else scene.caller(role, "north")
            status = client.send(method, path).status_code
            if not right.roles:
                good = status not in REFUSED
            elif role == "nobody":
                good = status == 401
            else:
                good = (status not in REFUSED) if role in right.roles else status == 403
            if not good or status >= 500:
                surprises.append((name, role, status))
    assert surprises == []


def send(client: Caller, sample: Sample, site: str | None = None) -> tuple[int, str]:
    given = dict(sample.given)
    if site is not None:
        given["params"] = {**given.get("params", {}), "site": site}
    answer = client.send(sample.method, sample.path, **given)
    return answer.status_code, answer.text


@pytest.mark.parametrize("operation", SAMPLES)
def test_sites_are_apart(scene: Scene, operation: str) -> None:
    surprises: list[object] = []

    def expect(what: str, found: tuple[int, str], *statuses: int) -> None:
        if found[0] not in statuses:
            surprises.append((operation, role, what, *found))

    for role in sorted(RIGHTS[operation].roles):
        for own, other in (("north", "south"), ("south", "north")):
            sample = SAMPLES[operation](scene.things[own])
            foreign = scene.things[other].keys()
            at_home = send(scene.caller(role, own), sample)
            expect("own", at_home, 200, 201, 202, 204)
            if any(key in at_home[1] for key in foreign):
                surprises.append((operation, role, "told a key of the other site"))
            again = (404,) if sample.once else (200, 201, 202, 204, 409, 412)
            expect("own, named", send(scene.caller(role, own), sample, own), *again)
            expect("other, named", send(scene.caller(role, own), sample, other), 403)
            both = scene.caller(role, own, other)
            some = (422,) if RIGHTS[operation].of_site else (200,)
            expect("several, none named", send(both, sample), *some)
            expect("no site", send(scene.caller(role), sample), 403)
            expect("site not served", send(scene.caller(role, "west"), sample), 403)
            if sample.names:
                strange = send(scene.caller(role, other), sample)
                expect("a thing of another site", strange, 404)
                if any(key in strange[1] for key in scene.things[own].keys()):  # noqa: SIM118
                    surprises.append((operation, role, "told a key of another site"))
                expect("a thing of another site, both mine", send(both, sample, other), 404)
    assert surprises == []


def test_a_thing_of_another_site_is_answered_like_one_that_is_not(scene: Scene) -> None:
    for operation in SAMPLES:
        role = min(RIGHTS[operation].roles)
        sample, its = SAMPLES[operation](scene.things["north"]), scene.things["north"]
        if not sample.names:
            continue
        path = sample.path
        for key in its.keys():  # noqa: SIM118
            path = path.replace(key, "f" * 32)
        caller = scene.caller(role, "south")
        absent = caller.send(sample.method, path, **sample.given)
        foreign = caller.send(sample.method, sample.path, **sample.given)
        assert (absent.status_code, absent.content) == (foreign.status_code, foreign.content), operation


def test_whoever_has_two_roles_may_do_what_either_may(scene: Scene) -> None:
    both = Caller(scene.client, scene.issuer, ["auditor", "screener"], ["north"], "ann")
    assert both.get("/audit").status_code == 200
    assert both.screen()["patient"] == scene.things["north"].patient
    roles, after = set(), 0
    while after is not None:
        answer = both.get("/audit", params={"after": after, "limit": 1000}).json()
        roles |= {entry["role"] for entry in answer["entries"] if entry["actor"] == "ann"}
        after = answer["next"]
    assert roles == {"screener"}


def test_the_same_record_is_another_patient_at_another_site(scene: Scene) -> None:
    assert scene.things["north"].patient != scene.things["south"].patient
    assert not scene.things["north"].keys() & scene.things["south"].keys()


def test_roles_and_sites_come_from_the_claims_that_settings_name(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path / "jwks.json")
    settings = issuer.settings(
        roles_claim="realm_access.roles", roles={"monitor": "auditor"}, sites_claim="scope"
    )
    with open_store(StoreSettings(f"sqlite:///{tmp_path / 'store.db'}", durable=False)) as store:
        client = Client(create_app(store, ServiceSettings(**settings)), store, io.StringIO())
        good = {"realm_access": {"roles": ["monitor", "x"]}, "scope": "openid north"}
        for claims, status in (
            (good, 200),
            ({**good, "scope": "openid"}, 403),
            ({**good, "realm_access": {"roles": ["auditor"]}}, 403),
            ({**good, "realm_access": ["monitor"]}, 403),
            ({**good, "realm_access": {"roles": [["monitor"]]}}, 403),
            ({**good, "roles": ["monitor"], "realm_access": None}, 403),
        ):
            token = issuer.token(**claims)
            answer = client.get("/audit", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status, (claims, answer.text)
