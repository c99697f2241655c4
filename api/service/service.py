"""What all addresses share."""

from __future__ import annotations

from dataclasses import dataclass

from api.service.judging.pool import Judges
from api.service.metrics import Metrics
from api.service.protocols import Protocols
from api.service.records.fetching import Records
from api.service.runs.room import Runs
from api.service.screenings import Screenings
from api.service.settings import ServiceSettings
from api.store import Store


@dataclass(frozen=True, slots=True)
class Service:
    """The rooms behind the addresses."""

    store: Store
    settings: ServiceSettings
    judges: Judges
    protocols: Protocols
    screenings: Screenings
    metrics: Metrics
    runs: Runs
    records: Records
