"""What was judged of one patient, kept in the store: for each protocol a run with verdict and findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from api.service.held import Record
from api.service.judging.cases import Judged, Result, Told
from api.store import Writing
from api.store.results import NewFinding, NewVerdict, newest_verdict, store_portion
from api.store.runs import NewRun, begin_run, move_run
from api.store.voiding import void_overtaken


def keep(unit: Writing, record: Record, judged: Judged, answers: Sequence[str]) -> list[str]:
    """Store the results of a record, judged with these answers (their keys); the key of each run."""
    return [
        _keep_one(unit, record, version, result, answers)
        for version, result in zip(record.asked.versions, judged.results, strict=True)
    ]


def _keep_one(unit: Writing, record: Record, version: str, result: Result, answers: Sequence[str]) -> str:
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
    kept = begin_run(unit, new, state="running")
    store_portion(unit, kept.key, 0, [_verdict(record.patient_key, result)])
    verdict = newest_verdict(unit.session, record.patient_key, version)
    if verdict is not None:
        void_overtaken(unit, verdict.key)
    counts: Told = {"patients": 1, "verdict": result.content["verdict"]}
    move_run(unit, kept.key, "marked" if result.marked else "complete", counts)
    return kept.key


def _verdict(patient_key: str, result: Result) -> NewVerdict:
    content = result.content
    return NewVerdict(
        patient_key=patient_key,
        verdict=content["verdict"],
        facts_sha256=result.facts_sha256,
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
            for name in ("label", "reasons", "settled_by", "priority", "route", "cohorts")
        },
        evidence=[one for node in criterion["statements"] for one in _evidence(node)],
    )


def _evidence(node: Told) -> Iterable[Told]:
    yield from node.get("evidence", ())
    for part in node.get("parts", ()):
        yield from _evidence(part)
