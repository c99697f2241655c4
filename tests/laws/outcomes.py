"""What the judge says of a case, patient by patient, in a form that laws can compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from eligibility.judging.judge import judge
from tests.oracle.tables import Case

# Outcome and causes of each criterion, and the verdict.
Said = tuple[tuple[tuple[int, int], ...], int]


def said(case: Case) -> dict[str, Said]:
    program, facts, membership, as_of = case.parts()
    judgement = judge(program, facts, membership, as_of)
    return {
        name: (
            tuple((int(f.outcome[at]), int(f.causes[at])) for f in judgement.findings),
            int(judgement.verdict[at]),
        )
        for at, name in enumerate(facts.patients)
    }


def contradictions(before: dict[str, Said], after: dict[str, Said]) -> list[tuple[str, int]]:
    """Criteria that went from met to not met or back: (patient, number of the criterion; -1 verdict)."""
    found = []
    for name, (findings, verdict) in before.items():
        later, final = after[name]
        pairs = [*enumerate(zip(findings, later, strict=True)), (-1, ((verdict, 0), (final, 0)))]
        found += [(name, at) for at, (one, two) in pairs if {one[0], two[0]} == {0, 2}]
    return found


def nodes(thing: Any) -> Iterator[Any]:
    """Every node of a program, the program first."""
    if is_dataclass(thing) and not isinstance(thing, type):
        yield thing
        for part in fields(thing):
            yield from nodes(getattr(thing, part.name))
    elif isinstance(thing, tuple):
        for part in thing:
            yield from nodes(part)
