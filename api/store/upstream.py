"""Figures from before the engine: what others counted, kept with whose figures they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.database import Writing
from api.store.errors import NotStoredError, StoreError
from api.store.keys import new_key
from api.store.tables import Protocol, Site, UpstreamFigure

MEASURES = ("impressions", "clicks", "inquiries", "forms completed")
_MOST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class NewFigure:
    """A count of a measure from one day to another, both included. `site`: None for no single one."""

    measure: str
    count: int
    first_day: date
    last_day: date
    channel: str
    site: str | None
    source: str


def import_figures(
    unit: Writing, protocol_id: str, figures: Sequence[NewFigure], file_sha256: str
) -> list[UpstreamFigure]:
    """Keep figures of one file. A newer one for the same days, measure, channel and site takes the place."""
    if unit.session.get(Protocol, protocol_id) is None:
        raise NotStoredError("protocols", protocol_id)
    return [_keep(unit, protocol_id, one, file_sha256) for one in figures]


def _keep(unit: Writing, protocol_id: str, figure: NewFigure, file_sha256: str) -> UpstreamFigure:
    if figure.measure not in MEASURES:
        raise StoreError("MEASURE_UNKNOWN", "upstream_figures", f"expected one of {', '.join(MEASURES)}")
    if not 0 <= figure.count <= _MOST or figure.last_day < figure.first_day or not figure.source.strip():
        message = "a count from 0, days in their order, and whose figure it is"
        raise StoreError("FIGURE_INVALID", "upstream_figures", message)
    if figure.site is not None and unit.session.get(Site, figure.site) is None:
        raise StoreError("SITE_UNKNOWN", "upstream_figures", "there is no such site")
    row = UpstreamFigure(
        key=new_key(),
        protocol_id=protocol_id,
        site_id=figure.site,
        channel=figure.channel,
        measure=figure.measure,
        first_day=figure.first_day.isoformat(),
        last_day=figure.last_day.isoformat(),
        count=figure.count,
        source=figure.source.strip(),
        file_sha256=file_sha256,
        imported_by=unit.actor.name,
        imported_at=unit.now,
    )
    told: dict[str, object] = {"protocol": protocol_id, "measure": figure.measure, "file": file_sha256}
    unit.keep(row, "figure.imported", told, figure.site)
    return row


def figures_of(
    session: Session, protocol_id: str, sites: frozenset[str] | None = None
) -> list[UpstreamFigure]:
    """The figures that hold, by measure and day: of several for the same, the one imported last.

    Of some sites only where sites are named; those of no single site are everybody's.
    """
    rows = session.scalars(
        select(UpstreamFigure)
        .where(UpstreamFigure.protocol_id == protocol_id)
        .order_by(UpstreamFigure.imported_at, UpstreamFigure.key)
    )
    newest = {(one.measure, one.channel, one.site_id, one.first_day, one.last_day): one for one in rows}
    return sorted(
        (one for one in newest.values() if sites is None or one.site_id is None or one.site_id in sites),
        key=lambda one: (MEASURES.index(one.measure), one.first_day, one.channel, one.key),
    )
