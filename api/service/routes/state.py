"""Whether the service works, and what it can do. Open to anybody; what it did is not."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Response
from starlette.responses import PlainTextResponse

from api.errors import UserError
from api.service.metrics import CONTENT_TYPE
from api.service.service import Service
from api.service.told import Health, Ready
from api.store.protocols import active_keys


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/health",
        operation_id="health",
        summary="The process answers",
        response_model=None,
        responses={200: {"model": Health}},
    )
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get(
        "/ready",
        operation_id="ready",
        summary="Store, its revision and a judge answer, too",
        response_model=None,
        responses={200: {"model": Ready}},
    )
    def ready() -> dict[str, Any]:
        service.store.require_newest()
        if not service.judges.alive():
            raise UserError("JUDGES_DOWN", "judges", "no judge answers")
        with service.store.read() as session:
            return {"status": "ok", "active_protocols": len(active_keys(session))}

    @app.get(
        "/metrics",
        operation_id="metrics",
        summary="Counts, in Prometheus' text format",
        response_class=PlainTextResponse,
    )
    def metrics() -> Response:
        return Response(service.metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/openapi.json", operation_id="openapi", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        return app.openapi()
