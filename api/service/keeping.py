"""What was judged of a patient, kept in the store: verdict, findings, and a review where one is needed.

The same of a patient who is asked about alone and of one among a million.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.service.held import Record
from api.service.judging.cases import Judged, Result, Told
from api.store import Writing
from api.store.plans import plan_of
from api.store.results import NewFinding, NewVerdict, store_portion
from api.store.reviewing import renew_reviews
from api.store.runs import NewRun, begin_run, move_run
from api.store.tables import ProtocolVersion


@dataclass(frozen=True, slots=True)
class Kept:
    """Keys of a run, and of the review that was opened, if one was."""

    run: str
    task: str | None


def keep(unit: Writing, record: Record, judged: Judged, answers: Sequence[str]) -> list[Kept]:
    """Store the results of a record, judged with these answers (their keys), for each protocol."""
    return [
        _keep_one(unit, record, version, result, answers)
        for version, result in zip(record.asked.versions, judged.results, strict=True)
    ]


def _keep_one(unit: Writing, record: Record, version: str, result: Result, answers: Sequence[str]) -> Kept:
    asked = record.asked
    source: Told = {
        "sha256": record.sha256,
        "bytes": len(record.data),
        "answers": list(answers),
        "complete": asked.complete,
        **({} if asked.delivered is None else {"delivered": sorted(asked.delivered)}),
    }
    new = NewRun(
        version_key=version,
        site=record.site,
        as_of=asked.as_of.isoformat(),
        zone=asked.zone,
        inputs=[source],
        parameters=dict(result.parameters),
    )
    run = begin_run(unit, new, state="running")
    plan = plan_of(unit.session, unit.session.get_one(ProtocolVersion, version).protocol_id)
    content = result.content if plan.asks_all(record.patient_key) else _of_open_ones(result.content)
    verdict = new_verdict(record.patient_key, content, result.facts_sha256)
    store_portion(unit, run.key, 0, [verdict])
    tasks = renew_reviews(unit, run.key, {record.patient_key: result.to_review})
    counts: Told = {"patients": 1, "verdict": result.content["verdict"]}
    move_run(unit, run.key, "marked" if result.marked else "complete", counts)
    return Kept(run.key, tasks.get(record.patient_key))


def _of_open_ones(content: Told) -> Told:
    """The same where only what is open is reviewed: as in a run, nothing is kept to be shown of the rest."""
    return {
        **content,
        "criteria": [
            one if one["outcome"] == "unknown" else {name: one[name] for name in one if name != "shown"}
            for one in content["criteria"]
        ],
    }


def new_verdict(patient_key: str, content: Told, facts_sha256: str) -> NewVerdict:
    """A patient as `explain` told them in `content`, under the pseudonym."""
    return NewVerdict(
        patient_key=patient_key,
        verdict=content["verdict"],
        facts_sha256=facts_sha256,
        details={"deceased": content["deceased"], "cohorts": content["cohorts"]},
        findings=[_finding(criterion) for criterion in content["criteria"]],
    )


def _finding(criterion: Told) -> NewFinding:
    return NewFinding(
        criterion=criterion["id"],
        polarity=criterion["polarity"],
        stage=criterion["stage"],
        outcome=criterion["outcome"],
        reason=criterion["reason"],
        details={
            name: criterion[name]
            for name in ("label", "reasons", "settled_by", "priority", "route", "cohorts", "shown")
            if name in criterion
        },
        evidence=[one for node in criterion["statements"] for one in _evidence(node)],
    )


def _evidence(node: Told) -> Iterable[Told]:
    yield from node.get("evidence", ())
    for part in node.get("parts", ()):
        yield from _evidence(part)
