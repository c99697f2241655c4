"""The assertion pass: for each mention of a note, what the words around it say of it, and which words.

Sentences without a mention are not looked at. Within a sentence cues, stops and mentions decide
(`scope`); where they leave an axis open, the section's default does, with the header as the cue.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache, partial

from nlp.assertion import beside, boxes, finding, kin, kinds
from nlp.assertion.folded import Folded, fold
from nlp.assertion.scope import Claim, Item, claims
from nlp.assertion.supposing import SUPPOSED
from nlp.assertion.table import AXES, tables
from nlp.assertion.times import times
from nlp.assertion.weighing import NOTHING, SUMS, weigh
from nlp.document import Asserted, Axis, Mention, Section, Span
from nlp.sections import default

_HYPOTHETICAL, _SOMEONE_ELSE = AXES["hypothetical"], AXES["someone else"]
_ANY = sum(AXES[name] for name in ("negated", "possible", "hypothetical", "historical", "someone else"))
_span = partial(tuple.__new__, Span)
_NO_CLAIMS: Sequence[Claim] = ()


@cache
def _default(section: str) -> int:
    return int(default(section))


def _tells(claimed: Sequence[Claim]) -> bool:
    """Whether any claim is of an axis."""
    return any(claim.axis & _ANY for claim in claimed) if claimed else False


def version() -> str:
    """Changes whenever a table of cues does; part of the key of what is cached."""
    return tables().version


def assert_all(
    text: str,
    sections: Sequence[Section],
    sentences: Sequence[Span],
    mentions: Sequence[Mention],
    check: Callable[[], None] | None = None,
) -> list[Asserted]:
    """What holds of each mention, in the order of `mentions`. Sections and sentences are in text order.

    `check` is called now and then, and may raise where it takes too long.
    """
    result = [NOTHING] * len(mentions)
    if not mentions:
        return result
    order = sorted(range(len(mentions)), key=mentions.__getitem__)
    folded = fold(text)
    years = times(folded.text)
    patient = kin.sex(folded.text) if kin.tells_of_both(folded.text) else ""
    others = kin.pronouns(folded.text, patient)
    at_section = number = at_mention = 0
    count, last = len(order), len(sentences) - 1
    ends = [sentence.end for sentence in sentences]
    while at_mention < count and last >= 0:
        # A mention before the first sentence or between two belongs to the next.
        number = min(bisect_right(ends, mentions[order[at_mention]].start, number), last)
        sentence = sentences[number]
        limit = sentence.end if number < last else len(text) + 1
        first = at_mention
        while at_mention < count and mentions[order[at_mention]].start < limit:
            at_mention += 1
        if first == at_mention:
            break  # behind the text: of no sentence
        here = order[first:at_mention]
        if check is not None:
            check()
        while at_section + 1 < len(sections) and sections[at_section + 1].start <= sentence.start:
            at_section += 1
        section = sections[at_section] if sections else None
        spans = [mentions[i] for i in here]
        told = patient
        if told:
            at = bisect_right(others, folded.to(sentence.start) - 2)
            told = patient if at < len(others) and others[at] < folded.to(spans[-1].end) else ""
        asserted = _sentence(folded, years, sentence, section, spans, told)
        if asserted is not None:
            for i, one in zip(here, asserted, strict=True):
                result[i] = one
    boxes.apply(text, mentions, result, check)
    beside.apply(text, mentions, order, result)
    return result


def _sentence(
    folded: Folded,
    years: Sequence[Item],
    sentence: Span,
    section: Section | None,
    mentions: Sequence[Mention],
    patient: str,
) -> list[Asserted] | None:
    """Mentions of one sentence, ordered by start; nothing where nothing is said of any.

    `patient`: the patient's sex where the note tells it and speaks of both.
    """
    text = folded.text
    begin = sentence.start
    axis, header = 0, None  # a plain integer: flags are slow to ask
    first = mentions[0].start
    if section is not None and section.name:
        axis, header = _default(section.name), section.header
        if begin < header.end <= first:
            begin = header.end  # the header speaks through the section's default
    until = max(sentence.end, mentions[-1].end)
    shift: int | None = 1
    if folded.gaps:
        furthest = max([m.end for m in mentions])
        shift = folded.shift(min(begin, first), max(until, furthest))
    start, end = (folded.to(begin), folded.to(until)) if shift is None else (begin + shift, until + shift)
    raw = finding.items(folded, years, start, end, axis != 0)
    if not raw and not axis and not patient and not kinds.may_tell(folded, section, mentions, start):
        return None
    if shift is None:
        places = [_span((folded.to(m.start), folded.to(m.end))) for m in mentions]
    else:
        places = [_span((m.start + shift, m.end + shift)) for m in mentions]
    # Several terms may have one name: the same words are judged once.
    placed = list(dict.fromkeys(places)) if len(places) > 1 else places
    found = claims(text, raw, placed) if raw else [_NO_CLAIMS] * len(placed)
    relatives: Sequence[Span] = ()
    if axis == _SOMEONE_ELSE:
        if kin.tells_of_the_patient(text, start, end):
            axis = 0
        else:
            relatives = kin.named(text, start, end)
    header = header if axis else None
    judged: list[Asserted] = []
    for claimed, place in zip(found, placed, strict=True):
        if claimed or axis or patient:
            claimed = kin.without_the_patient(text, start, place, claimed, patient)
            near = kin.nearest(relatives, place.start) if relatives else None
            mine = axis == _SOMEONE_ELSE and kin.turns_to_the_patient(text, start, place.start)
            one = weigh(folded, claimed, 0 if mine else axis, None if mine else header, near, place, end)
        else:
            one = NOTHING
        if one is NOTHING and not _tells(claimed):
            told = kinds.implied(text, place, section)
            if told == _HYPOTHETICAL and section is not None and section.name in SUPPOSED:
                one = Asserted(Axis.HYPOTHETICAL, (section.header,))
            elif told:
                cue = _span((folded.back(place.start), folded.back(place.end - 1) + 1))
                one = Asserted(SUMS[told], (cue,))
        judged.append(one)
    if len(placed) == len(places):
        return judged
    of_place = dict(zip(placed, judged, strict=True))
    return [of_place[place] for place in places]
