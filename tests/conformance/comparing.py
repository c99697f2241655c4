"""Runs the published cases: which agree, which differ, which have no equal, and whether that is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tests.conformance.expressions import evaluate, said
from tests.conformance.points import NoEqualError
from tests.conformance.suites import Case, Exclusion


class Outcome(StrEnum):
    """What came of a case."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NO_EQUAL = "no equal"


@dataclass(frozen=True, slots=True)
class Compared:
    """A case, what came of it, and the exclusion that covers it."""

    case: Case
    outcome: Outcome
    excluded: Exclusion | None

    @property
    def surprising(self) -> bool:
        """An excluded case that agrees is as surprising as one that differs and is not excluded."""
        if self.excluded is None:
            return self.outcome is not Outcome.AGREES
        return self.outcome is not (Outcome.DIFFERS if self.excluded.differs else Outcome.NO_EQUAL)


def outcome(case: Case) -> Outcome:
    """What comes of one case."""
    try:
        answer = evaluate(case.expression)
    except NoEqualError:
        return Outcome.NO_EQUAL
    except ValueError:
        return Outcome.AGREES if case.expected is None else Outcome.DIFFERS
    if case.expected is None:
        return Outcome.DIFFERS
    return Outcome.AGREES if said(answer, case.expected) else Outcome.DIFFERS


def compare(cases: list[Case], excluded: list[Exclusion]) -> list[Compared]:
    """All cases, each with the first exclusion that covers it."""
    return [
        Compared(case, outcome(case), next((row for row in excluded if row.covers(case)), None))
        for case in cases
    ]
