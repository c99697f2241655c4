"""The cases that wait for a clinician: found by filters, those who almost fit first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session as Reading

from api.errors import UserError
from api.pages.asking import Session
from api.pages.cases import words
from api.pages.environment import ROOT
from api.pages.sessions import PageSession
from api.pages.showing import Pages
from api.service.fhir.tasks import is_held
from api.service.service import Service
from api.store.counting import Bins, bins, site_names
from api.store.plans import plans_of
from api.store.queues import Filter, queue
from api.store.tables import Protocol, ProtocolVersion, Task
from api.store.tasks import criteria_of_many

_PAGE = 50
# Ages of tasks that can be asked for, in days, and their words.
AGES = {"1": "more than a day", "3": "more than 3 days", "7": "more than a week", "30": "more than 30 days"}
KINDS = {"review": "Reviews", "question": "Questions for the screener", "adjudication": "Second opinions"}
# Whose cases; a colleague's name comes after a sign, since somebody may be called "nobody".
_ME, _NOBODY, _NAMED = "me", "nobody", "="
_VERSIONS = select(ProtocolVersion.key, ProtocolVersion.protocol_id)

Chosen = Annotated[str, Query(max_length=200)]


def add(app: FastAPI, service: Service, pages: Pages) -> None:
    @app.get(ROOT, operation_id="page_queue", include_in_schema=False)
    def show_queue(
        session: Session,
        protocol: Chosen = "",
        criterion: Chosen = "",
        reason: Chosen = "",
        age: Chosen = "",
        site: Chosen = "",
        whose: Chosen = "",
        kind: Chosen = "",
        free: Chosen = "",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    ) -> Response:
        now, me = service.store.clock(), session.principal.subject
        chosen = {
            name: value
            for name, value in {
                "protocol": protocol, "criterion": criterion, "reason": reason, "age": age,
                "site": site, "whose": whose, "kind": kind, "free": free,
            }.items()
            if value
        }  # fmt: skip
        wanted = _filter(session, chosen, now)
        with service.store.read() as read:
            plans = plans_of(read)
            # A second review of a case is offered to others; where no study asks for two there is none.
            if any(plan.reviewers > 1 for plan in plans.values()):
                wanted = replace(wanted, reviewer=me)
            hidden = frozenset(one for one, plan in plans.items() if plan.engine_hidden)
            if wanted.kind == "review":
                wanted = replace(wanted, untold=hidden)
            rows = queue(read, wanted, _PAGE + 1, (page - 1) * _PAGE)
            counted = bins(read, wanted, everywhere=session.principal.sites)
            shown = counted.versions | {one.version_key for one in rows}
            labels = {key: _labels(service, read, key) for key in shown}
            asked = _asked(read, rows[:_PAGE], labels)
            titles = {one.id: one.title for one in read.scalars(select(Protocol))}
            versions = {one.key: one.protocol_id for one in read.execute(_VERSIONS)}
            names = site_names(read)
        held = {one.key for one in rows if is_held(one, now)}
        free_to_me = (one for one in rows if one.key not in held or one.holder == me)
        facets = _facets(chosen, counted, titles, names, session, _named(counted, labels))
        link = f"{ROOT}?{urlencode(chosen)}&" if chosen else f"{ROOT}?"
        return pages.page(
            "queue.html",
            session,
            here="queue",
            tasks=rows[:_PAGE],
            asked=asked,
            titles=titles,
            versions=versions,
            engine_hidden=hidden,
            sites=names,
            facets=facets,
            chosen=chosen,
            total=counted.total,
            number=page,
            first=(page - 1) * _PAGE + 1,
            before=f"{link}page={page - 1}" if page > 1 else "",
            after=f"{link}page={page + 1}" if len(rows) > _PAGE else "",
            held=held,
            start=next((one for one in free_to_me if one.assignee in (None, me)), None),
            words=words,
            now=now,
        )


def _asked(
    read: Reading, tasks: list[Task], labels: Mapping[str, Mapping[str, str]]
) -> dict[str, list[tuple[str, str, str]]]:
    """Criterion, label and reason of what each task asks about, in the protocol's order.

    Labels are the protocol's own: findings have them, too, but with all that is shown beside a criterion.
    """
    criteria = criteria_of_many(read, [task.key for task in tasks])
    found = {}
    for task in tasks:
        of_version, reasons = labels[task.version_key], criteria[task.key]
        known = [one for one in of_version if one in reasons]
        order = [*known, *(one for one in reasons if one not in of_version)]
        found[task.key] = [(one, of_version.get(one, ""), reasons[one]) for one in order]
    return found


def _named(counted: Bins, labels: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Criteria with their labels; what is another thing in each of several studies has all of these."""
    of_all = [labels[key] for key in sorted(counted.versions)]
    told = {one: dict.fromkeys(of[one] for of in of_all if of.get(one)) for one in counted.criteria}
    return {one: " ".join([one, " / ".join(found)]).rstrip() for one, found in told.items()}


def _labels(service: Service, read: Reading, version: str) -> dict[str, str]:
    """Labels of a version's criteria in their order; of one that no longer compiles none."""
    try:
        program = service.protocols.program(read.get_one(ProtocolVersion, version))
    except UserError:
        return {}
    return {one.id: one.label for one in program.criteria}


def _filter(session: PageSession, chosen: dict[str, str], now: datetime) -> Filter:
    sites = session.principal.sites
    if "site" in chosen:
        sites &= {chosen["site"]}
    days = chosen.get("age", "")
    whose = chosen.get("whose")
    named = {_ME: session.principal.subject, _NOBODY: ""}
    return Filter(
        sites=sites,
        protocol_id=chosen.get("protocol"),
        criterion=chosen.get("criterion"),
        reason=chosen.get("reason"),
        kind=chosen["kind"] if chosen.get("kind") in KINDS else "review",
        assignee=None if whose is None else named[whose] if whose in named else whose.removeprefix(_NAMED),
        held=False if "free" in chosen else None,
        now=now,
        added_before=now - timedelta(days=int(days)) if days in AGES else None,
    )


def _facets(
    chosen: dict[str, str],
    counted: Bins,
    titles: dict[str, str],
    sites: dict[str, str],
    session: PageSession,
    criteria: dict[str, str],
) -> list[dict[str, Any]]:
    """The choices of the filters: name, label, and value, words and count of each choice."""

    def facet(name: str, label: str, options: list[tuple[str, str, int | None]]) -> dict[str, Any]:
        return {"name": name, "label": label, "options": options, "chosen": chosen.get(name, "")}

    me = session.principal.subject
    others = [(_NAMED + name, name, n) for name, n in counted.assignees.items() if name not in ("", me)]
    told = [
        facet("protocol", "Study", [(k, titles.get(k) or k, n) for k, n in counted.protocols.items()]),
        facet("criterion", "Criterion", [(k, criteria[k], n) for k, n in counted.criteria.items()]),
        facet("reason", "Why open", [(k, words.why(k), n) for k, n in counted.reasons.items()]),
        facet("age", "Waiting", [(k, text, None) for k, text in AGES.items()]),
        facet(
            "whose",
            "Assigned to",
            [
                (_ME, "me", counted.assignees.get(me, 0)),
                (_NOBODY, "nobody", counted.assignees.get("", 0)),
                *others,
            ],
        ),
        facet("kind", "Kind", [(k, text, None) for k, text in KINDS.items() if k != "review"]),
    ]
    if len(session.principal.sites) > 1:
        told.append(facet("site", "Site", [(k, sites.get(k, k), n) for k, n in counted.sites.items()]))
    return told
