"""A plan and upstream figures over HTTP: as they are set on the pages, and refused in the same cases."""

from __future__ import annotations

from api.service.bodies_of_studies import FiguresBody, PlanBody
from api.service.told_studies import PlanTold, UpstreamTold
from api.store.candidates import STEPS
from api.store.plans import USUAL_DAYS, Plan, plan_of
from tests.service.conftest import CALL, Client

PLAN = PlanBody.model_config["json_schema_extra"]["example"]  # type: ignore[index,call-overload]
FIGURES = FiguresBody.model_config["json_schema_extra"]["example"]  # type: ignore[index,call-overload]


def test_a_plan_is_set_and_read(client: Client) -> None:
    client.add(CALL)
    usual = client.get("/studies/DEMO-CALL/plan").json()
    assert usual["target_days"] == dict(USUAL_DAYS)
    assert usual["reviewers"] == 1
    told = client.send("PUT", "/studies/DEMO-CALL/plan", json=PLAN)
    PlanTold.model_validate(told.json())
    assert told.json() == client.get("/studies/DEMO-CALL/plan").json()
    with client.store.read() as session:
        expected = Plan(2, "all criteria", False, {**USUAL_DAYS, "cleared": 3, "in review": 5}, 10)
        assert plan_of(session, "DEMO-CALL") == expected
    for method, given in (("GET", {}), ("PUT", {"json": PLAN})):
        assert client.send(method, "/studies/OTHER/plan", **given).status_code == 404


WRONG: tuple[dict[str, object], ...] = (
    {"reviewers": 3}, {"reviewers": True}, {"scope": "some"}, {"engine_hidden": "yes"}, {"more": 1},
    {"sample_percent": 101}, {"target_days": {"randomised": 1}}, {"target_days": {"cleared": 0}},
)  # fmt: skip


def test_a_plan_that_makes_no_sense_is_refused(client: Client) -> None:
    client.add(CALL)
    for wrong in WRONG:
        assert client.send("PUT", "/studies/DEMO-CALL/plan", json=wrong).status_code == 400, wrong
    assert client.get("/studies/DEMO-CALL/plan").json()["reviewers"] == 1


def test_days_can_be_planned_for_every_step_but_the_last(client: Client) -> None:
    client.add(CALL)
    days = dict.fromkeys(STEPS[:-1], 4)
    told = client.send("PUT", "/studies/DEMO-CALL/plan", json={"target_days": days})
    assert told.json()["target_days"] == days


def test_figures_are_taken_whole_or_not_at_all(client: Client) -> None:
    client.add(CALL)
    path, (one,) = "/studies/DEMO-CALL/upstream", FIGURES["figures"]
    told = client.send("POST", path, json=FIGURES)
    UpstreamTold.model_validate(told.json())
    assert [(found["count"], found["site"]) for found in told.json()["figures"]] == [(612, None)]
    for wrong in (
        {"first_day": "2026-02-30"}, {"last_day": "2026-04-30"}, {"site": "south"}, {"source": " "},
    ):  # fmt: skip
        refused = client.send("POST", path, json={"figures": [{**one, "count": 1}, {**one, **wrong}]})
        assert refused.status_code == 422, wrong
    again = client.send("POST", path, json={"figures": [{**one, "count": 650}]})
    assert [found["count"] for found in again.json()["figures"]] == [650]
    assert client.send("POST", "/studies/OTHER/upstream", json=FIGURES).status_code == 404
