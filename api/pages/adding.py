"""All pages, added to the application."""

from __future__ import annotations

from fastapi import FastAPI

from api.pages.routes import agreement, board, case, figures, queue, signing_in, static
from api.pages.showing import Pages
from api.service.service import Service


def add(app: FastAPI, service: Service, pages: Pages) -> None:
    for part in (static, signing_in, queue, case, board, figures, agreement):
        part.add(app, service, pages)
