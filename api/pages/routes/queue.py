"""The cases that wait for a clinician."""

from __future__ import annotations

from fastapi import FastAPI, Response

from api.pages.asking import Session
from api.pages.environment import ROOT
from api.pages.showing import Pages
from api.service.service import Service
from api.store.tasks import Filter, queue

_PAGE = 50


def add(app: FastAPI, service: Service, pages: Pages) -> None:
    @app.get(ROOT, operation_id="page_queue", include_in_schema=False)
    def show_queue(session: Session) -> Response:
        now = service.store.clock()
        with service.store.read() as read:
            rows = queue(read, Filter(sites=session.principal.sites), _PAGE)
        return pages.page("queue.html", session, here="queue", tasks=rows, now=now)
