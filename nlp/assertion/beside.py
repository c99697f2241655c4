"""What names say of themselves ("NKDA"), and brackets behind a thing of the past of what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from nlp.document import Asserted, Axis, Mention, Span

# Names that deny what they are about: no known drug allergies.
_DENIALS = frozenset(("nkda", "nka", "nkma", "nkfa", "no known drug allergies"))
_LONGEST_DENIAL = 23
_BRACKET = 40  # characters between a thing and what a bracket behind it says of it
_OPENED = re.compile(r"[^().]*\((?:[^().]*[;,] |severe |mild |bad )?")
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
    for before, here in pairwise(order):
        past = result[before].axes
        if not past or past not in _ONLY_PAST or result[here].axes:
            continue
        between = text[mentions[before].end : mentions[here].start]
        if len(between) <= _BRACKET and _OPENED.fullmatch(between):
            result[here] = result[before]
