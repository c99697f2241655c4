"""Clinicians' words for what the store calls by its codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eligibility.reasons import BY_CODE

# Why a criterion is open, in a few words.
WHY: Mapping[str, str] = {
    "DATA_CORRUPT": "Damaged record",
    "SOURCE_CONFLICT": "Sources contradict",
    "RECORDED_TWICE": "Perhaps recorded twice",
    "UNIT_UNRESOLVED": "Unit unclear",
    "CODE_UNMAPPED": "Similar record, unclear code",
    "STATUS_UNCONFIRMED": "Not confirmed",
    "PARTIAL_DATE": "Date incomplete",
    "VALUE_IMPRECISE": "Value imprecise",
    "BORDERLINE": "Borderline value",
    "NOTE_UNCERTAIN": "Note is doubtful",
    "NOTE_ONLY": "In a note only",
    "DATA_STALE": "Result too old",
    "DATA_NOT_FOUND": "No data",
    "TOO_CLOSE_TOGETHER": "Too close together",
    "SOURCE_NOT_DELIVERED": "Data not supplied",
    "RECORD_TOO_THIN": "Record too thin",
    "NOT_COMPUTABLE": "Cannot be computed",
    "PATIENT_INPUT_NEEDED": "Question to ask",
    "EVAL_LIMIT": "Too much data",
    "TERMINOLOGY_UNAVAILABLE": "Code list missing",
    "NLP_TIMEOUT": "Note not read",
    # Of what is asked although nothing is in doubt: a study may have everything reviewed.
    "MET_EVIDENCE": "Recorded",
    "MET_ABSENCE_ASSUMED": "Nothing recorded against it",
    "NOT_APPLICABLE": "Does not apply",
    "EXCLUSION_PRESENT": "Recorded",
    "REQUIRED_ABSENT": "Not recorded",
}


def why(code: str) -> str:
    """Why a criterion is open; the code's own meaning where there is no shorter one."""
    return WHY.get(code) or meaning(code).rstrip(".")


def meaning(code: str) -> str:
    """A code's meaning as a sentence; what reviewers chose is told by `CHOICES`."""
    found = BY_CODE.get(code)
    return found.meaning if found is not None else code.replace("_", " ").capitalize()


def remedy(code: str) -> str:
    """What can be done about it, "" where nothing was said."""
    found = BY_CODE.get(code)
    return "" if found is None else found.remedy


# How a criterion stands, by polarity. Of an exclusion "met" would mean the opposite to half of all readers.
_STATES = {
    "include": {"met": "Met", "not met": "Not met"},
    "exclude": {"met": "Absent", "not met": "Present"},
}
_ANY = {
    "unknown": "Open",
    "cannot tell": "Cannot tell",
    "not applicable": "Does not apply",
}
MARKS = {"met": "yes", "not applicable": "yes", "not met": "no", "unknown": "open", "cannot tell": "open"}
VERDICTS = {
    "pass": ("yes", "Fits the study"),
    "fail": ("no", "Does not fit the study"),
    "needs-clinician-review": ("open", "Still open"),
}
SIDES = {"include": "Inclusion", "exclude": "Exclusion", "cohort": "Cohort", "population": "Population"}
# The store's outcomes with the key that chooses them.
KEYS = {"met": "1", "not met": "2", "cannot tell": "3"}


def state(outcome: str, polarity: str) -> str:
    """How a criterion stands, in a word."""
    side = "exclude" if polarity == "exclude" else "include"
    return _STATES[side].get(outcome) or _ANY.get(outcome, outcome)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers to a criterion: the store's outcome, the words on the button, what it means."""

    outcome: str
    key: str
    words: str
    hint: str


def choices(polarity: str) -> list[Choice]:
    """The answers to a criterion."""
    if polarity == "exclude":
        told = {"met": "stays in", "not met": "is excluded", "cannot tell": "ask for what is missing"}
    else:
        told = {"met": "stays in", "not met": "is out", "cannot tell": "ask for what is missing"}
    return [Choice(one, KEYS[one], state(one, polarity), told[one]) for one in KEYS]


# Reasons that a reviewer may give, by outcome, in the order of their keys.
REASONS: Mapping[str, Mapping[str, str]] = {
    "met": {
        "record-shows": "The record shows it",
        "clinical-judgement": "Clinical judgement",
        "other-source": "Known from another source",
        "not-relevant": "The doubt does not matter here",
    },
    "not met": {
        "record-shows": "The record shows it",
        "clinical-judgement": "Clinical judgement",
        "other-source": "Known from another source",
        "criterion-not-met-in-time": "Outside the time asked for",
    },
    "cannot tell": {
        "result-missing": "A result is missing",
        "date-missing": "A date is missing",
        "ask-patient": "The patient has to be asked",
        "sources-contradict": "Sources contradict each other",
    },
}


def reason_words(outcome: str, code: str) -> str:
    """What a reviewer gave as the reason."""
    return REASONS.get(outcome, {}).get(code, code.replace("-", " "))


MEANINGS = (
    "I reviewed this case and these are my decisions.",
    "I reviewed this case as investigator and take responsibility for these decisions.",
)
