"""The assertion pass: for each mention of a note, what the words around it say of it, and which words.

Sentences without a mention are not looked at. Within a sentence cues, stops and mentions decide
(`scope`); where they leave an axis open, the section's default does, with the header as the cue.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any

import ahocorasick

from eligibility.facts import Assertion
from nlp.assertion import boxes, kin, supposing
from nlp.assertion.folded import Folded, fold
from nlp.assertion.scope import Claim, Item, claims
from nlp.assertion.table import AGAIN, AXES, GOING_ON, THEIRS, Entry, tables
from nlp.assertion.times import times
from nlp.document import Asserted, Axis, Mention, Section, Span
from nlp.phrases import relatives as names
from nlp.sections import default

_NOTHING = Asserted(Axis.NONE)
# Bits of `Axis` as plain integers, and the flags of each sum of them.
_NEGATED, _POSSIBLE, _HYPOTHETICAL = AXES["negated"], AXES["possible"], AXES["hypothetical"]
_HISTORICAL, _SOMEONE_ELSE = AXES["historical"], AXES["someone else"]
_ORDER = (_NEGATED, _POSSIBLE, _HYPOTHETICAL, _HISTORICAL, _SOMEONE_ELSE)
_ANY = sum(_ORDER)
_ALONE = frozenset((_NEGATED, _POSSIBLE, _HYPOTHETICAL, _HISTORICAL))  # told in full by one claim
_SUMS = tuple(map(Axis, range(2 * _SOMEONE_ELSE)))
_CLAUSE_ENDS = frozenset(",;.:)(!?/")
# Words before which a doubt ends as before a full stop: "remote given his adherence".
_GROUNDS = frozenset(
    [
        "given",
        "because",
        "as",
        "since",
        "but",
        "per",
        "though",
        "although",
        "until",
        "till",
        "if",
        "so",
        "at",
        "now",
        "today",
        "currently",
        "on",
    ]
)
_TIMES = frozenset(
    [
        "in",
        "on",
        "at",
        "last",
        "this",
        "today",
        "now",
        "since",
        "when",
        "during",
        "by",
        "per",
        "yesterday",
        "initially",
        "identified",
        "again",
    ]
)
_BARE = (" not", "ever")
_PARTS: Mapping[int, tuple[int, ...]] = {
    _NEGATED | _HISTORICAL: (_NEGATED, _HISTORICAL),
    _SOMEONE_ELSE | _NEGATED: (_NEGATED, _SOMEONE_ELSE),
    _SOMEONE_ELSE | _HISTORICAL: (_SOMEONE_ELSE, _HISTORICAL),
    _NEGATED | _POSSIBLE: (_NEGATED, _POSSIBLE),
}
# Names that deny what they are about: no known drug allergies.
_DENIALS = frozenset(("nkda", "nka", "nkma", "nkfa", "no known drug allergies"))
_LONGEST_DENIAL = 23
_BESIDE = 2  # characters between a name and a word right behind it
_BRACKET = 40  # characters between a thing and what a bracket behind it says of it
_OPENED = re.compile(r"[^().]*\((?:[^().]*[;,] |severe |mild |bad )?")
_ONLY_PAST = (Axis.HISTORICAL, Axis.HISTORICAL | Axis.SOMEONE_ELSE)
_AGAINST_THE_PAST = (_NEGATED, GOING_ON, _SOMEONE_ELSE, _HYPOTHETICAL)
_WORD = re.compile(r"[^ ,.;:]+")
_PATIENT = frozenset(("he", "she", "patient", "pt", "they"))
_GONE = AXES["gone"]
_PRECEDENCE = (
    (_SOMEONE_ELSE, Assertion.SOMEONE_ELSE),
    (_HYPOTHETICAL, Assertion.HYPOTHETICAL),
    (_NEGATED, Assertion.ABSENT),
    (_POSSIBLE, Assertion.POSSIBLE),
    (_HISTORICAL, Assertion.HISTORICAL),
)


# A phrase as the automaton hands it out, a bare tuple because it is taken apart some 400 times a note: its
# length, what it does, whether a word must end here, whether it is a cue, whether a clause must end here.
_Found = tuple[int, Entry, bool, bool, bool]
_item = partial(tuple.__new__, Item)  # `Item._make` without its check of the length
_span = partial(tuple.__new__, Span)
_NO_CLAIMS: Sequence[Claim] = ()


def version() -> str:
    """Changes whenever a table of cues does; part of the key of what is cached."""
    return tables().version


def single(axes: Axis) -> Assertion:
    """The one assertion of a fact: of several axes the one that takes most away from the patient's record.

    What was there and is gone ("resolved", "no longer") is historical: absent would deny that it was.
    """
    return _SINGLE[axes]


def _single(axes: int) -> Assertion:
    if axes & _GONE == _GONE and not axes & (_SOMEONE_ELSE | _HYPOTHETICAL):
        return Assertion.HISTORICAL
    for axis, assertion in _PRECEDENCE:
        if axes & axis:
            return assertion
    return Assertion.PRESENT


_SINGLE = tuple(map(_single, range(2 * _SOMEONE_ELSE)))


def assert_all(
    text: str, sections: Sequence[Section], sentences: Sequence[Span], mentions: Sequence[Mention]
) -> list[Asserted]:
    """What holds of each mention, in the order of `mentions`. Sections and sentences are in text order."""
    result = [_NOTHING] * len(mentions)
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
    boxes.apply(text, mentions, result)
    _beside(text, mentions, order, result)
    return result


def _beside(text: str, mentions: Sequence[Mention], order: Sequence[int], result: list[Asserted]) -> None:
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
    axis, header = Axis.NONE, None
    if section is not None and section.name:
        axis, header = default(section.name), section.header
        if begin < header.end <= mentions[0].start:
            begin = header.end  # the header speaks through the section's default
    until = max(sentence.end, mentions[-1].end)
    furthest = max([m.end for m in mentions])
    shift = folded.shift(min(begin, mentions[0].start), max(until, furthest))
    start, end = (folded.to(begin), folded.to(until)) if shift is None else (begin + shift, until + shift)
    raw = _items(folded, years, start, end, bool(axis))
    plan = section.header if section is not None and section.name in supposing.SUPPOSED else None
    if not raw and not axis and not patient and plan is None:
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
        if _of_the_patient(text, start, end):
            axis = Axis.NONE
        else:
            relatives = _relatives(text, start, end)
    header = header if axis else None
    judged: list[Asserted] = []
    for claimed, place in zip(found, placed, strict=True):
        if claimed or axis or patient:
            claimed = _of_others(text, start, place, claimed, patient)
            near = _nearest(relatives, place.start) if relatives else None
            judged.append(_asserted(folded, claimed, axis, header, near, place, end))
        elif plan is not None and section is not None and supposing.is_supposed(text, place, section.name):
            judged.append(Asserted(Axis.HYPOTHETICAL, (plan,)))
        else:
            judged.append(_NOTHING)
    if len(placed) == len(places):
        return judged
    of_place = dict(zip(placed, judged, strict=True))
    return [of_place[place] for place in places]


def _of_others(text: str, begin: int, place: Span, claimed: Sequence[Claim], patient: str) -> Sequence[Claim]:
    """Claims of a name, without relatives that are the patient, and with a pronoun that is somebody else."""
    theirs = [claim for claim in claimed if claim.relative and claim.axis & _SOMEONE_ELSE]
    if not theirs and not patient:
        return claimed
    for claim in theirs:
        words = _relatives(text, claim.start, claim.end)
        if words and kin.told_of(text, begin, words[-1]):
            claimed = [one for one in claimed if one is not claim]
    if patient and not theirs:
        word = kin.other_pronoun(text, begin, place, patient)
        if word is not None:
            near = place.start - word.end
            return [*claimed, Claim(_SOMEONE_ELSE, word.start, word.end, False, near)]
    return claimed


def _items(folded: Folded, years: Sequence[Item], start: int, end: int, cues: bool) -> list[Item]:
    """Phrases of the tables within text[start:end], by end, the longest first at each end.

    None where no cue is among them, unless `cues` says that something speaks already: stops alone are mute.
    """
    raw: list[Item] = []
    text = folded.text
    # The text ends with a space of ours, so that a character follows every phrase.
    # A slice, since the automaton copies all of the text that it is given, whatever part it looks at.
    first = max(start - 1, 0)
    behind = first + 1
    hits = list(_automaton().iter(text[first:end]))
    here = [year for year in years if start <= year.start < end] if years else years
    if not cues and not here:
        # Half of the sentences have stops alone: one look tells.
        for last, found in hits:
            if found[3] and not (found[2] and text[last + behind].isalnum()):
                break
        else:
            return []
    for last, (reach, entry, bounded, cue, at_end) in hits:
        stop = last + behind
        if bounded and text[stop].isalnum():
            continue
        if (
            at_end
            and not _ends(text, stop, end)
            and not folded.apart(stop)
            and not _grounded(text, stop, entry)
        ):
            if entry.forward is None and not entry.stop:
                continue
            entry = entry._replace(backward=None, at_end=False)
        cues = cues or cue
        raw.append(_item((stop - reach, stop, entry)))
    if here:
        return sorted([*raw, *here], key=lambda item: (item.end, item.start))
    return raw if cues else []


def _grounded(text: str, at: int, entry: Entry) -> bool:
    """Whether a doubt is followed by its grounds, or a denial by its time."""
    if entry.backward is None or text[at] != " ":
        return False
    following = text[at + 1 : text.find(" ", at + 1)]
    if entry.backward.axis == _NEGATED:
        told = text[at - 4 : at] not in _BARE and text[at - 3 : at] != " no"
        return told and (following in _TIMES or following[:1].isdigit())
    return entry.backward.axis == _POSSIBLE and following in _GROUNDS


def _ends(text: str, at: int, end: int) -> bool:
    """Whether a clause ends here."""
    while at < end and text[at] == " ":
        at += 1
    return at >= end or (text[at] in _CLAUSE_ENDS and not (text[at] == "." and text[at + 1].isdigit()))


def _asserted(
    folded: Folded,
    claimed: Sequence[Claim],
    axis: Axis,
    header: Span | None,
    relative: Span | None,
    place: Span,
    end: int,
) -> Asserted:
    if len(claimed) == 1 and not axis:
        only, first, behind, _, _ = claimed[0]
        if only in _ALONE:
            return Asserted(_SUMS[only], (_span((folded.back(first), folded.back(behind - 1) + 1)),))
    best = _nearest_claims(claimed)
    theirs, whose = best.get(THEIRS), best.get(_SOMEONE_ELSE)
    # What is told of one relative is not told of the next.
    if (
        theirs is not None
        and (whose is not None or axis == _SOMEONE_ELSE)
        and _NEGATED not in best
        and not (whose and theirs.end < whose.start < theirs.end + theirs.distance)
    ):
        best.setdefault(_HISTORICAL, theirs)
    if whose is not None or axis == _SOMEONE_ELSE:
        settled = _NEGATED in best or _HYPOTHETICAL in best or _HISTORICAL in best
        over = None if settled else kin.past(folded.text, place, end)
        if over is not None:
            best[_HISTORICAL] = Claim(_HISTORICAL, over.start, over.end, False, 0)
    if AGAIN in best and (_HYPOTHETICAL in best or _POSSIBLE in best):
        best.setdefault(_HISTORICAL, best[AGAIN])  # "to prevent *another* stroke"
    axes = 0
    cues: list[Span] = []
    for one in _ORDER:
        chosen = best.get(one)
        if chosen is not None:
            axes |= one
            cues.append(Span(folded.back(chosen.start), folded.back(chosen.end - 1) + 1))
        elif one == axis and header is not None and not _outdone(one, best):
            axes |= one
            if relative is not None:
                cues.append(Span(folded.back(relative.start), folded.back(relative.end - 1) + 1))
            else:
                cues.append(header)
    if not axes:
        return _NOTHING
    named = best.get(_SOMEONE_ELSE)
    if named is not None:
        words = _relatives(folded.text, named.start, named.end) if named.relative else ()
        relative = words[-1] if words else None
    elif not axes & _SOMEONE_ELSE:
        relative = None
    word = Span(folded.back(relative.start), folded.back(relative.end - 1) + 1) if relative else None
    return Asserted(_SUMS[axes], tuple(cues), word)


def _nearest_claims(claimed: Sequence[Claim]) -> dict[int, Claim]:
    """The nearest claim of each axis. What is denied was not there either, unless it is said to be gone."""
    if len(claimed) == 1 and claimed[0].axis not in _PARTS:
        return {claimed[0].axis: claimed[0]}  # nothing to weigh it against
    best: dict[int, Claim] = {}
    for claim in claimed:
        for axis in _PARTS.get(claim.axis, (claim.axis,)):
            held = best.get(axis)
            if held is None or claim.distance < held.distance:
                best[axis] = claim
    past, whose, going = best.get(_HISTORICAL), best.get(_SOMEONE_ELSE), best.get(GOING_ON)
    if (
        past is not None
        and going is not None
        and past.end + past.distance <= going.start
        and going.distance <= _BESIDE
    ):
        del best[_HISTORICAL]  # "history of atrial fibrillation, *chronic*"
        past = None
    if past is not None and whose is not None and past.end < whose.start < past.end + past.distance:
        del best[_HISTORICAL]  # "father *died of* sepsis, *mother* has gout": told of another
    denied = best.get(_NEGATED)
    if denied is not None and denied.axis != _GONE:
        best.pop(_HISTORICAL, None)
    supposed, raised = best.get(_HYPOTHETICAL), best.get(_POSSIBLE)
    if supposed is not None and raised is not None:
        # "want to *exclude*", "raises the *danger of*": of the two the nearer one speaks of the mention.
        del best[_POSSIBLE if supposed.distance < raised.distance else _HYPOTHETICAL]
    for nearer in (supposed, raised):
        # "avoid contrast in order *to prevent*", "would not lower the *risk of*": not what is denied.
        if denied is not None and nearer is not None and denied.end + 1 < nearer.start:
            best.pop(_NEGATED, None)
    if denied is not None and raised is not None and denied.end + 1 == raised.start:
        best.pop(_POSSIBLE, None)  # "no *apparent* improvement"
    raised = best.get(_POSSIBLE)
    if raised is not None and _NEGATED in best and not raised.axis & _NEGATED:
        del best[_POSSIBLE]  # "was suspected and *ruled out*": what is settled is raised no more
    return best


def _outdone(axis: int, best: Mapping[int, Claim]) -> bool:
    """Whether a section's default gives way: what is denied or goes on is not past."""
    return axis == _HISTORICAL and not best.keys().isdisjoint(_AGAINST_THE_PAST)


def _relatives(text: str, start: int, end: int) -> tuple[Span, ...]:
    """Words for relatives in text[start:end], the longest at each place."""
    words = list(_WORD.finditer(text, start, end))
    found: list[Span] = []
    at = 0
    while at < len(words):
        for length in (3, 2, 1):
            if at + length > len(words):
                continue
            span = Span(words[at].start(), words[at + length - 1].end())
            if text[span.start : span.end] in names():
                found.append(span)
                at += length - 1
                break
        at += 1
    return tuple(found)


def _nearest(relatives: Sequence[Span], at: int) -> Span | None:
    """The last relative named before, else the first after."""
    before = [span for span in relatives if span.end <= at]
    return before[-1] if before else relatives[0] if relatives else None


def _of_the_patient(text: str, start: int, end: int) -> bool:
    """Whether a sentence under a family history's header begins with the patient and names no relative."""
    first = next((word[0] for word in _WORD.finditer(text, start, end) if word[0] != "the"), "")
    return first in _PATIENT and "famil" not in text[start:end] and not _relatives(text, start, end)


@cache
def _automaton() -> Any:
    automaton = ahocorasick.Automaton()
    for phrase, entry in tables().entries.items():
        spaced = phrase[0].isalnum()
        pattern = " " + phrase if spaced else phrase
        # Words that only go with others ("had" of a relative, "still" under past history) are no cues alone.
        cue = any(reach is not None and reach.axis & _ANY for reach in (entry.forward, entry.backward))
        found: _Found = (len(phrase), entry, phrase[-1].isalnum(), cue, entry.at_end)
        automaton.add_word(pattern, found)
    automaton.make_automaton()
    return automaton
