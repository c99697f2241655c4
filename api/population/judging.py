"""One partition of a store judged by protocols: its facts are read once for all that heed no notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pyarrow as pa

from api.findings import findings_table, verdicts_table
from api.limits import limits_table
from api.loading import Question
from api.people import people_table
from api.population.families import families_of
from api.population.questions import Asked, question_of, reader_of
from api.screening import Run, run, run_together, summary
from eligibility.facts import Facts
from eligibility.factstore import needs_of
from eligibility.notes import NoteReader
from fhir_adapters import Extract
from fhir_adapters.storing import Store


@dataclass(frozen=True, slots=True)
class Judged:
    """What a protocol made of a partition."""

    tables: dict[str, pa.Table]  # by the name of the file
    counts: dict[str, Any]
    notes: dict[str, Any] | None  # what became of its notes, where they were read
    lines: dict[str, int]  # of what was read of it, where notes were read
    ignored_types: dict[str, int]
    systems: dict[str, list[str]]  # that occur in it, by kind


def runs_of(store: Store, partition: int, asked: Sequence[Asked]) -> list[Run]:
    """A run of each question over one partition."""
    return runs_of_questions(store, partition, [(question_of(one), reader_of(one)) for one in asked])


def runs_of_questions(
    store: Store, partition: int, asked: Sequence[tuple[Question, NoteReader | None]]
) -> list[Run]:
    """A run of each question, with its reader of notes, over one partition."""
    found: dict[int, Run] = {}
    silent = [number for number, (_, reader) in enumerate(asked) if reader is None]
    if silent:
        opened = store.opened(partition)
        questions = [asked[number][0] for number in silent]
        nothing = opened.facts(store.manifest(), {})  # its vocabulary is all of the partition's
        families = [(one.places, one.binding.over(nothing.concepts)) for one in families_of(questions)]
        needs = needs_of(
            [(questions[place].program, bound) for places, bound in families for place in places]
        )
        extract = _extract(store, opened.facts(store.manifest(), needs))
        for places, bound in families:
            runs = run_together([questions[place] for place in places], extract, bound)
            found |= {silent[place]: one for place, one in zip(places, runs, strict=True)}
    for number, (question, reader) in enumerate(asked):
        if number in found:
            continue
        read = store.read(partition, reader).extract
        # Kinds of which notes speak and nobody else decide nothing. Lines are counted as they were read now:
        # contents of notes are of use.
        own, manifest = read.facts.manifest, store.manifest(notes_read=True)
        told = replace(
            manifest,
            systems={**own.systems, **manifest.systems},
            lines=own.lines,
            ignored_types=own.ignored_types,
        )
        facts = replace(read.facts, manifest=told)
        extract = replace(_extract(store, facts), note_account=read.note_account, texts=read.texts)
        found[number] = run(question, extract)
    return [found[number] for number in range(len(asked))]


def _extract(store: Store, facts: Facts) -> Extract:
    told = store.content.manifest
    return Extract(
        facts=facts,
        rejects=[],  # they are the store's
        files=store.files(),
        patients_without_record=told["patients_without_record"],
        unresolved_medications=told["unresolved_medications"],
        not_asked_for=0,
        notes=told["notes"],
    )


def judged(one: Run, all_evidence: bool, keep_limits: bool) -> Judged:
    """The tables of a run over a partition."""
    account = one.extract.note_account
    tables = {
        "verdicts": verdicts_table(one.facts, one.judgement),
        "findings": findings_table(one.program, one.facts, one.judgement, one.context, all_evidence),
        "people": people_table(one.facts, one.context),
    }
    if keep_limits:
        tables["limits"] = limits_table(one.facts, one.judgement, one.context)
    return Judged(
        tables,
        summary(one),
        None if account is None else asdict(account),
        asdict(one.facts.manifest.lines),
        dict(one.facts.manifest.ignored_types),
        {kind: sorted(held) for kind, held in one.facts.manifest.systems.items()},
    )


def added(one: Any, other: Any) -> Any:
    """Counts of two partitions together; what is no number is the same in both."""
    if isinstance(one, dict):
        return {
            name: added(one[name], other[name])
            if name in one and name in other
            else one.get(name, other.get(name))
            for name in dict.fromkeys((*one, *other))
        }
    if isinstance(one, list):
        return [added(a, b) for a, b in zip(one, other, strict=True)]
    return one + other if isinstance(one, int) else one


def in_order(counts: dict[str, Any]) -> dict[str, Any]:
    """Counts with the commonest reasons first, as `summary` tells them."""
    for criterion in counts["criteria"]:
        reasons = criterion["reasons"].items()
        criterion["reasons"] = dict(sorted(reasons, key=lambda item: (-item[1], item[0])))
    return counts
