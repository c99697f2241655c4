"""CDS Hooks: discovery, the hook, feedback."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.service.access.who import SiteAsked, Who
from api.service.cds.discovery import NAME, discovered
from api.service.cds.feedback import FeedbackBody, keep_feedback
from api.service.cds.viewing import view_patient
from api.service.routes.inputs import Bundle
from api.service.service import Service

CALL_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["hook", "hookInstance", "context", "prefetch"],
                    "properties": {
                        "hook": {"type": "string", "enum": ["patient-view"]},
                        "hookInstance": {"type": "string", "minLength": 1},
                        "context": {
                            "type": "object",
                            "required": ["patientId"],
                            "properties": {"patientId": {"type": "string", "minLength": 1}},
                        },
                        "prefetch": {"type": "object"},
                    },
                }
            }
        },
    }
}


def add(app: FastAPI, service: Service) -> None:
    @app.get("/cds-services", operation_id="cds_discovery", summary="What is offered to clinical systems")
    def discovery() -> dict[str, Any]:
        return discovered(service)

    @app.post(
        f"/cds-services/{NAME}",
        operation_id="cds_patient_view",
        summary="One card about the patient whose chart is opened",
        openapi_extra=CALL_BODY,
    )
    def view(who: Who, body: Bundle, site: SiteAsked = None) -> dict[str, Any]:
        actor = who.actor("cds_patient_view", site)
        return view_patient(service, actor, who.site(site), body)

    @app.post(
        f"/cds-services/{NAME}/feedback",
        operation_id="cds_feedback",
        summary="What became of cards",
    )
    def feedback(who: Who, body: FeedbackBody, site: SiteAsked = None) -> dict[str, Any]:
        keep_feedback(service, who.actor("cds_feedback", site), who.site(site), body)
        return {}
