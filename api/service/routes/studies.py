"""Figures of a study for programs: the same counts as on its pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from api.errors import UserError
from api.service.access.who import SiteAsked, Who
from api.service.service import Service
from api.service.studies.funnel import Pace, funnel, out_reasons, paces, stalls
from api.service.studies.ratings import ratings_of
from api.service.studies.reviewers import agreements
from api.service.studies.ways import ways_of
from api.service.told_studies import StudyFiguresTold
from api.store.plans import Plan, plan_of
from api.store.tables import Protocol
from eligibility.proportions import Estimate


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/studies/{protocol}/figures",
        operation_id="read_study_figures",
        summary="Conversion, times and stalls of a study's candidates, and how its reviewers agree",
        response_model=None,
        responses={200: {"model": StudyFiguresTold}},
    )
    def figures(who: Who, protocol: str, site: SiteAsked = None) -> dict[str, Any]:
        sites = who.sites_of(site)
        with service.store.read() as session:
            if session.get(Protocol, protocol) is None:
                raise UserError("NOT_FOUND", "protocol", "there is no such study")
            ways = ways_of(session, protocol, sites)
            plan = plan_of(session, protocol)
            found = agreements(ratings_of(session, protocol, sites))
        return {
            "protocol": protocol,
            "candidates": len(ways),
            "late": len(stalls(ways, plan.target_days, service.store.clock())),
            "steps": [
                {
                    "step": one.step,
                    "reached": one.reached,
                    "kept": None if one.kept is None else _figure(one.kept),
                }
                for one in funnel(ways)
            ],
            "times": [_pace(one, plan) for one in paces(ways)],
            "out": [{"reason": reason, "candidates": count} for reason, count in out_reasons(ways)],
            "agreement": [
                {
                    "criterion": name,
                    "pairs": one.pairs,
                    "agreed": one.agreed,
                    "percent": _figure(one.percent),
                    "kappa": _figure(one.kappa),
                    "ac1": _figure(one.ac1),
                }
                for name, one in found.items()
            ],
        }


def _figure(estimate: Estimate) -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _pace(pace: Pace, plan: Plan) -> dict[str, Any]:
    return {
        "step": pace.step,
        "moved": pace.moved,
        "waiting": pace.waiting,
        "median_days": _days(pace.median),
        "p90_days": _days(pace.p90),
        "planned_days": plan.target_days.get(pace.step),
    }


def _days(time: timedelta | None) -> float | None:
    return None if time is None else time / timedelta(days=1)
