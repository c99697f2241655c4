"""What a data manager sets for a study: its plan of review, and figures that others counted.

Candidates are moved as ResearchSubjects (`api.service.routes.fhir.subjects`), and in no second way.
"""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from typing import Any

from fastapi import FastAPI
from sqlalchemy.orm import Session

from api.errors import UserError
from api.service.access.who import Who
from api.service.bodies_of_studies import FigureBody, FiguresBody, PlanBody
from api.service.service import Service
from api.service.told_studies import PlanTold, UpstreamTold
from api.store.plans import Plan, change_plan, plan_of
from api.store.tables import Protocol, UpstreamFigure
from api.store.upstream import NewFigure, figures_of, import_figures


def add(app: FastAPI, service: Service) -> None:
    store = service.store

    @app.get(
        "/studies/{protocol}/plan",
        operation_id="read_study_plan",
        summary="How a study's cases are reviewed, and how long candidates may stand at a step",
        response_model=None,
        responses={200: {"model": PlanTold}},
    )
    def read_plan(protocol: str) -> dict[str, Any]:
        with store.read() as session:
            _require(session, protocol)
            return _plan(protocol, plan_of(session, protocol))

    @app.put(
        "/studies/{protocol}/plan",
        operation_id="change_study_plan",
        summary="Set a study's plan; it holds for cases that are opened from now on",
        response_model=None,
        responses={200: {"model": PlanTold}},
    )
    def put_plan(who: Who, protocol: str, body: PlanBody) -> dict[str, Any]:
        days = {str(step): count for step, count in body.target_days.items()}
        wanted = Plan(body.reviewers, body.scope, body.engine_hidden, days, body.sample_percent)
        with store.write(who.actor("change_study_plan")) as unit:
            _require(unit.session, protocol)
            change_plan(unit, protocol, wanted)
            return _plan(protocol, plan_of(unit.session, protocol))

    @app.post(
        "/studies/{protocol}/upstream",
        operation_id="import_study_figures",
        summary="Keep figures that others counted before the pre-screen, all of them or none",
        response_model=None,
        responses={200: {"model": UpstreamTold}},
    )
    def take_figures(who: Who, protocol: str, body: FiguresBody) -> dict[str, Any]:
        figures = [_figure(one, who.sites) for one in body.figures]
        sent = json.dumps(body.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
        with store.write(who.actor("import_study_figures")) as unit:
            _require(unit.session, protocol)
            import_figures(unit, protocol, figures, sha256(sent.encode()).hexdigest())
            found = figures_of(unit.session, protocol, who.sites)
        return {"protocol": protocol, "figures": [_told(one) for one in found]}


def _require(session: Session, protocol: str) -> None:
    if session.get(Protocol, protocol) is None:
        raise UserError("NOT_FOUND", "protocol", "there is no such study")


def _plan(protocol: str, plan: Plan) -> dict[str, Any]:
    return {
        "protocol": protocol,
        "reviewers": plan.reviewers,
        "scope": plan.scope,
        "engine_hidden": plan.engine_hidden,
        "sample_percent": plan.sample_percent,
        "target_days": dict(plan.target_days),
    }


def _figure(body: FigureBody, sites: frozenset[str]) -> NewFigure:
    """A figure; raises UserError."""
    if body.site is not None and body.site not in sites:
        raise UserError("SITE_UNKNOWN", "site", "a figure is of a site that is not one of yours")
    first, last = _day(body.first_day, "first_day"), _day(body.last_day, "last_day")
    return NewFigure(body.measure, body.count, first, last, body.channel, body.site, body.source)


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError("FIGURES_INVALID", name, f"{name} is a day of the calendar") from None


def _told(row: UpstreamFigure) -> dict[str, Any]:
    return {
        "measure": row.measure,
        "count": row.count,
        "first_day": row.first_day,
        "last_day": row.last_day,
        "channel": row.channel,
        "site": row.site_id,
        "source": row.source,
        "imported_by": row.imported_by,
    }
