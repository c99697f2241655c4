"""Nobody sees or moves candidates of another site, on whatever page."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from api.store import Actor
from api.store.candidates import NewStep, take_step, way
from api.store.identities import pseudonyms
from tests.service.access.callers import Caller
from tests.service.access.issuer import Issuer
from tests.service.conftest import CALL, Client

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


def candidate(client: Client, site: str) -> str:
    with client.store.write(Actor("sam", "screener", site)) as unit:
        (key,) = pseudonyms(unit, site, "urn:test", ["p1"]).values()
        take_step(unit, NewStep(key, "DEMO-CALL", "pre-screened", 0, unit.now))
    return key


def test_candidates_of_sites_are_apart(guarded: Callable[..., Client], issuer: Issuer) -> None:
    client = guarded()
    Caller(client, issuer, ["data-manager"], ["north"]).add(CALL)
    keys = {site: candidate(client, site) for site in ("north", "south")}
    roles = ["screener", "reviewer", "data-manager"]
    begun = client.post(
        "/review/sign-in", data={"token": issuer.token(roles=roles, sites=["north"], sub="ann")}
    )
    cookie = {"cookie": begun.headers["set-cookie"].split(";")[0]}
    for path in ("board", "board/candidates.csv", "figures", "agreement", "agreement/decisions.csv"):
        answer = client.get(f"/review/{path}", headers=cookie, params={"study": "DEMO-CALL"})
        assert answer.status_code == 200, answer.text
        assert keys["south"] not in answer.text, path
        assert "South" not in answer.text, path
    board = client.get("/review/board", headers=cookie).text
    assert keys["north"] in board
    found = _TOKEN.search(board)
    assert found
    form = {"csrf": unescape(found[1]), "study": "DEMO-CALL", "seen": "1", "step": "passed"}
    form["day"] = client.store.clock().date().isoformat()

    def sent(path: str, **more: str) -> int:
        return client.post(f"/review/{path}", headers=cookie, data={**form, **more}).status_code

    assert sent("board/move", patient=keys["south"]) == 404
    assert sent("board/take-in", site="south") == 403
    table = "measure,count,first_day,last_day,channel,site,source\nclicks,1,2026-05-01,2026-05-02,web,south,x"
    assert sent("figures/import", table=table) == 422
    assert sent("board/move", patient=keys["north"]) == 303
    with client.store.read() as session:
        assert len(way(session, keys["south"], "DEMO-CALL")) == 1
        assert len(way(session, keys["north"], "DEMO-CALL")) == 2
