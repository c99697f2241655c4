"""Whether the service works, and what it can do. Open to anybody."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.service.service import Service
from api.store.protocols import active_versions


def add(app: FastAPI, service: Service) -> None:
    @app.get("/health", operation_id="health", summary="The process answers")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/ready", operation_id="ready", summary="The store answers, too")
    def ready() -> dict[str, Any]:
        with service.store.read() as session:
            return {"status": "ok", "active_protocols": len(active_versions(session))}

    @app.get("/openapi.json", operation_id="openapi", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        return app.openapi()
