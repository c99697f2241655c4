"""Why a criterion came out as it did: causes (bits, per leaf) and reason codes (per finding).

A cause is neutral: it says what was seen ("the value lies below the range"), in every truth state.
The reason code follows from the outcome, the polarity having been applied, and the causes that
decided it, by the fixed precedence written down here. The list of codes is closed; it may grow,
and a code is never reused for another meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag, StrEnum
from typing import Final


class Cause(IntFlag):
    """One bit each of a uint32 mask per patient."""

    EVIDENCE = 1 << 0  # a fact shows it
    ABSENCE_ASSUMED = 1 << 1  # nothing documented, and silence means no here
    OUT_OF_WINDOW = 1 << 2  # a fact is there, outside the window
    WASHOUT = 1 << 3  # a drug exposure inside the window
    VALUE_LOW = 1 << 4
    VALUE_HIGH = 1 << 5
    VALUE_DIFFERENT = 1 << 6  # a coded value other than the one asked for
    COUNT = 1 << 7  # how many there are; of what is unknown: enough, and too close together
    ASSUMED = 1 << 8  # it stands only by a policy's answer to a doubt, or by silence inside of a value
    DEMOGRAPHIC = 1 << 9
    NOT_APPLICABLE = 1 << 10
    RECORDED_TWICE = 1 << 11  # records that are counted may be of one event
    DATA_NOT_FOUND = 1 << 12
    DATA_STALE = 1 << 13
    DATA_CORRUPT = 1 << 14
    RECORD_TOO_THIN = 1 << 15
    SOURCE_NOT_DELIVERED = 1 << 16
    PARTIAL_DATE = 1 << 17
    VALUE_IMPRECISE = 1 << 18
    UNIT_UNRESOLVED = 1 << 19
    CODE_UNMAPPED = 1 << 20
    STATUS_UNCONFIRMED = 1 << 21
    NOTE_ONLY = 1 << 22
    NOTE_UNCERTAIN = 1 << 23
    SOURCE_CONFLICT = 1 << 24
    BORDERLINE = 1 << 25
    NOT_COMPUTABLE = 1 << 26
    PATIENT_INPUT_NEEDED = 1 << 27
    EVAL_LIMIT = 1 << 28
    TERMINOLOGY_UNAVAILABLE = 1 << 29
    NLP_TIMEOUT = 1 << 30
    DENIED = 1 << 31  # a note says that it is not so


class Outcome(IntEnum):
    """What a criterion came to, its polarity applied. The numbers are stored."""

    NOT_MET = 0
    UNKNOWN = 1
    MET = 2


class Verdict(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    REVIEW = "needs-clinician-review"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code with its meaning and what can be done about it."""

    code: str
    outcome: Outcome
    meaning: str
    remedy: str


REASONS: Final[tuple[Reason, ...]] = tuple(
    Reason(code, outcome, meaning, remedy)
    for code, outcome, meaning, remedy in (
        ("MET_EVIDENCE", Outcome.MET, "Facts in the record show it.", ""),
        (
            "MET_ABSENCE_ASSUMED",
            Outcome.MET,
            "Nothing to the contrary is documented, or what is left open was taken for granted.",
            "Ask the patient where it matters.",
        ),
        ("NOT_APPLICABLE", Outcome.MET, "The criterion does not apply to this patient.", ""),
        ("DECEASED", Outcome.NOT_MET, "The patient died on or before the as-of date.", ""),
        (
            "VALUE_LOW",
            Outcome.NOT_MET,
            "The value lies below what the criterion asks.",
            "Repeat if it may change.",
        ),
        (
            "VALUE_HIGH",
            Outcome.NOT_MET,
            "The value lies above what the criterion asks.",
            "Repeat if it may change.",
        ),
        (
            "WASHOUT_NOT_ELAPSED",
            Outcome.NOT_MET,
            "A drug was taken too recently.",
            "Re-screen when the washout has elapsed.",
        ),
        ("COUNT_OUT_OF_RANGE", Outcome.NOT_MET, "Too few or too many of the events asked for.", ""),
        ("ORDER_VIOLATED", Outcome.NOT_MET, "Two events stand in another order than asked.", ""),
        ("EXCLUSION_PRESENT", Outcome.NOT_MET, "Something that must not be there is there.", ""),
        ("DEMOGRAPHIC", Outcome.NOT_MET, "Age, sex or another personal detail does not fit.", ""),
        (
            "DATE_OUT_OF_WINDOW",
            Outcome.NOT_MET,
            "It is in the record, but outside the time asked for.",
            "Check whether it recurred.",
        ),
        ("VALUE_DIFFERENT", Outcome.NOT_MET, "The result is another one than asked for.", ""),
        (
            "REQUIRED_ABSENT",
            Outcome.NOT_MET,
            "Something that must be there is not documented.",
            "Ask or look further.",
        ),
        (
            "DATA_CORRUPT",
            Outcome.UNKNOWN,
            "A damaged record of this patient could have held it.",
            "Have the rejected lines delivered again.",
        ),
        ("SOURCE_CONFLICT", Outcome.UNKNOWN, "Two sources contradict each other.", "Read both."),
        (
            "RECORDED_TWICE",
            Outcome.UNKNOWN,
            "Records that are counted may be of one event.",
            "Read them, and count the events.",
        ),
        (
            "UNIT_UNRESOLVED",
            Outcome.UNKNOWN,
            "A result has no unit, or one that cannot be converted.",
            "Look up the unit at the laboratory.",
        ),
        (
            "CODE_UNMAPPED",
            Outcome.UNKNOWN,
            "A record in words or in another code system may mean it.",
            "Read it, or add its code.",
        ),
        (
            "STATUS_UNCONFIRMED",
            Outcome.UNKNOWN,
            "The record is provisional or its status unclear.",
            "Confirm it.",
        ),
        (
            "PARTIAL_DATE",
            Outcome.UNKNOWN,
            "Its date is partial or unknown and may or may not fit.",
            "Find the date.",
        ),
        (
            "VALUE_IMPRECISE",
            Outcome.UNKNOWN,
            "The value is a range that straddles the limit.",
            "Measure again.",
        ),
        (
            "BORDERLINE",
            Outcome.UNKNOWN,
            "The value lies near a limit that the protocol has reviewed.",
            "Decide.",
        ),
        ("NOTE_UNCERTAIN", Outcome.UNKNOWN, "A note says so in doubtful words.", "Read the note."),
        ("NOTE_ONLY", Outcome.UNKNOWN, "Only a note says so.", "Read the note."),
        ("DATA_STALE", Outcome.UNKNOWN, "The newest result is older than asked.", "Measure again."),
        ("DATA_NOT_FOUND", Outcome.UNKNOWN, "Nothing recorded to decide it.", "Measure or ask."),
        (
            "TOO_CLOSE_TOGETHER",
            Outcome.UNKNOWN,
            "As many as asked for are recorded, but too close to each other in time.",
            "Measure again, or ask.",
        ),
        (
            "SOURCE_NOT_DELIVERED",
            Outcome.UNKNOWN,
            "This kind of data, or its code system, is not part of the input.",
            "Have it exported.",
        ),
        (
            "RECORD_TOO_THIN",
            Outcome.UNKNOWN,
            "The record shows too little contact for its silence to mean no.",
            "Ask, or fetch records from elsewhere.",
        ),
        (
            "NOT_COMPUTABLE",
            Outcome.UNKNOWN,
            "A computed value lacks one of its inputs.",
            "Get the missing input.",
        ),
        ("PATIENT_INPUT_NEEDED", Outcome.UNKNOWN, "Only a person can answer this.", "Ask."),
        ("EVAL_LIMIT", Outcome.UNKNOWN, "A limit of the engine was reached.", "Report it."),
        ("TERMINOLOGY_UNAVAILABLE", Outcome.UNKNOWN, "A value set could not be read.", "Supply it."),
        ("NLP_TIMEOUT", Outcome.UNKNOWN, "Reading a note took too long.", "Read the note."),
    )
)

_NAMED_OTHERWISE: Final = {"TOO_CLOSE_TOGETHER": Cause.COUNT}

# Which cause gives which code, by outcome, the first that is set in this order being the primary one.
PRECEDENCE: Final[dict[Outcome, tuple[tuple[Cause, str], ...]]] = {
    Outcome.MET: (
        (Cause.NOT_APPLICABLE, "NOT_APPLICABLE"),
        (Cause.ABSENCE_ASSUMED | Cause.ASSUMED, "MET_ABSENCE_ASSUMED"),
    ),
    Outcome.NOT_MET: (
        (Cause.VALUE_LOW, "VALUE_LOW"),
        (Cause.VALUE_HIGH, "VALUE_HIGH"),
        (Cause.WASHOUT, "WASHOUT_NOT_ELAPSED"),
        (Cause.COUNT, "COUNT_OUT_OF_RANGE"),
        (Cause.EVIDENCE, "EXCLUSION_PRESENT"),
        (Cause.DEMOGRAPHIC, "DEMOGRAPHIC"),
        (Cause.OUT_OF_WINDOW, "DATE_OUT_OF_WINDOW"),
        (Cause.VALUE_DIFFERENT, "VALUE_DIFFERENT"),
        (Cause.ABSENCE_ASSUMED, "REQUIRED_ABSENT"),
        (Cause.DENIED, "REQUIRED_ABSENT"),
    ),
    Outcome.UNKNOWN: tuple(
        (_NAMED_OTHERWISE.get(reason.code) or Cause[reason.code], reason.code)
        for reason in REASONS
        if reason.outcome is Outcome.UNKNOWN
    ),
}

# The same with causes as plain numbers, whose bits are tested far quicker.
_BITS: Final = {
    outcome: tuple((int(cause), code) for cause, code in told) for outcome, told in PRECEDENCE.items()
}

# What is left when no listed cause is set: a met criterion that evidence showed, or (not met) an
# all-of whose parts are true under exclude.
_OTHERWISE: Final[dict[Outcome, str]] = {
    Outcome.MET: "MET_EVIDENCE",
    Outcome.NOT_MET: "REQUIRED_ABSENT",
    Outcome.UNKNOWN: "DATA_NOT_FOUND",
}

BY_CODE: Final[dict[str, Reason]] = {reason.code: reason for reason in REASONS}


def reasons_of(outcome: Outcome, causes: int) -> tuple[str, ...]:
    """All reason codes of a finding, the primary one first."""
    codes = tuple(code for bit, code in _BITS[outcome] if causes & bit)
    return codes or (_OTHERWISE[outcome],)
