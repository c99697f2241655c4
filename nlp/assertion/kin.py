"""Who a sentence is of, beyond what cues and their reach say, and whether what relatives had is past.

A pronoun of the other sex than the patient's is of somebody else ("his wife gave a kidney; *she* had
gout"). The child of whom a mother tells is the patient ("mother says her *son* limps"). What a relative had
is past where the words tell of an age, of a death, or of an event that is over when it has happened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from nlp.assertion.scope import Claim
from nlp.assertion.table import AXES
from nlp.document import Span
from nlp.phrases import groups, relatives, shapes

_SEX = re.compile(
    r"\b\d{1,3}(?: ?(?:yo|y/o|y\.o\.|y|yr|year|years|month|months|week|day|mo|wk)(?: old| o)?)?,?"
    r"(?: (?!and|with|who|has|had|on|in|of|for|at)[a-z]+){0,3}? ?"
    r"(m|f|male|female|man|woman|gentleman|lady|boy|girl)\b"
    r"|\b(mr|mrs|ms|miss)\b\.? [a-z]"
)
_FEMALE = frozenset(("f", "female", "woman", "lady", "girl", "mrs", "ms", "miss"))
_SUBJECT = re.compile(
    r" (he|she|he's|she's|he'd|she'd|himself|herself|patient|pt|i|we|they|you|who|it|patient's|pt's)(?= |,)"
)
_CLAUSE = re.compile(r"[.;]\s|\n")
_AGE_OR_END = re.compile(shapes()["their age or end"])
_HAPPENS = re.compile(shapes()["happens"])
_BEFORE = re.compile(
    r" (?:late|deceased|once|former|formerly|got|broke|lost|fractured|recovering from|passed from|"
    r"succumbed to|bled)(?: [a-z]+){0,3} \Z"
)
_WORD = re.compile(r"[^ ,.;:]+")
# With what a sentence begins that is of the patient, or of another part of the note.
_PATIENT = frozenset(
    [
        *("he", "she", "patient", "pt", "they", "patient's", "pt's"),
        *("ros", "pe", "exam", "examination", "vitals", "vs", "labs", "meds", "psh", "pmh", "sh", "social"),
    ]
)
_TO_THE_PATIENT = re.compile(r"(?:[;,.(] |\A)(?:and |but |the )?(?:patient|pt|patient's|pt's|proband) ")
_SOMEONE_ELSE = AXES["someone else"]
_FAR = 70
_TOLD = 160  # characters before a relative in which another one may tell of him
_ELDERS = frozenset(
    [
        "mother",
        "mom",
        "mum",
        "father",
        "dad",
        "parent",
        "parents",
        "grandmother",
        "grandfather",
        "grandma",
        "guardian",
        "caregiver",
        "aunt",
    ]
)
_YOUNGER = frozenset(
    [
        "son",
        "daughter",
        "child",
        "baby",
        "boy",
        "girl",
        "kid",
        "toddler",
        "infant",
        "twins",
        "grandson",
        "granddaughter",
    ]
)
_SPOUSES = frozenset(["wife", "husband", "spouse", "partner", "girlfriend", "boyfriend", "fiance", "fiancee"])


@cache
def _reports() -> frozenset[str]:
    return frozenset(word for word in groups()["reports"].strip("()").split("|") if " " not in word)


@cache
def _telling() -> frozenset[str]:
    return _reports() | {
        "seen",
        "notice",
        "think",
        "believe",
        "report",
        "found",
        "find",
        "wants",
        "know",
        "see",
    }


_OF_OTHERS = {
    "f": re.compile(r" (?:he|his|he's|he'd|himself) "),
    "m": re.compile(r" (?:she|her|she's|she'd|herself) "),
}
_FIRST = 1_500  # characters of a note in which it tells who the patient is


def tells_of_both(text: str) -> bool:
    """Whether a folded text speaks of a woman and a man, so that a pronoun may tell them apart."""
    return (" she " in text or " her " in text) and (" he " in text or " his " in text)


def pronouns(text: str, patient: str) -> list[int]:
    """Where pronouns of the other sex than the patient's stand in a folded text, in order."""
    return [found.start() for found in _OF_OTHERS[patient].finditer(text)] if patient else []


def sex(text: str) -> str:
    """`f`, `m` or, where a folded text does not tell the patient's sex, nothing."""
    found = _SEX.search(text, 0, _FIRST)
    if found is None:
        return ""
    return "f" if (found[1] or found[2]) in _FEMALE else "m"


def other_pronoun(text: str, begin: int, name: Span, patient: str) -> Span | None:
    """The pronoun of the other sex that is a name's subject or owner, in the sentence from `begin`."""
    mine, his = ("she", "his ") if patient == "f" else ("he", "her ")
    start = max(begin - 1, name.start - 200, 0)
    if text[name.start - 4 : name.start] == his and text[name.start - 5] in " (":
        return Span(name.start - 4, name.start - 1)
    subjects = list(_SUBJECT.finditer(text, start, name.start))
    if not subjects:
        return None
    last = subjects[-1]
    word = last[1].partition("'")[0]
    if word in ("herself", "himself"):
        word = "she" if word == "herself" else "he"
    if word not in ("he", "she") or word == mine or _CLAUSE.search(text, last.end(), name.start):
        return None
    if not _telling().isdisjoint(text[last.end() : name.start].split()[:5]):
        return None  # "she has not *seen* fever": of the patient
    return Span(last.start(1), last.end(1))


def told_of(text: str, begin: int, relative: Span) -> bool:
    """Whether a relative is named by another one who tells of the patient: the patient, then."""
    word = text[relative.start : relative.end].rpartition(" ")[2]
    tellers = _ELDERS if word in _YOUNGER else _YOUNGER if word in _ELDERS else _SPOUSES
    if word not in _YOUNGER | _ELDERS | _SPOUSES:
        return False
    words = text[max(begin, relative.start - _TOLD) : relative.start].replace("'s", " ").split()
    for at, one in enumerate(words):
        if one in tellers and not _reports().isdisjoint(words[at + 1 : at + 4]):
            return True
    return False


def past(text: str, name: Span, end: int) -> Span | None:
    """The words that tell that what a relative had is past, or the name itself where it is such an event."""
    stop = min(end, name.end + _FAR)
    behind = _CLAUSE.search(text, name.end, stop)
    stop = behind.start() if behind else stop
    for word in re.finditer(r"[a-z'-]+", text[name.end : stop]):
        at = name.end + word.start()
        if word[0].removesuffix("'s") in relatives() and text[name.end : at].strip(" (:,-") not in (
            "",
            "in",
            "in her",
            "in his",
            "maternal",
            "paternal",
            "both",
            "in maternal",
            "in paternal",
        ):
            stop = at
            break
    found = _AGE_OR_END.search(text, name.end, stop)
    if found is not None and not text.endswith(("since ", "for "), 0, found.start() + 1):
        return Span(found.start() + (found[0][0] in " ,(:"), found.end())
    happened = _HAPPENS.search(text, name.start, name.end)
    if happened is not None or _BEFORE.search(text, max(0, name.start - _FAR), name.start):
        return name
    return None


def without_the_patient(
    text: str, begin: int, place: Span, claimed: Sequence[Claim], patient: str
) -> Sequence[Claim]:
    """Claims of a name, without relatives that are the patient, and with a pronoun that is somebody else."""
    theirs = [claim for claim in claimed if claim.relative and claim.axis & _SOMEONE_ELSE]
    if not theirs and not patient:
        return claimed
    for claim in theirs:
        words = named(text, claim.start, claim.end)
        if words and told_of(text, begin, words[-1]):
            claimed = [one for one in claimed if one is not claim]
    if patient and not theirs:
        word = other_pronoun(text, begin, place, patient)
        if word is not None:
            near = place.start - word.end
            return [*claimed, Claim(_SOMEONE_ELSE, word.start, word.end, False, near)]
    return claimed


def named(text: str, start: int, end: int) -> tuple[Span, ...]:
    """Words for relatives in text[start:end], the longest at each place."""
    words = list(_WORD.finditer(text, start, end))
    found: list[Span] = []
    at = 0
    while at < len(words):
        for length in (3, 2, 1):
            if at + length > len(words):
                continue
            span = Span(words[at].start(), words[at + length - 1].end())
            if text[span.start : span.end] in relatives():
                found.append(span)
                at += length - 1
                break
        at += 1
    return tuple(found)


def nearest(words: Sequence[Span], at: int) -> Span | None:
    """The last relative named before, else the first after."""
    before = [span for span in words if span.end <= at]
    return before[-1] if before else words[0] if words else None


def tells_of_the_patient(text: str, start: int, end: int) -> bool:
    """Whether a sentence under a family history's header begins with the patient and names no relative."""
    first = next((word[0] for word in _WORD.finditer(text, start, end) if word[0] != "the"), "")
    return first in _PATIENT and "famil" not in text[start:end] and not named(text, start, end)


def turns_to_the_patient(text: str, start: int, at: int) -> bool:
    """Whether a sentence about relatives has come back to the patient: "aunt ovarian ca; *pt* has none"."""
    turns = list(_TO_THE_PATIENT.finditer(text, start, at))
    return bool(turns) and not named(text, turns[-1].end(), at)
