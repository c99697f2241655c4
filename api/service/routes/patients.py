"""Who a patient is: shown to those who have to know, and never without an entry in the trail."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.service.access.ownership import of_site
from api.service.access.who import SiteAsked, Who
from api.service.bodies import RevealBody
from api.service.service import Service
from api.store.identities import reveal
from api.store.tables import Patient


def add(app: FastAPI, service: Service) -> None:
    @app.post(
        "/patients/{patient}/identifiers",
        operation_id="reveal_identifiers",
        summary="Show who a patient is; the trail keeps to whom and what for",
    )
    def identifiers(who: Who, patient: str, body: RevealBody, site: SiteAsked = None) -> dict[str, Any]:
        actor = who.actor("reveal_identifiers", site)
        with service.store.write(actor) as unit:
            of_site(unit.session.get(Patient, patient), who.site(site), "patients", patient)
            found = reveal(unit, patient, body.purpose)
        # After the unit: what was not kept is not shown.
        told = [{"system": system, "value": value} for system, value in found]
        return {"patient": patient, "identifiers": told}
