"""What is said of one name, from the claims that reach it, its section's default, and who it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from eligibility.facts import Assertion
from nlp.assertion import kin
from nlp.assertion.folded import Folded
from nlp.assertion.scope import Claim
from nlp.assertion.table import AGAIN, AXES, GOING_ON, THEIRS
from nlp.document import Asserted, Axis, Span

NOTHING = Asserted(Axis.NONE)
# Bits of `Axis` as plain integers, and the flags of each sum of them.
_NEGATED, _POSSIBLE, _HYPOTHETICAL = AXES["negated"], AXES["possible"], AXES["hypothetical"]
_HISTORICAL, _SOMEONE_ELSE = AXES["historical"], AXES["someone else"]
_ORDER = (_NEGATED, _POSSIBLE, _HYPOTHETICAL, _HISTORICAL, _SOMEONE_ELSE)
_ALONE = frozenset((_NEGATED, _POSSIBLE, _HYPOTHETICAL, _HISTORICAL))  # told in full by one claim
SUMS = tuple(map(Axis, range(2 * _SOMEONE_ELSE)))
_PARTS: Mapping[int, tuple[int, ...]] = {
    _NEGATED | _HISTORICAL: (_NEGATED, _HISTORICAL),
    _SOMEONE_ELSE | _NEGATED: (_NEGATED, _SOMEONE_ELSE),
    _SOMEONE_ELSE | _HISTORICAL: (_SOMEONE_ELSE, _HISTORICAL),
    _NEGATED | _POSSIBLE: (_NEGATED, _POSSIBLE),
}
_BESIDE = 2  # characters between a name and a word right behind it
_AGAINST_THE_PAST = (_NEGATED, GOING_ON, _SOMEONE_ELSE, _HYPOTHETICAL)
_GONE = AXES["gone"]
_FREE = (
    "in remission",
    "remission",
    "sober",
    "clean",
    "abstinent",
)  # what lasts since then is that it is gone
_CONDITIONS = ("if ", "should ", "in case ", "in the event ", "unless ")
_CONDITION_ENDS = re.compile(r"[,:>]| then ")
_ASKED = ("ask", "wonder", "know", "sure", "tell", "see", "check", "determin", "clear")  # "asks *if*"
_NO = ("no ", "non", "without", "w/o", "neg")
_OF_THE_PAST = ("h/o", "hx", "history", "s/p", "status post", "former", "remote", "old ")
_PRECEDENCE = (
    (_SOMEONE_ELSE, Assertion.SOMEONE_ELSE),
    (_HYPOTHETICAL, Assertion.HYPOTHETICAL),
    (_NEGATED, Assertion.ABSENT),
    (_POSSIBLE, Assertion.POSSIBLE),
    (_HISTORICAL, Assertion.HISTORICAL),
)

_span = partial(tuple.__new__, Span)


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


def weigh(
    folded: Folded,
    claimed: Sequence[Claim],
    axis: int,
    header: Span | None,
    relative: Span | None,
    place: Span,
    end: int,
) -> Asserted:
    if len(claimed) == 1 and not axis:
        only, first, behind, _, _ = claimed[0]
        if only in _ALONE:
            return Asserted(SUMS[only], (_span((folded.back(first), folded.back(behind - 1) + 1)),))
    best = _nearest_claims(folded.text, claimed, place.start)
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
            cues.append(_span((folded.back(chosen.start), folded.back(chosen.end - 1) + 1)))
        elif one == axis and header is not None and not _outdone(one, best):
            axes |= one
            if relative is not None:
                cues.append(Span(folded.back(relative.start), folded.back(relative.end - 1) + 1))
            else:
                cues.append(header)
    if not axes:
        return NOTHING
    named = best.get(_SOMEONE_ELSE)
    if named is not None:
        words = kin.named(folded.text, named.start, named.end) if named.relative else ()
        relative = words[-1] if words else None
    elif not axes & _SOMEONE_ELSE:
        relative = None
    word = Span(folded.back(relative.start), folded.back(relative.end - 1) + 1) if relative else None
    return Asserted(SUMS[axes], tuple(cues), word)


def _nearest_claims(text: str, claimed: Sequence[Claim], at: int) -> dict[int, Claim]:
    """The nearest claim of each axis on a name at `at`.

    What is denied was not there either, unless it is said to be gone.
    """
    if len(claimed) == 1 and claimed[0].axis not in _PARTS:
        return {claimed[0].axis: claimed[0]}  # nothing to weigh it against
    best: dict[int, Claim] = {}
    for claim in claimed:
        for axis in _PARTS.get(claim.axis) or (claim.axis,):
            held = best.get(axis)
            if held is None or claim.distance < held.distance:
                best[axis] = claim
    if len(best) == 1:
        return best
    past, whose, going = best.get(_HISTORICAL), best.get(_SOMEONE_ELSE), best.get(GOING_ON)
    if (
        past is not None
        and going is not None
        and past.end + past.distance <= going.start
        and going.distance <= _BESIDE
        and not (text.startswith("since", going.start) and text.startswith(_FREE, past.start))
    ):
        del best[_HISTORICAL]  # "history of atrial fibrillation, *chronic*"
        past = None
    if past is not None and whose is not None and past.end < whose.start < past.end + past.distance:
        del best[_HISTORICAL]  # "father *died of* sepsis, *mother* has gout": told of another
    denied = best.get(_NEGATED)
    if denied is not None and past is not None and _begins_anew(text, denied, past, at):
        del best[_NEGATED]
        denied = None
    if denied is not None and denied.axis != _GONE:
        best.pop(_HISTORICAL, None)
    supposed, raised = best.get(_HYPOTHETICAL), best.get(_POSSIBLE)
    if supposed is not None and raised is not None:
        # "want to *exclude*", "raises the *danger of*": of the two the nearer one speaks of the mention.
        hangs = supposed.distance <= raised.distance or _is_condition_of(text, supposed, raised, at)
        del best[_POSSIBLE if hangs else _HYPOTHETICAL]
    if supposed is not None and past is not None and supposed.end + supposed.distance <= past.start:
        best.pop(_HISTORICAL, None)  # "repeat biopsy *in June*": what is planned has its time to come
    if supposed is not None and denied is not None and _stays_in(text, supposed, denied, at):
        del best[_NEGATED]
        denied = None
    for nearer in (supposed, raised):
        # "avoid contrast in order *to prevent*", "would not lower the *risk of*": not what is denied.
        if denied is not None and nearer is not None and denied.end + 1 < nearer.start < at:
            best.pop(_NEGATED, None)
    if denied is not None and raised is not None and denied.end + 1 == raised.start:
        best.pop(_POSSIBLE, None)  # "no *apparent* improvement"
    raised = best.get(_POSSIBLE)
    if raised is not None and _NEGATED in best and not raised.axis & _NEGATED:
        del best[_POSSIBLE]  # "was suspected and *ruled out*": what is settled is raised no more
    return best


def _is_condition_of(text: str, supposed: Claim, raised: Claim, at: int) -> bool:
    """Whether a doubt about a name at `at` stands itself in a condition: "*if* concern for sepsis grows"."""
    return (
        supposed.end <= raised.start < at
        and text.startswith(_CONDITIONS, supposed.start)
        and not text[: supposed.start].rstrip().rpartition(" ")[2].startswith(_ASKED)
        and "," not in text[supposed.end : raised.start]
    )


def _stays_in(text: str, supposed: Claim, denied: Claim, at: int) -> bool:
    """Whether a denial belongs to a condition that ends before a name: "if *no* answer, biopsy"."""
    return (
        supposed.end <= denied.start < at
        and text.startswith(_CONDITIONS, supposed.start)
        and _CONDITION_ENDS.search(text, denied.end, at) is not None
    )


def _begins_anew(text: str, denied: Claim, past: Claim, at: int) -> bool:
    """Whether words of the past behind the comma that ends a denial tell of a name: "no fever, *h/o* DVT"."""
    return (
        denied.end < past.start < at
        and text.startswith(_OF_THE_PAST, past.start)
        and text.startswith(_NO, denied.start)
        and "," in text[denied.end : past.start]
    )


def _outdone(axis: int, best: Mapping[int, Claim]) -> bool:
    """Whether a section's default gives way: what is denied or goes on is not past."""
    return axis == _HISTORICAL and not best.keys().isdisjoint(_AGAINST_THE_PAST)
