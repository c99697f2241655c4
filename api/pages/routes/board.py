"""The candidates' board: taken in, moved on, handed over, listed for a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Response

from api.errors import UserError
from api.pages.asking import Fields, Form, Session
from api.pages.environment import ROOT
from api.pages.showing import HEADERS, Pages, to_page
from api.pages.study.board import Wanted, columns
from api.pages.study.choosing import choose, newest_text, site_names, site_of
from api.pages.study.words import ACTIONS, STEP_WORDS, length
from api.service.service import Service
from api.service.studies.following import AT_ONCE, not_yet_candidates, take_in
from api.service.studies.handing_over import hand_over
from api.service.studies.moving import Move, move
from api.service.studies.sheets import sheet
from api.service.studies.ways import ways_of
from api.store.candidates import OUT_REASONS
from api.store.plans import plan_of

BOARD = f"{ROOT}/board"
Text = Annotated[str, Query(max_length=200)]
Tick = Annotated[str, Query(max_length=10)]
_COLUMNS = (
    *("patient", "site", "channel", "step", "reason", "since", "recorded_by", "form_version", "form_date"),
    *("days_waited", "stalled"),
)


def add(app: FastAPI, service: Service, pages: Pages) -> None:
    @app.get(BOARD, operation_id="page_board", include_in_schema=False)
    def show_board(
        session: Session,
        study: Text = "",
        step: Text = "",
        site: Text = "",
        channel: Text = "",
        stalled: Tick = "",
        done: Text = "",
    ) -> Response:
        now, sites = service.store.clock(), session.principal.sites
        wanted = Wanted(step, site, channel, bool(stalled))
        with service.store.read() as read:
            chosen = choose(read, study)
            if chosen.study is None:
                return pages.page("no_study.html", session, here="board")
            ways = ways_of(read, chosen.study.id, sites)
            plan = plan_of(read, chosen.study.id)
            told = columns(read, ways, plan, wanted, now)
            names = site_names(read, sites)
            waiting = {
                one: len(not_yet_candidates(read, chosen.study.id, one, AT_ONCE)) for one in sorted(names)
            }
            version = newest_text(read, chosen.study.id)
        criteria = [(one.id, one.label) for one in service.protocols.program(version).criteria]
        return pages.page(
            "board.html",
            session,
            here="board",
            chosen=chosen,
            columns=told,
            wanted=wanted,
            sites=names,
            channels=sorted({way.channel for way in ways}),
            waiting={one: count for one, count in waiting.items() if count},
            at_once=AT_ONCE,
            criteria=criteria,
            reasons=OUT_REASONS,
            words=STEP_WORDS,
            actions=ACTIONS,
            length=length,
            now=now,
            today=now.astimezone(UTC).date().isoformat(),
            announced=service.settings.hand_off is not None,
            notice=_NOTICES.get(done, ""),
        )

    @app.post(f"{BOARD}/take-in", operation_id="page_take_in", include_in_schema=False)
    def take(session: Session, form: Form) -> Response:
        study, site = form.said("study", "Study"), form.said("site", "Site")
        actor = session.principal.actor("page_take_in", site)
        with service.store.write(actor) as unit:
            choose(unit.session, study)
            take_in(unit, study, site, form.text("channel", 80))
        return to_page(_board(study, "taken-in"))

    @app.post(f"{BOARD}/move", operation_id="page_move_candidate", include_in_schema=False)
    def take_a_step(session: Session, form: Form) -> Response:
        study, patient = form.said("study", "Study"), form.said("patient", "Patient", 40)
        with service.store.read() as read:
            site = site_of(read, patient, session.principal.sites)
        wanted = Move(
            patient,
            study,
            form.number("seen"),
            form.said("step", "Next step"),
            _day(form),
            form.text("reason"),
            form.text("criterion"),
            form.text("form_version", 80),
            form.text("channel", 80),
        )
        actor = session.principal.actor("page_move_candidate", site)
        with service.store.write(actor) as unit:
            choose(unit.session, study)
            if wanted.step == "referred":
                hand_over(unit, service.settings, site, patient, study, wanted.seen, wanted.day)
            else:
                move(unit, site, wanted)
        return to_page(_board(study, "moved"))

    @app.get(f"{BOARD}/candidates.csv", operation_id="page_candidates_csv", include_in_schema=False)
    def listed(session: Session, study: Text = "") -> Response:
        now = service.store.clock()
        with service.store.read() as read:
            chosen = choose(read, study)
            if chosen.study is None:
                raise UserError("NOT_FOUND", "study", "there is no study yet")
            ways = ways_of(read, chosen.study.id, session.principal.sites)
            targets = plan_of(read, chosen.study.id).target_days
        rows = []
        for way in ways:
            consent: Mapping[str, object] = next(
                (one.details for one in way.steps if one.step == "consented"), {}
            )
            waited = (now - way.last.happened_at).total_seconds() / 86400
            target = targets.get(way.last.step)
            rows.append(
                [
                    way.patient_key,
                    way.site,
                    way.channel,
                    way.last.step,
                    way.last.reason,
                    way.last.happened_at,
                    way.last.recorded_by,
                    consent.get("form_version"),
                    consent.get("form_date"),
                    round(waited, 1),
                    "yes" if target is not None and waited > target else "no",
                ]
            )
        return csv_file(sheet(_COLUMNS, rows), "candidates.csv")


# What the page says after something was done.
_NOTICES = {"taken-in": "Screened patients are on the board now.", "moved": "Done. The board is up to date."}


def csv_file(text: str, name: str) -> Response:
    """A table to be saved, never shown as a page."""
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


def _board(study: str, done: str) -> str:
    return f"{BOARD}?{urlencode({'study': study, 'done': done})}"


def _day(form: Fields) -> date:
    try:
        return date.fromisoformat(form.said("day", "Day", 10))
    except ValueError:
        raise UserError("FIELD_INVALID", "day", "Day: like 2026-05-31") from None
