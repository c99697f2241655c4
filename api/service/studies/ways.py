"""The ways of a study's candidates, as the store keeps them: who came how far, when, by which channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.candidates import OUT, STEPS
from api.store.tables import Patient, StatusStep

NO_CHANNEL = "not said"
_PLACES = {step: place for place, step in enumerate(STEPS)}


class Step(NamedTuple):
    """One step as the store has it; a study may have tens of thousands of them."""

    key: str
    number: int
    step: str
    reason: str | None
    details: Mapping[str, Any]
    happened_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Way:
    """One candidate's steps since they were last pre-screened, oldest first; there is at least one.

    `earlier` are steps of before, where they were out and came back.
    """

    patient_key: str
    site: str
    steps: tuple[Step, ...]
    earlier: tuple[Step, ...] = ()

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def is_out(self) -> bool:
        return self.last.step == OUT

    @cached_property
    def furthest(self) -> int:
        """The place in STEPS of the step that was reached last."""
        return max(_PLACES[one.step] for one in self.steps if one.step != OUT)

    @cached_property
    def channel(self) -> str:
        """Through which channel they came, as somebody noted it with a step."""
        said = [str(one.details["channel"]) for one in self.steps if one.details.get("channel")]
        return said[0] if said else NO_CHANNEL

    def at(self, step: str) -> datetime | None:
        """When a step was taken; None where it was not."""
        found = [one.happened_at for one in self.steps if one.step == step]
        return found[-1] if found else None


_COLUMNS = (
    StatusStep.key,
    StatusStep.number,
    StatusStep.step,
    StatusStep.reason,
    StatusStep.details,
    StatusStep.happened_at,
    StatusStep.recorded_by,
)


def ways_of(session: Session, protocol_id: str, sites: frozenset[str] | None = None) -> list[Way]:
    """Every candidate of a study, the longest waiting first; of some sites only where sites are named."""
    query = (
        select(StatusStep.patient_key, Patient.site_id, *_COLUMNS)
        .join(Patient, Patient.key == StatusStep.patient_key)
        .where(StatusStep.protocol_id == protocol_id)
        .order_by(StatusStep.patient_key, StatusStep.number)
    )
    if sites is not None:
        query = query.where(Patient.site_id.in_(sites))
    rows: dict[str, tuple[str, list[Step]]] = {}
    for patient_key, site, *step in session.execute(query):
        rows.setdefault(patient_key, (site, []))[1].append(Step._make(step))
    ways = [_way(key, site, steps) for key, (site, steps) in rows.items()]
    return sorted(ways, key=lambda way: (way.last.happened_at, way.patient_key))


def _way(patient_key: str, site: str, steps: Sequence[Step]) -> Way:
    begun = max(place for place, one in enumerate(steps) if one.step == STEPS[0])
    return Way(patient_key, site, tuple(steps[begun:]), tuple(steps[:begun]))
