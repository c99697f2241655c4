"""Figures of a study: conversion, times, failures, and what came before, imported with its source."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Response

from api.errors import UserError
from api.pages.asking import Form, Session
from api.pages.environment import ROOT
from api.pages.showing import Pages, to_page
from api.pages.study.choosing import choose, newest_text, site_names
from api.pages.study.figures import study_figures
from api.pages.study.words import STEP_WORDS
from api.service.service import Service
from api.service.studies.failures import groups_of
from api.service.studies.funnel import stalls
from api.service.studies.sheets import read_figures
from api.service.studies.ways import ways_of
from api.store.candidates import STEPS
from api.store.plans import plan_of
from api.store.upstream import MEASURES, import_figures

FIGURES = f"{ROOT}/figures"
_LONGEST = 1 << 20


def add(app: FastAPI, service: Service, pages: Pages) -> None:
    @app.get(FIGURES, operation_id="page_figures", include_in_schema=False)
    def show(
        session: Session,
        study: Annotated[str, Query(max_length=200)] = "",
        done: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        sites = session.principal.sites
        with service.store.read() as read:
            chosen = choose(read, study)
            if chosen.study is None:
                return pages.page("no_study.html", session, here="figures")
            version = newest_text(read, chosen.study.id)
        program = service.protocols.program(version)
        with service.store.read() as read:
            ways = ways_of(read, chosen.study.id, sites)
            plan = plan_of(read, chosen.study.id)
            told = study_figures(
                read,
                chosen.study,
                ways,
                plan,
                groups_of(program),
                {one.id: one.label for one in program.criteria},
                site_names(read, sites),
                len(stalls(ways, plan.target_days, service.store.clock())),
            )
        return pages.page(
            "figures.html",
            session,
            here="figures",
            chosen=chosen,
            told=told,
            steps=[STEP_WORDS[step] for step in STEPS],
            may_import=session.principal.may("page_import_figures"),
            measures=MEASURES,
            notice="The figures are in." if done else "",
        )

    @app.post(f"{FIGURES}/import", operation_id="page_import_figures", include_in_schema=False)
    def take(session: Session, form: Form) -> Response:
        study, text = form.said("study", "Study"), form.said("table", "Table", _LONGEST)
        figures = read_figures(text)
        for one in figures:
            if one.site is not None and one.site not in session.principal.sites:
                raise UserError("SITE_UNKNOWN", "site", "a figure is of a site that is not one of yours")
        with service.store.write(session.principal.actor("page_import_figures")) as unit:
            choose(unit.session, study)
            import_figures(unit, study, figures, sha256(text.encode()).hexdigest())
        return to_page(f"{FIGURES}?{urlencode({'study': study, 'done': 'imported'})}")
