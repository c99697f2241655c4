"""Counts are those of the verdicts, the trail is told as it is, each for one's own sites."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from api.store.tables import AuditEntry
from tests.service.access.callers import Caller
from tests.service.access.issuer import Issuer
from tests.service.conftest import CALL, DEMO, Client, patient
from tests.service.fhir.checking import checked

QUESTION = "q_b80933108dcd1190"


def counts(populations: list[dict[str, Any]]) -> dict[str, int]:
    return {one["code"]["coding"][0]["code"]: one["count"] for one in populations}


def test_counts_are_of_the_newest_verdicts(client: Client) -> None:
    version = client.add(CALL)
    empty = checked(client.get(f"/fhir/MeasureReport/{version}"))
    assert counts(empty["group"][0]["population"])["initial-population"] == 0
    told = client.screen()
    client.answer(told["screening"], **{QUESTION: True})
    client.screen(patient())
    child = client.screen(patient(birthDate="2020-01-01"), as_of="2026-06-03")
    report = checked(client.get(f"/fhir/MeasureReport/{version}"))
    wanted = {"initial-population": 3, "pass": 1, "needs-clinician-review": 1, "fail": 1}
    assert counts(report["group"][0]["population"]) == wanted
    (stratum,) = report["group"][0]["stratifier"][0]["stratum"]
    assert (stratum["value"]["text"], counts(stratum["population"])) == ("local", wanted)
    assert report["period"] == {"start": "2026-06-01", "end": "2026-06-03"}
    run = checked(client.get(f"/fhir/MeasureReport/{child['results'][0]['run']}"))
    assert counts(run["group"][0]["population"]) == {
        "initial-population": 1,
        "pass": 0,
        "needs-clinician-review": 0,
        "fail": 1,
    }
    (found,) = checked(client.get("/fhir/MeasureReport", params={"measure": report["measure"]}))["entry"]
    assert found["resource"]["group"] == report["group"]
    assert "entry" not in checked(client.get("/fhir/MeasureReport", params={"measure": "urn:x"}))
    assert client.get("/fhir/MeasureReport/none").status_code == 404


def test_counts_are_of_ones_own_sites(make: Any, tmp_path: Any) -> None:
    issuer = Issuer(tmp_path / "jwks.json")
    client = make(**issuer.settings())
    version = Caller(client, issuer, ["data-manager"], []).add(CALL)
    runs = {}
    for site, record in (("north", DEMO), ("south", patient(birthDate="2020-01-01"))):
        told = Caller(client, issuer, ["screener"], [site]).screen(record)
        runs[site] = told["results"][0]["run"]
    for sites, total in ((["north"], 1), (["south"], 1), (["north", "south"], 2)):
        manager = Caller(client, issuer, ["data-manager"], sites)
        report = checked(manager.get(f"/fhir/MeasureReport/{version}"))
        strata = report["group"][0]["stratifier"][0]["stratum"]
        assert [one["value"]["text"] for one in strata] == sites
        assert counts(report["group"][0]["population"])["initial-population"] == total
        for site, run in runs.items():
            status = manager.get(f"/fhir/MeasureReport/{run}").status_code
            assert status == (200 if site in sites else 404)
        one = manager.get(f"/fhir/MeasureReport/{version}", params={"site": "south"})
        assert one.status_code == (200 if "south" in sites else 403)
    nowhere = Caller(client, issuer, ["data-manager"], [])
    assert nowhere.get(f"/fhir/MeasureReport/{version}").status_code == 403


def test_the_trail_is_told_as_it_is(client: Client) -> None:
    client.add(CALL)
    told = client.screen()
    client.answer(told["screening"], **{QUESTION: True})
    entries: list[dict[str, Any]] = []
    address: str | None = "AuditEvent?_count=7"
    while address:
        bundle = checked(client.get(f"/fhir/{address}"))
        entries += [one["resource"] for one in bundle["entry"]]
        assert len(bundle["entry"]) <= 7
        address = next((one["url"] for one in bundle["link"] if one["relation"] == "next"), None)
    with client.store.read() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [one["id"] for one in entries] == [str(row.number) for row in rows]
    assert [one["subtype"][0]["code"] for one in entries] == [row.action for row in rows]
    hashes = [
        next(d["valueString"] for d in one["entity"][0]["detail"] if d["type"] == "entry-sha256")
        for one in entries
    ]
    assert hashes == [row.sha256 for row in rows]

    def found(**query: str) -> list[str]:
        params = {name.replace("__", ":"): value for name, value in query.items()}
        told = checked(client.get("/fhir/AuditEvent", params=params))
        return [one["resource"]["subtype"][0]["code"] for one in told.get("entry", ())]

    assert set(found(subtype="protocol.added")) == {"protocol.added"}
    assert found(agent__identifier="nobody") == []
    assert len(found(agent__identifier="urn:eligibility:user|developer")) > 5
    day = rows[0].at.date().isoformat()
    assert len(found(date=day)) == len(found(date=f"ge{day}")) == len(rows)
    assert found(date=f"lt{day}") == found(date=f"gt{day}") == []
    assert found(entity__identifier=f"runs/{told['results'][0]['run']}")[0] == "run.asked"
    assert client.get("/fhir/AuditEvent", params={"date": "soon"}).status_code == 422
