"""Questions about a patient who is named instead of sent along."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from api.service.fhir.requirements import needed_types
from api.service.held import Asked
from api.service.once import Once
from api.service.records.gathering import Gathered
from api.service.service import Service
from api.store import Actor
from api.store.protocols import version

Told = dict[str, Any]
_LONGEST = 1000  # bytes of a body that names a patient


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    patient: str


def named_patient(body: bytes) -> str | None:
    """The id in `{"patient": ID}`; None for every other body.

    The id is in the body, since addresses are written down on their way.
    """
    if len(body) > _LONGEST:
        return None
    try:
        return msgspec.json.decode(body, type=_Named).patient
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def fetched(service: Service, site: str, patient: str, asked: Asked) -> tuple[Gathered, Asked]:
    """The record that the protocols need, and the question with what of it is whole. Raises UserError."""
    with service.store.read() as session:
        rows = [version(session, key) for key in asked.versions]
    types = {name for row in rows for name in needed_types(service.protocols.ready(row, {}).program)}
    gathered = service.records.fetch(site, patient, types)
    absent = tuple(gathered.absent)
    return gathered, replace(asked, complete=False, delivered=gathered.delivered, absent=absent)


def screen_named(
    service: Service, actor: Actor, site: str, patient: str, asked: Asked, once: Once | None = None
) -> Told:
    """Judge a patient of the configured FHIR server; what did not come is told as `record.absent`."""
    early = None if once is None else once.answered(service.store)
    if early is not None:
        return early
    gathered, asked = fetched(service, site, patient, asked)
    return service.screenings.screen(actor, site, gathered.data, asked, once)
