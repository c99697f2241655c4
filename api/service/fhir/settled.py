"""The verdict of a case after a clinician's decisions: they stand over what the engine found.

The rules are those of the engine's own verdict: every shared criterion and, where there are cohorts, one of
them; what a clinician cannot tell stays open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from api.store.tables import StoredFinding
from eligibility.reasons import Verdict

_LEVEL = {"not met": 0, "unknown": 1, "cannot tell": 1, "met": 2}
_WORDS = (Verdict.FAIL.value, Verdict.REVIEW.value, Verdict.PASS.value)


def settled(findings: Sequence[StoredFinding], decided: Mapping[str, str], deceased: str) -> str:
    """The verdict's word. `decided` has the outcome by criterion; `deceased` is true, false or unknown."""

    def least(chosen: Iterable[StoredFinding]) -> int:
        return min((_LEVEL[decided.get(one.criterion, one.outcome)] for one in chosen), default=2)

    counted = [one for one in findings if one.stage == "pre-screen" and one.polarity != "population"]
    shared = least(one for one in counted if one.polarity != "cohort" and not _cohorts(one))
    shared = {"true": 0, "unknown": min(shared, 1)}.get(deceased, shared)
    names = [one.criterion for one in findings if one.polarity == "cohort"]
    each = [least(one for one in counted if one.criterion == name or name in _cohorts(one)) for name in names]
    return _WORDS[min(shared, max(each)) if each else shared]


def _cohorts(finding: StoredFinding) -> Sequence[str]:
    found = finding.details.get("cohorts") or ()
    return tuple(found)
