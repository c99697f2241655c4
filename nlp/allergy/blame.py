"""Sentences that blame a drug or a food for a reaction, without a word of allergy: "codeine causes nausea".

An allergy, an intolerance or a side effect: only a clinician can tell, so whatever is found here is doubtful.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from eligibility.facts import Kind
from nlp.document import Axis
from nlp.lexicon import Lexicon
from nlp.marking import Marked
from nlp.phrases import rows_of

_LIST = r"(?:[\w'/-]+(?:\s[\w'/-]+)?(?:\s*,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+|\s*/\s*)){0,3}"
_PATIENT = r"(?:(?:him|her|them|me|the patient|patient|pt)\s+)?"
_KIND = (
    r"(?:(?:a|an|some|any|bad|mild|moderate|severe|significant|terrible|intense|diffuse|generali[sz]ed|itchy|facial|"
    r"lip|tongue|throat|skin|gi)\s+){0,4}"
)
_CAUSES = re.compile(
    r"(?:(?:\s+and|\s+or|,)\s+[\w'/-]+){0,3}"
    r"(?:\s+(?:(?:has|have|had|also|always|only)\s+){0,2}"
    r"(?:causes?|caused|causing|gave|gives?|given|makes?|made|induce[sd]?|triggers?|triggered|leads? to|"
    r"led to|results? in|resulted in|produce[sd]?|brings? on|brought on|and (?:then )?(?:got|had|developed))"
    rf"\s+{_PATIENT}(?:(?:to|feel|have|get|develop|break out in)\s+)?{_KIND}|-induced\s+(?:[\w-]+\s+)?)"
    rf"{_LIST}\Z",
    re.IGNORECASE,
)
_FROM = re.compile(
    r"\s+(?:reactions?\s+)?(?:with|from|to|after|following|upon|on|due to|secondary to|caused by|induced by|"
    r"triggered by|while (?:on|taking)|"
    r"when(?:ever)?\s+(?:s?he|they|the patient|patient|pt)\s+(?:takes?|took|use[sd]?|eats?|ate|gets|got|"
    r"has|had|is given|was given|receive[sd]?))\s+"
    r"(?:(?:taking|starting|receiving|being given|given|use of|using|exposure to|ingestion of|ingesting|"
    r"eating|a|an|the|his|her|oral|iv|intravenous|topical|doses?|courses?|infusion|of|any|every|each|first|last)\s+){0,5}"
    rf"{_LIST}\Z",
    re.IGNORECASE,
)
_GOT = re.compile(
    r"\b(?:gets?|getting|got|gotten|develops?|developed|experience[sd]?|had|suffers?|suffered|"
    r"(?:breaks?|broke) out (?:in|with)|reports?|reported)\s+"
    rf"{_KIND}{_LIST}\Z",
    re.IGNORECASE,
)
_HABIT = re.compile(r"\b(?:gets?|breaks?|develops|experiences|suffers)\b", re.IGNORECASE)
_UNBORNE = re.compile(
    r"\b(?:(?:(?:does|did|do|could|can|would|was|is|has)(?: not|n['\u2019]t)|cannot|not able to|unable to|"
    r"failed to|never)\s+(?:been able to\s+|well\s+)?tolerate[sd]?)\s+"
    rf"{_LIST}(?:(?:the|any|all|oral|iv|high|low|higher|doses?|of|other|multiple|several|various|two|three)"
    r"[\s-]+){0,4}\Z",
    re.IGNORECASE,
)
_UNBORNE_BEHIND = re.compile(
    r"\s+(?:(?:was|were|is|has been|had been)\s+)?(?:(?:was|were|is)n['\u2019]t|not|poorly|never)\s+"
    r"(?:well\s+)?tolerated\b",
    re.IGNORECASE,
)
_FAR = 80  # characters between a drug and what it did
_NEAR = 6  # mentions looked at to each side
_DENIED = Axis.NEGATED | Axis.HYPOTHETICAL
_BLAMABLE = frozenset({Kind.MEDICATION, Kind.IMMUNIZATION, Kind.ALLERGY})


@dataclass(slots=True)
class Blamed:
    """Positions in `marked.mentions`: what is blamed, and the reactions that are told as its doing."""

    causes: set[int] = field(default_factory=set)
    reactions: set[int] = field(default_factory=set)


def blamed(marked: Marked, lexicon: Lexicon) -> Blamed:
    """What a note blames for a reaction."""
    found = Blamed()
    terms = [lexicon.terms[mention.term] for mention in marked.mentions]
    roles = _roles()
    causes = [n for n, term in enumerate(terms) if term.kind in _BLAMABLE]
    if not causes:
        return found
    if "olerat" in marked.text:
        found.causes.update(number for number in causes if _is_unborne(marked, number))
    suspects = {n for n in causes if roles.get(terms[n].label) != "remedy"}
    for number, term in enumerate(terms):
        role = roles.get(term.label)
        if term.kind is Kind.CONDITION and role is not None and not marked.asserted[number].axes & _DENIED:
            _of_reaction(marked, number, role == "typical", suspects, found)
    return found


def _is_unborne(marked: Marked, number: int) -> bool:
    """Whether a drug is told not to be tolerated."""
    start, end = marked.mentions[number][:2]
    before = _UNBORNE.search(marked.text, max(0, start - _FAR), start)
    return before is not None or _UNBORNE_BEHIND.match(marked.text, end) is not None


def _of_reaction(marked: Marked, number: int, typical: bool, suspects: set[int], found: Blamed) -> None:
    """Look for what is blamed for one reaction, to both sides of it."""
    text, here = marked.text, marked.mentions[number]
    for other in range(number - 1, max(-1, number - 1 - _NEAR), -1):
        before = marked.mentions[other]
        if here.start - before.end > _FAR:
            break
        if other in suspects and _CAUSES.match(text, before.end, here.start):
            found.causes.add(other)
            found.reactions.add(number)
    got = _GOT.search(text, max(0, here.start - _FAR), here.start)
    if got is None and not typical:
        return
    for other in range(number + 1, min(len(marked.mentions), number + 1 + _NEAR)):
        behind = marked.mentions[other]
        if behind.start - here.end > _FAR:
            break
        if other in suspects and _FROM.match(text, here.end, behind.start):
            found.causes.add(other)
            if got is not None and _HABIT.match(text, got.start()):
                found.reactions.add(number)


@cache
def _roles() -> dict[str, str]:
    """What our lexicon's labels are in a blame."""
    return {row["label"]: row["role"] for row in rows_of("nlp.allergy", "blamed.csv")}
