"""A case as its page shows it: what was stored when it was judged, and what was chosen since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.cases.excerpts import Excerpt, excerpts
from api.pages.charts.course import Course, course
from api.pages.charts.spans import Spans, spans
from api.service.fhir.settled import settled
from api.service.fhir.tasks import is_held
from api.store.double_review import is_blind, peers_of, questions_of
from api.store.plans import plan_of
from api.store.results import findings_of
from api.store.signing import decisions_of, drafts_of
from api.store.tables import (
    Decision,
    Draft,
    ProtocolVersion,
    Run,
    Signature,
    StoredFinding,
    StoredVerdict,
    Task,
    Void,
)
from api.store.tasks import criteria_of
from eligibility.program import Program

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One statement that left a criterion open, with its charts and the words of notes."""

    told: Told
    courses: tuple[Course, ...]
    spans: Spans | None
    notes: tuple[Excerpt, ...]

    @property
    def facts(self) -> list[Told]:
        """All records of it: those of the person first, then by term, the newest first."""
        return [
            *self.told["others"],
            *(fact for term in self.told["terms"] for fact in reversed(term["facts"])),
        ]

    @property
    def undrawn(self) -> list[Told]:
        """Decisive records that no chart can show and no note says, as results without a unit."""
        drawn = [point.fact for chart in self.courses for point in chart.points]
        drawn += [bar.fact for bar in self.spans.bars] if self.spans is not None else []
        drawn += [fact for excerpt in self.notes for fact in excerpt.facts]
        seen = {id(fact) for fact in drawn}
        return [fact for fact in self.facts if fact["decided"] and id(fact) not in seen]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of the case. `asked`: the task asks about it; `chosen`: by this reviewer, unsigned."""

    finding: StoredFinding
    label: str
    source: tuple[str, ...]
    asked: bool
    exhibits: tuple[Exhibit, ...] = ()
    chosen: Draft | None = None
    decided: Decision | None = None
    peers: tuple[Decision, ...] = ()  # what the two reviewers said, for the third who settles it
    wondered: tuple[Decision, ...] = ()  # what reviewers could not tell, for the screener who finds out

    @property
    def terms(self) -> list[str]:
        """What the protocol calls the things that are asked about."""
        return [str(term["term"]) for one in self.exhibits for term in one.told["terms"]]

    @property
    def outcome(self) -> str:
        """How it stands with what was chosen or signed."""
        found = self.decided or self.chosen
        return self.finding.outcome if found is None else found.outcome


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that the page of a case shows."""

    task: Task
    version: ProtocolVersion
    title: str
    run: Run
    verdict: StoredVerdict
    criteria: tuple[Criterion, ...]
    outcome: str  # of the case, with what was chosen
    mine: bool
    held: bool
    signature: Signature | None = None
    void: Void | None = None
    differences: tuple[Told, ...] = ()
    newer: Task | None = None
    engine_hidden: bool = False  # the study has its reviewers decide without what the engine says

    @property
    def asked(self) -> list[Criterion]:
        return [one for one in self.criteria if one.asked]

    @property
    def left(self) -> list[Criterion]:
        """What is still to be decided."""
        return [one for one in self.asked if one.chosen is None]

    @property
    def person(self) -> str:
        """Sex and birth date, where a criterion that is about them was judged by them; else ""."""
        told = [fact for one in self.criteria for fact in one.finding.evidence]
        told += [fact for one in self.criteria for exhibit in one.exhibits for fact in exhibit.told["others"]]
        return next((str(fact["what"]) for fact in told if fact["kind"] == "demographic"), "")

    @property
    def untold(self) -> bool:
        """Whether something that was signed could not be told."""
        return any(one.decided is not None and one.decided.outcome == "cannot tell" for one in self.criteria)

    @property
    def open(self) -> bool:
        return self.task.state == "open"


def case_view(
    session: Session, task: Task, program: Program, reviewer: str, now: datetime, may_review: bool
) -> CaseView:
    """A task's case as one person sees it. Others' choices are not shown to them."""
    verdict = session.get_one(StoredVerdict, task.verdict_key)
    run = session.get_one(Run, verdict.run_key)
    # The end of the day on the wall clock of its zone, as all that is drawn.
    as_of = datetime.fromisoformat(run.as_of[:10]) + timedelta(days=1, milliseconds=-1)
    findings = findings_of(session, verdict.key)
    asked = criteria_of(session, task.key)
    drafts = {one.criterion: one for one in drafts_of(session, task.key) if one.reviewer == reviewer}
    signature = session.scalar(select(Signature).where(Signature.task_key == task.key))
    # Of two reviewers none sees what the other one decided before both have signed.
    is_shown = signature is not None and (signature.reviewer == reviewer or not is_blind(session, task))
    signed = decisions_of(session, signature.key) if signature is not None and is_shown else []
    decisions = {one.criterion: one for one in signed}
    peers = peers_of(session, task)
    wondered = questions_of(session, task, may_review)
    sources = {one.id: (one.label, one.source) for one in program.criteria}
    criteria = tuple(
        Criterion(
            finding=one,
            label=sources.get(one.criterion, ("", ()))[0] or str(one.details.get("label") or one.criterion),
            source=tuple(sources.get(one.criterion, ("", ()))[1]),
            asked=one.criterion in asked,
            exhibits=tuple(exhibit(told, as_of) for told in one.details.get("shown", ())),
            chosen=drafts.get(one.criterion),
            decided=decisions.get(one.criterion),
            peers=tuple(d for review in peers for d in review if d.criterion == one.criterion),
            wondered=tuple(d for d in wondered if d.criterion == one.criterion),
        )
        for one in findings
    )
    chosen = {one.finding.criterion: one.outcome for one in criteria if one.asked}
    void = None if signature is None else session.get(Void, signature.key)
    newer = _newer(session, task) if task.state == "void" else None
    return CaseView(
        task=task,
        version=session.get_one(ProtocolVersion, task.version_key),
        title=program.title,
        run=run,
        verdict=verdict,
        criteria=criteria,
        outcome=settled(findings, chosen, str(verdict.details.get("deceased", "unknown"))),
        mine=is_held(task, now) and task.holder == reviewer,
        held=is_held(task, now),
        signature=signature,
        void=void,
        differences=() if task.kind != "review" else tuple(_differences(session, task, findings)),
        newer=newer,
        engine_hidden=_is_hidden(session, task, program.id),
    )


def _is_hidden(session: Session, task: Task, protocol_id: str) -> bool:
    """Whether what the engine says is kept from whoever decides; the third one may see all."""
    return task.state == "open" and task.kind == "review" and plan_of(session, protocol_id).engine_hidden


def exhibit(told: Told, as_of: datetime) -> Exhibit:
    """What was kept of one statement, with its charts and excerpts."""
    drawn = [course(term, as_of) for term in told["terms"]]
    facts = [fact for term in told["terms"] for fact in term["facts"]] + list(told["others"])
    return Exhibit(
        told,
        tuple(one for one in drawn if one is not None),
        spans(told["terms"], as_of),
        tuple(excerpts([fact for fact in facts if fact.get("quote") and fact["decided"]])),
    )


def _case_of(task: Task) -> Any:
    """Tasks of the same patient under any version of the same protocol."""
    protocol = select(ProtocolVersion.protocol_id).where(ProtocolVersion.key == task.version_key)
    versions = select(ProtocolVersion.key).where(ProtocolVersion.protocol_id == protocol.scalar_subquery())
    return select(Task).where(
        Task.patient_key == task.patient_key, Task.version_key.in_(versions), Task.kind == task.kind
    )


def _newer(session: Session, task: Task) -> Task | None:
    """What took the place of a task that is void."""
    query = _case_of(task).where(Task.added_at >= task.added_at, Task.key != task.key, Task.state != "void")
    return session.scalars(query.order_by(Task.added_at.desc(), Task.key).limit(1)).first()


def _differences(session: Session, task: Task, findings: list[StoredFinding]) -> list[Told]:
    """What is otherwise than in the case that this one took the place of, criterion by criterion."""
    before = session.scalars(
        _case_of(task)
        .where(Task.added_at <= task.added_at, Task.key != task.key, Task.state == "void")
        .order_by(Task.added_at.desc(), Task.key)
        .limit(1)
    ).first()
    if before is None:
        return []
    old = {one.criterion: one for one in findings_of(session, before.verdict_key)}
    signed = session.scalar(select(Signature).where(Signature.task_key == before.key))
    decided = {} if signed is None else {one.criterion: one for one in decisions_of(session, signed.key)}
    found: list[Told] = []
    for one in findings:
        was = old.get(one.criterion)
        gone, come = _moved(was, one)
        if was is None or gone or come or (was.outcome, was.reason) != (one.outcome, one.reason):
            found.append(
                {"now": one, "was": was, "decided": decided.get(one.criterion), "gone": gone, "come": come}
            )
    return found


def _moved(was: StoredFinding | None, now: StoredFinding) -> tuple[list[Told], list[Told]]:
    """Facts that were shown before and no longer are, and those that are now."""
    before, after = ({} if one is None else _facts(one) for one in (was, now))
    return (
        [fact for key, fact in before.items() if key not in after],
        [fact for key, fact in after.items() if key not in before],
    )


def _facts(finding: StoredFinding) -> dict[tuple[str, ...], Told]:
    """The facts of a finding, those that decided and those shown beside them, each once."""
    shown = finding.details.get("shown", ())
    listed = [
        *finding.evidence,
        *(fact for told in shown for fact in told["others"]),
        *(fact for told in shown for term in told["terms"] for fact in term["facts"]),
    ]
    names = ("resource", "path", "what", "when", "value", "status")
    return {tuple(str(fact.get(name) or "") for name in names): fact for fact in listed}
