"""What names tell by their kind where no words beside them do.

An operation that is named and not planned has been done; so have birth and loss of a child. What stands
behind an allergen is the reaction that it once brought. Tests of a plan are still to come.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlp.assertion import supposing
from nlp.assertion.folded import Folded
from nlp.assertion.table import AXES
from nlp.document import Axis, Mention, Section, Span
from nlp.phrases import groups, shapes

# The last words of names of operations and births, and their endings.
_OPERATIONS = frozenset(groups()["operation"].strip("()").split("|"))
_ENDINGS = ("ectomy", "ectomies", "plasty", "plasties", "otomy", "ostomy", "rrhaphy", "pexy")
_REACTION = re.compile(shapes()["reaction"])
# What stands between an allergen, with its own words, and the reaction to it.
_BROUGHT = re.compile(
    r"(?:\(|:|>|;|\bcauses?|\bcaused|\breactions?|\bgives?|\bgave|\bgets?|\bwith|=)[^.;(]{0,24}\Z"
)
# What is done before an operation, if it is done at all.
_BEFORE_IT = re.compile(r" (?:evaluation|eval|work ?up|candida|referral|planning|list|date|clearance)")
_WANTED = re.compile(r" (?:regarding|about|re|undergo|requests?|requesting|wants|needs?|desires) (?:an? )?\Z")
_NEAR = 32  # characters before a reaction in which that stands
_ALLERGIC = re.compile(r"(?:allerg|intoleran|adverse (?:drug )?reaction|\badrs?\b)(?:(?!\. ).)*\Z")
_LINE = 160  # characters before a reaction in which an allergy is told of
# Sections in which an operation that is named is the one of the day, or one to come.
_OF_THE_DAY = frozenset(("procedure", "plan", "indication", "instructions", "risks", "disposition"))


def may_tell(folded: Folded, section: Section | None, names: Sequence[Mention], start: int) -> bool:
    """Whether `implied` may say something of names of one sentence, which begins at folded `start`.

    Looked at before anything else is done for a sentence of which no cue says anything.
    """
    kind = section.name if section is not None else ""
    if kind == "allergies" or kind in supposing.SUPPOSED:
        return True
    if "allerg" in folded.text[max(0, start - _LINE) : start + _LINE]:
        return True
    original = folded.original
    for name in names:
        words = original[name.start : name.end].lower().replace("-", " ").split()
        last = words[-1] if words else ""
        if last in _OPERATIONS or last.endswith(_ENDINGS) or (last[:1] == "x" and len(words) > 1):
            return True
    return False


def implied(text: str, name: Span, section: Section | None) -> int:
    """The axis, 0 for none, of a name in folded text of which no words say anything."""
    kind = section.name if section is not None else ""
    if kind in supposing.SUPPOSED and supposing.is_supposed(text, name, kind):
        return AXES["hypothetical"]
    if kind not in _OF_THE_DAY and is_operation(text, name):
        before = _BEFORE_IT.match(text, name.end) or _WANTED.search(
            text, max(0, name.start - _NEAR), name.start
        )
        return AXES["hypothetical" if before else "historical"]
    if is_reaction(text, name, kind):
        return AXES["historical"]
    return int(Axis.NONE)


def is_operation(text: str, name: Span) -> bool:
    """Whether a name is of an operation or a birth: "bowel resection", "C-section x2"."""
    words = text[name.start : name.end].split(" ")
    last = words[-1]
    if last[:1] == "x" and len(words) > 1:
        last = words[-2]
    return last in _OPERATIONS or last.endswith(_ENDINGS)


def is_reaction(text: str, name: Span, section: str) -> bool:
    """Whether a name is of the reaction to an allergen named before it: "sulfa (hives)"."""
    if section != "allergies":
        line = text[max(0, name.start - _LINE) : name.start]
        # Spelled out, since it is asked of every name of which nothing is said.
        if (
            not ("allerg" in line or "intoleran" in line or "adverse" in line or "adr" in line)
            or _ALLERGIC.search(line) is None
        ):
            return False
    if _BROUGHT.search(text, max(0, name.start - _NEAR), name.start) is None:
        return False
    return _REACTION.search(text, name.start, name.end) is not None
