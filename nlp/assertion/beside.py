"""What names say of themselves ("NKDA"), and what is past because it was part of a thing of the past."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from nlp.document import Asserted, Axis, Mention, Span
from nlp.phrases import shapes

# Names that deny what they are about: no known drug allergies.
_DENIALS = frozenset(("nkda", "nka", "nkma", "nkfa", "no known drug allergies"))
_LONGEST_DENIAL = 23
_BRACKET = 40  # characters between a thing and what a bracket behind it says of it
_OPENED = re.compile(r"[^().]*\((?:[^().]*[;,] |severe |mild |bad )?")
_CARRIED = 60  # characters between a thing of the past and what it was for, or brought
_NOW = re.compile(r"\b(?:now|currently|still|today|since|is|are|has|have|takes)\b")
_ARTICLE = r"(?: (?:a|an|the|his|her|some|oral|iv|po|topical|severe|mild|acute))*\s?\Z"
# What came of an event, or was done for it: "NSVD 2022 complicated by ...", "flare last month, treated with".
_BROUGHT = re.compile(
    r"(?:\b(?:complicated by|c/b|requiring|required|needing|needed|necessitating|leading to|led to"
    r"|resulting in|followed by|(?:treated|managed|reversed|fixed|corrected|settled|resolved|cleared"
    r"|controlled) (?:with|w/|by|on|after)|(?:tx'?d|rx'?d) (?:with|w/)|went away (?:with|after|on)"
    r"|responded to"
    r"|(?:\A,?|ended up|reversed|the (?:first|second|last|latter)|in (?:19|20)\d\d|(?:19|20)\d\d|/\d\d"
    r"|in [a-z]{3,9}) (?:with|w/))" + _ARTICLE + r")"
)
# What a drug, a test or an operation of the past was for, or why it was stopped.
_WHY = re.compile(
    r"\b(?:for|because of|b/c of|due to|d/t|2/2|secondary to|owing to|on account of|after|bc|b/c"
    r"|(?:stopped|held|off|quit|discontinued|withdrawn|abandoned|dropped) when)" + _ARTICLE
)
_JOINED = re.compile(r",?\s(?:and|&|or)(?: a| an)?\s|,\s")
_ARROW = re.compile(r"(?:,? (?:and|then))?\s?(?:-{1,2}>|→|=>)\s?")
_ARROW_SPAN = 8
_DRUG = re.compile(shapes()["drug"])
_LASTING = re.compile(shapes()["lasting"])
_ONLY_PAST = (Axis.HISTORICAL, Axis.HISTORICAL | Axis.SOMEONE_ELSE)


def apply(text: str, mentions: Sequence[Mention], order: Sequence[int], result: list[Asserted]) -> None:
    """What names say of themselves ("NKDA"); what opens a bracket behind a thing of the past is past as well.

    "risperidone stopped 2019 (tremor)", "hepatitis A in 1989 (jaundice)".
    """
    for here in order:
        name = mentions[here]
        # All of them begin with one letter.
        short = text[name.start : name.start + 1] in ("n", "N") and name.end - name.start <= _LONGEST_DENIAL
        if short and not result[here].axes and text[name.start : name.end].lower() in _DENIALS:
            result[here] = Asserted(Axis.NEGATED, (Span(name.start, name.end),))
    carried = -1
    for before, here in pairwise(order):
        past = result[before].axes
        if not past and _replaced(text, mentions[before], mentions[here]):
            cue = Span(mentions[before].end, mentions[here].start)
            result[before] = Asserted(Axis.HISTORICAL, (cue,))
            continue
        if not past or past not in _ONLY_PAST or result[here].axes:
            continue
        between = text[mentions[before].end : mentions[here].start]
        if len(between) <= _BRACKET and _OPENED.fullmatch(between):
            result[here] = result[before]
        elif (carried == before and _JOINED.fullmatch(between)) or _carries(text, mentions[before], between):
            result[here] = result[before]
            carried = here


def _carries(text: str, name: Mention, between: str) -> bool:
    """Whether words between a thing of the past and a name make it a part of what was then."""
    if len(between) > _CARRIED or "\n" in between or ";" in between or ". " in between or "(" in between:
        return False
    words = between.lower()
    if _NOW.search(words) is not None:
        return False
    if _WHY.search(words) is not None:
        return True
    return _BROUGHT.search(words) is not None and _LASTING.search(text[name.start : name.end].lower()) is None


def _replaced(text: str, name: Mention, following: Mention) -> bool:
    """Whether an arrow leads from one drug to the one that took its place: "heparin drip -> apixaban"."""
    if following.start - name.end > _ARROW_SPAN or _ARROW.fullmatch(text, name.end, following.start) is None:
        return False
    return all(_DRUG.search(text[one.start : one.end].lower()) is not None for one in (name, following))
