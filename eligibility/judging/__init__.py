"""Judging: programs over facts, for all patients at once, in arrays of bounded truth."""

from eligibility.judging.judge import (
    FAIL,
    PASS,
    REVIEW,
    Finding,
    Judgement,
    ParameterError,
    has_verdict,
    judge,
    takes_part,
)

__all__ = [
    "FAIL",
    "PASS",
    "REVIEW",
    "Finding",
    "Judgement",
    "ParameterError",
    "has_verdict",
    "judge",
    "takes_part",
]
