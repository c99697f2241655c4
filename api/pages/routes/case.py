"""One case: looked at, held, decided, signed."""

from __future__ import annotations

from fastapi import FastAPI, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session as Reading

from api.errors import UserError
from api.pages.asking import Fields, Form, Session
from api.pages.cases import words
from api.pages.cases.deciding import (
    ENDINGS,
    Chosen,
    assign_to,
    choose,
    close_question,
    give_back,
    hold,
    sign_case,
    take_back,
)
from api.pages.cases.reading import CaseView, case_view
from api.pages.environment import ROOT
from api.pages.routes.signing_in import identified
from api.pages.sessions import PageSession
from api.pages.showing import Pages, to_page
from api.service.service import Service
from api.store import Actor
from api.store.counting import colleagues
from api.store.errors import NotStoredError
from api.store.plans import asks_for_two
from api.store.queues import Filter, queue
from api.store.tables import ProtocolVersion, Task

CASES = f"{ROOT}/cases"
_COMMENT = 4000


def add(app: FastAPI, service: Service, pages: Pages) -> None:
    store = service.store

    @app.get(f"{CASES}/{{task}}", operation_id="page_case", include_in_schema=False)
    def show_case(session: Session, task: str) -> Response:
        with store.read() as read:
            view = _view(service, read, session, task)
            following = _next(service, read, session, task)
        return pages.page(
            "case.html", session, here="queue", case=view, words=words, endings=ENDINGS, next=following
        )

    @app.get(f"{CASES}/{{task}}/checklist", operation_id="page_checklist", include_in_schema=False)
    def checklist(session: Session, task: str) -> Response:
        with store.read() as read:
            view = _view(service, read, session, task)
        _require_told(view)
        return pages.page("checklist.html", session, here="queue", case=view, words=words, now=store.clock())

    @app.get(f"{CASES}/{{task}}/record", operation_id="page_record", include_in_schema=False)
    def record(session: Session, task: str) -> Response:
        with store.read() as read:
            view = _view(service, read, session, task)
        _require_told(view)
        return pages.page("record.html", session, here="queue", case=view, words=words, now=store.clock())

    @app.post(f"{CASES}/{{task}}/hold", operation_id="page_hold_case", include_in_schema=False)
    def hold_case(session: Session, form: Form, task: str) -> Response:
        hold(store, _actor(service, session, "page_hold_case", task), task)
        return to_page(f"{CASES}/{task}")

    @app.post(f"{CASES}/{{task}}/release", operation_id="page_release_case", include_in_schema=False)
    def release_case(session: Session, form: Form, task: str) -> Response:
        give_back(store, _actor(service, session, "page_release_case", task), task)
        return to_page(ROOT)

    @app.get(f"{CASES}/{{task}}/assign", operation_id="page_whom_to_assign", include_in_schema=False)
    def whom_to_assign(session: Session, task: str) -> Response:
        with store.read() as read:
            found = _task(service, read, session, task)
            names = colleagues(read, found.site_id)
        return pages.page("assign.html", session, here="queue", task=found, names=names)

    @app.post(f"{CASES}/{{task}}/assign", operation_id="page_assign_case", include_in_schema=False)
    def assign_case(session: Session, form: Form, task: str) -> Response:
        actor = _actor(service, session, "page_assign_case", task)
        assign_to(store, actor, task, form.text("assignee", 100))
        return to_page(f"{CASES}/{task}")

    @app.post(f"{CASES}/{{task}}/choose", operation_id="page_choose", include_in_schema=False)
    def choose_one(session: Session, form: Form, task: str) -> Response:
        chosen = Chosen(
            form.text("criterion"),
            form.text("outcome"),
            form.text(f"reason-{form.text('outcome').replace(' ', '-')}"),
            form.text("comment", _COMMENT),
            form.text("seen"),
        )
        choose(store, _actor(service, session, "page_choose", task), task, chosen)
        return to_page(f"{CASES}/{task}")

    @app.post(f"{CASES}/{{task}}/take-back", operation_id="page_take_back", include_in_schema=False)
    def take_one_back(session: Session, form: Form, task: str) -> Response:
        actor = _actor(service, session, "page_take_back", task)
        take_back(store, actor, task, form.text("criterion"))
        return to_page(f"{CASES}/{task}")

    @app.post(f"{CASES}/{{task}}/close", operation_id="page_close_question", include_in_schema=False)
    def close_one(session: Session, form: Form, task: str) -> Response:
        actor = _actor(service, session, "page_close_question", task)
        close_question(store, actor, task, form.text("ending"))
        return to_page(f"{ROOT}?kind=question")

    @app.get(f"{CASES}/{{task}}/sign", operation_id="page_read_to_sign", include_in_schema=False)
    def read_to_sign(session: Session, task: str) -> Response:
        with store.read() as read:
            view = _view(service, read, session, task)
        return _to_sign(pages, session, view, "")

    @app.post(f"{CASES}/{{task}}/sign", operation_id="page_sign", include_in_schema=False)
    async def sign(session: Session, form: Form, task: str) -> Response:
        problem = await _who_signs(pages, session, form)
        return await run_in_threadpool(_sign, service, pages, session, form, task, problem)


def _sign(
    service: Service, pages: Pages, session: PageSession, form: Fields, task: str, problem: str
) -> Response:
    if form.text("meaning") not in words.MEANINGS:
        problem = problem or "Choose what your signature means."
    if problem:
        with service.store.read() as read:
            view = _view(service, read, session, task)
        return _to_sign(pages, session, view, problem)
    actor = _actor(service, session, "page_sign", task)
    sign_case(
        service.store,
        actor,
        task,
        form.text("seen"),
        form.text("signed-name") or form.said("name", "Your name"),
        form.text("meaning"),
    )
    return to_page(f"{CASES}/{task}")


def _to_sign(pages: Pages, session: PageSession, view: CaseView, problem: str) -> Response:
    return pages.page(
        "sign.html",
        session,
        422 if problem else 200,
        here="queue",
        case=view,
        words=words,
        by_token=pages.tokens is not None,
        problem=problem,
    )


async def _who_signs(pages: Pages, session: PageSession, form: Fields) -> str:
    """Why the form is not a signature of whoever is signed in, "" where it is."""
    try:
        principal = await identified(pages, form)
    except UserError as error:
        return error.message
    mine = principal.subject == session.principal.subject
    return "" if mine else f"You are signed in as {session.principal.subject}: sign under this name."


def _require_told(view: CaseView) -> None:
    """Nobody who decides without what the engine found reads it on a page to print."""
    if view.engine_hidden:
        message = "This page says what was found by itself: sign your review first."
        raise UserError("ENGINE_HIDDEN", "", message)


def _task(service: Service, read: Reading, session: PageSession, key: str) -> Task:
    """A task of one of the reviewer's sites."""
    found = read.get(Task, key)
    if found is None or found.site_id not in session.principal.sites:
        raise NotStoredError("tasks", key)
    return found


def _actor(service: Service, session: PageSession, operation: str, key: str) -> Actor:
    with service.store.read() as read:
        site = _task(service, read, session, key).site_id
    return session.principal.actor(operation, site)


def _view(service: Service, read: Reading, session: PageSession, key: str) -> CaseView:
    task = _task(service, read, session, key)
    program = service.protocols.program(read.get_one(ProtocolVersion, task.version_key))
    may_review = session.principal.may("page_choose")
    return case_view(read, task, program, session.principal.subject, service.store.clock(), may_review)


def _next(service: Service, read: Reading, session: PageSession, key: str) -> Task | None:
    """The case that comes first in the queue, besides this one, that nobody holds and no other should do."""
    me = session.principal.subject
    wanted = Filter(
        sites=session.principal.sites,
        kind="review",
        held=False,
        now=service.store.clock(),
        not_for_others=me,
        reviewer=me if asks_for_two(read) else None,
    )
    return next((one for one in queue(read, wanted, 2) if one.key != key), None)
