"""Styles and scripts, and the way from the service's first address to the first page."""

from __future__ import annotations

from fastapi import FastAPI, Response

from api.errors import UserError
from api.pages.environment import ROOT, static_files
from api.pages.showing import HEADERS, Pages, to_page
from api.service.service import Service

# The address has a hash of the content: it is never another one.
_KEPT = "public, max-age=31536000, immutable"


def add(app: FastAPI, service: Service, pages: Pages) -> None:
    @app.get("/", operation_id="page_home", include_in_schema=False)
    def home() -> Response:
        return to_page(ROOT)

    @app.get(f"{ROOT}/static/{{name}}", operation_id="page_static", include_in_schema=False)
    def static(name: str) -> Response:
        found = static_files().get(name)
        if found is None:
            raise UserError("NOT_FOUND", "", "there is no such file")
        return Response(found[0], media_type=found[1], headers={**HEADERS, "Cache-Control": _KEPT})
