"""Questions that only a person can answer, and how an answer among the facts is known to belong to one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from eligibility.program.nodes import Node, hashed_once
from eligibility.program.rows import Range, Window


class AnswerType(StrEnum):
    YES_NO = "yes or no"
    DATE = "a date"
    NUMBER = "a number"
    CHOICE = "one of"


def question_key(protocol: str, criterion: str, question: str) -> str:
    """The word by which an answer names its question: the same as long as these three stay."""
    told = "\n".join((protocol, criterion, " ".join(question.split())))
    return f"q-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


@hashed_once
@dataclass(frozen=True, slots=True)
class Ask(Node):
    """A question only a person can answer: unknown (`PATIENT_INPUT_NEEDED`) until a fact answers it.

    Answers are facts of kind ANSWER whose `question` is `key`. Those that lie in `since` count (none does,
    but one is older: `DATA_STALE`), the newest of them by day. An answer whose status or date leaves open
    whether it counts, or which is the newest, has to agree with the others; two of one day that do not are
    a `SOURCE_CONFLICT`. An answer that cannot be read as this type ("unsure") decides nothing, and neither
    does a number or date that is known too roughly. No policy speaks for answers. A damaged record
    could hold another answer, so with one nothing is known.
    """

    question: str
    responder: str  # clinician, screener, patient
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
    key: str = ""  # see question_key; "": no fact can answer it
    type: AnswerType = AnswerType.YES_NO
    expected: Range | Window | tuple[str, ...] = ("yes",)  # of a number, of a date, of words
    negated: bool = False  # words other than the expected ones
    options: tuple[str, ...] = ()  # of a choice
    since: Window | None = None  # when it has to be answered; both windows are counted from fixed days
