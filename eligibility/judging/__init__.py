"""Judging: programs over facts, for all patients at once, in arrays of bounded truth."""

from eligibility.judging.judge import Finding, Judgement, ParameterError, judge
from eligibility.judging.verdicts import FAIL, PASS, REVIEW, has_verdict, is_shared, takes_part

__all__ = [
    "FAIL",
    "PASS",
    "REVIEW",
    "Finding",
    "Judgement",
    "ParameterError",
    "has_verdict",
    "is_shared",
    "judge",
    "takes_part",
]
