"""Allergies and intolerances as statements: of a drug or food that is named as one, or blamed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from eligibility.facts import Kind
from nlp.allergy.blame import Blamed
from nlp.allergy.denials import is_denial
from nlp.allergy.naming import is_allergy, is_hedged, speaks_of_allergy
from nlp.document import Axis, Mention, Section, Span
from nlp.lexicon import Lexicon

SUBSTANCES = frozenset({Kind.MEDICATION, Kind.IMMUNIZATION, Kind.ALLERGY})
_ALLERGY = " allergy"
# Words of an allergy that may be over.
_OVER = re.compile(
    r"\b(?:outgr[eo]wn?|resolved|desensiti[sz]|as (?:a|an) (?:child|infant|kid|baby)|in childhood)", re.I
)


class Stated(NamedTuple):
    """What one name states: of which term, as what, and whether that can only raise a question."""

    kind: Kind
    term: int
    doubtful: bool = False


def stated_by(
    text: str,
    number: int,
    mention: Mention,
    sentence: Span,
    section: Section | None,
    blame: Blamed,
    lexicon: Lexicon,
) -> Iterator[Stated]:
    """What the name of a mention states; nothing of a food that is named for another reason."""
    term = lexicon.terms[mention.term]
    kind = term.kind
    if kind in SUBSTANCES:
        name = text[mention.start : mention.end]
        if (kind is Kind.ALLERGY and speaks_of_allergy(name)) or is_allergy(
            text, mention.start, mention.end, sentence.start, section
        ):
            hedged = is_hedged(text, mention.start, sentence.start)
            yield Stated(Kind.ALLERGY, mention.term, doubtful=hedged)
            return
        if number in blame.causes:
            yield Stated(Kind.ALLERGY, mention.term, doubtful=True)
        if kind is not Kind.ALLERGY:
            # Whoever is told not to bear a drug may have taken it once, and takes it no more.
            yield Stated(kind, mention.term, doubtful=number in blame.causes and kind is Kind.MEDICATION)
        return
    yield Stated(kind, mention.term)
    if kind is Kind.CONDITION and term.label.endswith(_ALLERGY):
        for substance in lexicon.positions(term.label.removesuffix(_ALLERGY)):
            if lexicon.terms[substance].kind in SUBSTANCES:
                yield Stated(Kind.ALLERGY, substance)


def lasting(axes: Axis, text: str, sentence: Span) -> tuple[Axis, bool]:
    """The axes of an allergy, which goes on when it is told as past, and whether it may be over."""
    if not axes & Axis.HISTORICAL or axes & Axis.NEGATED:
        return axes, False
    return axes & ~Axis.HISTORICAL, _OVER.search(text, *sentence) is not None


def as_named(axes: Axis, name: str) -> Axis:
    """The axes of a name that is a denial itself ("NKDA"), which does not deny itself."""
    return axes & ~Axis.NEGATED if is_denial(name) else axes
