"""How reviewers agree, how right the engine was, and the study's plan of review."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Response

from api.errors import UserError
from api.pages.asking import Form, Session
from api.pages.environment import ROOT
from api.pages.routes.board import csv_file
from api.pages.showing import Pages, to_page
from api.pages.study.choosing import choose, newest_text
from api.pages.study.reviewers import reviewers
from api.pages.study.words import STEP_WORDS
from api.service.service import Service
from api.service.studies.ratings import Basis, Rating, ratings_of
from api.service.studies.sheets import sheet
from api.store.candidates import STEPS
from api.store.plans import ALL_CRITERIA, OPEN_CRITERIA, Plan, change_plan, plan_of
from eligibility.reasons import REASONS

AGREEMENT = f"{ROOT}/agreement"
Text = Annotated[str, Query(max_length=200)]
_MEANINGS = {one.code: one.meaning for one in REASONS}
_COLUMNS = (
    *("study", "version", "case", "patient", "site", "criterion", "polarity", "engine", "engine_reason"),
    *("reviewer_1", "reason_1", "reviewer_2", "reason_2", "third", "third_reason"),
    *("truth", "basis", "signed_at"),
)


def add(app: FastAPI, service: Service, pages: Pages) -> None:
    @app.get(AGREEMENT, operation_id="page_agreement", include_in_schema=False)
    def show(session: Session, study: Text = "", done: Text = "") -> Response:
        with service.store.read() as read:
            chosen = choose(read, study)
            if chosen.study is None:
                return pages.page("no_study.html", session, here="agreement")
            ratings = ratings_of(read, chosen.study.id, session.principal.sites)
            plan = plan_of(read, chosen.study.id)
            version = newest_text(read, chosen.study.id)
        program = service.protocols.program(version)
        return pages.page(
            "agreement.html",
            session,
            here="agreement",
            chosen=chosen,
            told=reviewers(ratings, {one.id: one.label for one in program.criteria}, _MEANINGS),
            texts={one.id: " ".join(one.source) for one in program.criteria},
            plan=plan,
            targets=[(step, STEP_WORDS[step], plan.target_days[step]) for step in STEPS[:-1]],
            scopes=(OPEN_CRITERIA, ALL_CRITERIA),
            may_plan=session.principal.may("page_change_plan"),
            may_export=session.principal.may("page_decisions_csv"),
            notice="The plan holds for cases that are opened from now on." if done else "",
        )

    @app.get(f"{AGREEMENT}/decisions.csv", operation_id="page_decisions_csv", include_in_schema=False)
    def labelled(session: Session, study: Text = "") -> Response:
        with service.store.read() as read:
            chosen = choose(read, study)
            if chosen.study is None:
                raise UserError("NOT_FOUND", "study", "there is no study yet")
            ratings = ratings_of(read, chosen.study.id, session.principal.sites)
        # What is not settled stays hidden: somebody may still be deciding without knowing of it.
        rows = [_row(chosen.study.id, one) for one in ratings if one.basis is not Basis.OPEN]
        return csv_file(sheet(_COLUMNS, rows), "decisions.csv")

    @app.post(f"{AGREEMENT}/plan", operation_id="page_change_plan", include_in_schema=False)
    def put(session: Session, form: Form) -> Response:
        study = form.said("study", "Study")
        days = {step: form.number(f"days {step}") for step in STEPS[:-1]}
        plan = Plan(
            form.number("reviewers"),
            form.said("scope", "Scope"),
            form.text("engine_hidden") == "yes",
            days,
            form.number("sample_percent"),
        )
        with service.store.write(session.principal.actor("page_change_plan")) as unit:
            choose(unit.session, study)
            change_plan(unit, study, plan)
        return to_page(f"{AGREEMENT}?{urlencode({'study': study, 'done': 'planned'})}")


def _row(study: str, one: Rating) -> list[object]:
    """A criterion of a case with all that was said of it, but for comments: they may name people."""
    return [
        study,
        one.version,
        one.verdict_key,
        one.patient_key,
        one.site,
        one.criterion,
        one.polarity,
        one.engine,
        one.reason,
        one.reviews.get(1),
        one.reasons.get(1),
        one.reviews.get(2),
        one.reasons.get(2),
        one.third,
        one.third_reason,
        one.truth,
        one.basis.value,
        one.signed_at,
    ]
