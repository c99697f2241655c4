"""Handing a cleared candidate over: the step, and the news of it to whoever takes them on.

The news is queued in the same unit as the step, so that none is told that did not happen and none is lost. It
carries the pseudonym; who that is can be asked for by whoever has the right to.
"""

from __future__ import annotations

from datetime import date

from api.service.fhir.elements import fhir_id
from api.service.fhir.subjects import research_subject
from api.service.settings import ServiceSettings
from api.service.studies.moving import Move, move
from api.store import Writing
from api.store.candidates import way
from api.store.jobs import submit
from api.store.tables import StatusStep

KIND = "announce a candidate"


def hand_over(
    unit: Writing,
    settings: ServiceSettings,
    site: str,
    patient_key: str,
    protocol_id: str,
    seen: int,
    day: date,
) -> StatusStep:
    """Refer a candidate of a site; raises as `moving.move` does."""
    step = move(unit, site, Move(patient_key, protocol_id, seen, "referred", day))
    if settings.hand_off is not None:
        order: dict[str, object] = {
            "step": step.key,
            "message": {
                "type": "candidate.referred",
                "timestamp": unit.now.isoformat(),
                "data": {
                    "study": fhir_id(protocol_id),
                    "protocol": protocol_id,
                    "site": site,
                    "subject": research_subject(way(unit.session, patient_key, protocol_id)),
                },
            },
        }
        submit(unit, KIND, order, most_attempts=settings.hand_off_attempts)
    return step
