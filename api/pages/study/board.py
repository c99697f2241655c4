"""The board as a page shows it: where every candidate stands, who waits too long, what may come next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.service.studies.funnel import stalls
from api.service.studies.handing_over import KIND
from api.service.studies.moving import USUAL_NEXT, next_steps
from api.service.studies.ways import Way
from api.store.candidates import OUT, STEPS
from api.store.plans import Plan
from api.store.tables import Job

# Of one step so many are shown at once; the rest is a filter away.
SHOWN = 60
ORDER = (*STEPS, OUT)
# What a job's state means for whoever waits for the news to arrive.
_NEWS = {"queued": "being sent", "running": "being sent", "done": "received", "failed": "not received"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the board; "" leaves a thing open."""

    step: str = ""
    site: str = ""
    channel: str = ""
    stalled: bool = False

    def takes(self, way: Way) -> bool:
        return self.site in ("", way.site) and self.channel in ("", way.channel)


@dataclass(frozen=True, slots=True)
class Card:
    """A candidate. `target`: how long they may stand here; `late`: they have stood longer."""

    way: Way
    waited: timedelta
    target: timedelta | None
    late: bool
    usual: str
    possible: tuple[str, ...]
    news: str


@dataclass(frozen=True, slots=True)
class Column:
    """A step with those who stand at it, the longest waiting first; `more` are not shown."""

    step: str
    count: int
    late: int
    target: int | None
    cards: tuple[Card, ...]
    more: int


def columns(session: Session, ways: Sequence[Way], plan: Plan, wanted: Wanted, now: datetime) -> list[Column]:
    """All steps in their order; cards only of those that the filters leave."""
    taken = [way for way in ways if wanted.takes(way)]
    late = {one.way.patient_key for one in stalls(taken, plan.target_days, now)}
    count = Counter(way.last.step for way in taken)
    counted_late = Counter(way.last.step for way in taken if way.patient_key in late)
    told = []
    for step in ORDER:
        here = [
            way
            for way in taken
            if way.last.step == step
            and wanted.step in ("", step)
            and (not wanted.stalled or way.patient_key in late)
        ]
        shown = here if wanted.step else here[:SHOWN]
        news = _news(session, shown)
        cards = tuple(_card(way, plan, late, news, now) for way in shown)
        told.append(
            Column(
                step,
                count[step],
                counted_late[step],
                plan.target_days.get(step),
                cards,
                len(here) - len(shown),
            )
        )
    return told


def _card(way: Way, plan: Plan, late: set[str], news: dict[str, str], now: datetime) -> Card:
    days = plan.target_days.get(way.last.step)
    return Card(
        way,
        now - way.last.happened_at,
        None if days is None else timedelta(days=days),
        way.patient_key in late,
        USUAL_NEXT.get(way.last.step, ""),
        next_steps(way.last.step),
        news.get(way.last.key, ""),
    )


def _news(session: Session, ways: Sequence[Way]) -> dict[str, str]:
    """How far the announcement of a hand-over is, by the key of its step."""
    steps = {way.last.key for way in ways if way.last.step == "referred"}
    if not steps:
        return {}
    jobs = session.scalars(select(Job).where(Job.kind == KIND))
    return {str(job.order["step"]): _NEWS[job.state] for job in jobs if job.order.get("step") in steps}
