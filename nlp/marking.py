"""All passes over one text, in their order. What they find is kept together, for facts and for showing."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from eligibility.facts import Kind
from nlp import dates, dating, sections, sentences, values
from nlp.allergy.denials import Denial, denials
from nlp.allergy.naming import is_spoken_of, speaks_of_allergy
from nlp.assertion import assert_all
from nlp.document import Asserted, Mention, Section, Span, When
from nlp.limit import Limit, TooSlowError
from nlp.mentions import Matcher
from nlp.values import Value

# A text of more characters than this is no note; reading one of that length takes some seconds.
LONGEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Marked:
    """A note with everything that was found in it, in order of the text.

    `asserted[i]` and `dated[i]` are of `mentions[i]`, `value_asserted[i]` and `value_dated[i]` of
    `values[i]`, `denial_asserted[i]` of `denials[i]`.
    """

    text: str
    sections: Sequence[Section]
    sentences: Sequence[Span]
    mentions: Sequence[Mention]
    asserted: Sequence[Asserted]
    dated: Sequence[dating.Dates]
    values: Sequence[Value]
    value_asserted: Sequence[Asserted]
    value_dated: Sequence[dating.Dates]
    whens: Sequence[When]
    denials: Sequence[Denial]
    denial_asserted: Sequence[Asserted]


class Marker:
    """Runs the passes with one matcher. `seconds`: processor time that the names of one text may take, and
    as much again what is said of them.

    The clock is looked at between passes, each of which is linear in the text, and sentence by sentence in
    the one that takes longest, what is said of names.
    """

    def __init__(self, matcher: Matcher, seconds: float = 5.0) -> None:
        self.matcher = matcher
        self._seconds = seconds

    def named(self, text: str) -> list[Mention]:
        """The first pass alone. Raises TooSlowError.

        Over many texts it goes before the others: its tables and theirs do not fit into one cache.
        """
        if len(text) > LONGEST:
            raise TooSlowError
        limit = Limit(self._seconds)
        found = self.matcher.find(text)
        limit.check()
        return found

    def mark(
        self,
        text: str,
        written_lo: int,
        written_hi: int,
        named: Sequence[Mention] | None = None,
        limit: Limit | None = None,
    ) -> Marked:
        """Everything found in a text that was written between two instants. Raises TooSlowError.

        `named` is what `named` found in it, where that was asked before; `limit` the time for all besides,
        where more is to be done within it.
        """
        if named is None:
            named = self.named(text)
        limit = limit or Limit(self._seconds)
        parts = sections.find(text)
        pieces = sentences.split(text, parts)
        found = self._spoken_of(text, _outside(named, parts), parts, pieces)
        limit.check()
        whens = dates.find(text, written_lo, written_hi)
        told = values.find(text, pieces, whens)
        limit.check()
        spans = [Mention(value.name.start, max(value.end, value.name.end), -1) for value in told]
        asserted = assert_all(text, parts, pieces, [*found, *spans], limit.check)
        limit.check()
        # On their own, since words inside of a mention deny nothing.
        denied = denials(text, parts)
        whole = [Mention(*one.span, -1) for one in denied]
        of_denials = assert_all(text, parts, pieces, whole, limit.check)
        limit.check()
        dated: list[dating.Dates] = []
        if whens:
            within = dating.of_dates(text, whens, pieces)
            dated = _dated(text, found, told, whens, pieces, asserted, within)
            limit.check()
            own = dating.link_values(text, told, whens, pieces, within)
            of_values = [dating.Dates(value.when) for value in own]
        else:
            dated = [dating.UNDATED] * len(found)
            of_values = [dating.UNDATED] * len(told)
        return Marked(
            text, parts, pieces, found, asserted[: len(found)], dated,
            told, asserted[len(found) :], of_values, whens, denied, of_denials,
        )  # fmt: skip

    def _spoken_of(
        self, text: str, mentions: Sequence[Mention], parts: Sequence[Section], pieces: Sequence[Span]
    ) -> Sequence[Mention]:
        """Mentions but those of foods and the like where no allergy is spoken of: names of nothing here."""
        terms = self.matcher.lexicon.terms
        if not any(terms[mention.term].kind is Kind.ALLERGY for mention in mentions):
            return mentions
        begun, started = [part.start for part in parts], [piece.start for piece in pieces]
        kept = []
        for mention in mentions:
            if terms[mention.term].kind is Kind.ALLERGY:
                at, number = (bisect_right(starts, mention.start) - 1 for starts in (begun, started))
                part = parts[at] if at >= 0 else None
                piece = pieces[number] if number >= 0 else Span(0, len(text))
                name = text[mention.start : mention.end]
                if not speaks_of_allergy(name) and not is_spoken_of(text, piece, part):
                    continue
            kept.append(mention)
        return kept


def _outside(mentions: Sequence[Mention], parts: Sequence[Section]) -> list[Mention]:
    """Mentions but those inside the known header of a section ("Cancer history:"): a heading tells nothing.

    An unknown header may be the name of a problem ("HYPERTENSION: stable"), which does.
    """
    headers = [part.header for part in parts if part.name]
    kept: list[Mention] = []
    at = 0
    for mention in mentions:
        while at < len(headers) and headers[at].end <= mention.start:
            at += 1
        if at == len(headers) or mention.end <= headers[at].start:
            kept.append(mention)
    return kept


def _dated(
    text: str,
    mentions: Sequence[Mention],
    told: Sequence[Value],
    whens: Sequence[When],
    pieces: Sequence[Span],
    asserted: Sequence[Asserted],
    within: Sequence[tuple[int, int]],
) -> list[dating.Dates]:
    """The dates of mentions. A name with a value reaches to its end; terms of one name have one date."""
    ends: dict[Span, int] = {}
    for value in told:
        ends[value.name] = max(ends.get(value.name, 0), value.end)
    spans = list(dict.fromkeys(Span(mention.start, mention.end) for mention in mentions))
    reach = [max(span.end, ends.get(span, 0)) for span in spans]
    for number in range(len(spans) - 1):
        reach[number] = max(spans[number].end, min(reach[number], spans[number + 1].start))
    axes = {(m.start, m.end): a.axes for m, a in zip(mentions, asserted, strict=False)}
    elsewhere = [bool(axes[span] & dating.ELSEWHERE) for span in spans]
    linked = dating.link(text, spans, whens, pieces, reach, elsewhere, within)
    found = dict(zip(spans, linked, strict=True))
    return [found[Span(mention.start, mention.end)] for mention in mentions]
