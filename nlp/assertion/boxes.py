"""What boxes and signs of a form say of the names beside them: `[ ] diabetes`, `☒ No`, `-wheezing`.

A box belongs to what stands behind it, or before it where the line ends with boxes. An empty one denies its
item where a box of the same form is ticked; of a form that nobody filled in the items are only supposed.
Beside "Yes" and "No" the ticked one answers, for what stands before them in the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from nlp.document import Asserted, Axis, Mention, Span

_BOX = re.compile(r"\[[ _\t]{0,3}\]|\( {1,3}\)|[☐□◻❏❑]|(\[ ?[xX✓✔√] ?\]|\([xX✓✔]\)|[☑☒■✅])")
_ANSWER = re.compile(r"[ \t]?(?:(yes|y)|no|n|none|never|denies|(unknown|unsure|not sure|n/?a))\b", re.I)
# A sign glued to a name, as reviews of systems have it, and one behind it.
_MINUS = re.compile(r"(?<=[,;:(] )[-\u2212\u2013]\Z")
_LESS = re.compile(r"\s?[-\u2212](?=\s?[,;])")
_PLUS = re.compile(r"(?<![\w+])\+(?=[A-Za-z])")
_BEHIND_LESS = frozenset(",;")
_DASHES = frozenset("-\u2212\u2013")
_SENTENCE = re.compile(r"[.;]\s")
_MOST_LINES = 12  # lines of a form that are looked at to each side
_LONGEST = 2_000  # characters of a line that are looked at to each side
_FIRST_SIGNS = 24  # characters of a bullet or number before the first box of a line


class _Box(NamedTuple):
    span: Span
    ticked: bool
    answer: str  # "yes", "no", "other"; "" where the box is one of an item
    end: int  # of the answer


def apply(
    text: str,
    mentions: Sequence[Mention],
    asserted: list[Asserted],
    check: Callable[[], None] | None = None,
) -> None:
    """Adds to `asserted`, mention by mention, what boxes and signs say. `check` is as in `assert_all`."""
    boxed = ("[" in text or "( " in text or not text.isascii()) and _BOX.search(text) is not None
    if not boxed and text.isascii() and not _may_sign(text):
        return
    line, boxes, plus, filled = Span(0, 0), [], False, False
    for number, mention in enumerate(mentions):
        signed = _signed(text, mention)
        if not boxed and not signed:
            continue
        if not line.start <= mention.start < line.end:
            if check is not None:
                check()
            line = _line(text, mention)
            boxes = _boxes(text, line) if boxed else []
            filled = bool(boxes) and _filled(text, line, boxes)
            plus = _PLUS.search(text, line.start, line.end) is not None
        run = _answers(boxes, mention) if boxes else []
        if run:
            asserted[number] = _without(asserted[number], boxes)
            found = _answered(run)
        else:
            found = _by_box(text, line, boxes, mention, filled) if boxes else None
        if found is None and not run and signed:
            found = _by_sign(text, line, mention, plus)
        if found is not None:
            asserted[number] = _with(asserted[number], *found)


def _may_sign(text: str) -> bool:
    """Whether any hyphen of a plain text stands as a sign does: behind a space, or before a comma."""
    parts = text.split("-")
    for number, part in enumerate(parts):
        if part[-1:].isspace() and number < len(parts) - 1:
            return True
        if number and (part[:1] in _BEHIND_LESS or (part[:1].isspace() and part[1:2] in _BEHIND_LESS)):
            return True
    return False


def _signed(text: str, mention: Mention) -> bool:
    """Whether a sign stands beside a name, so that a closer look is worth it."""
    start, end = mention.start, mention.end
    return text[start - 1 : start] in _DASHES or "-" in text[end : end + 2] or "\u2212" in text[end : end + 2]


def _line(text: str, mention: Mention | Span) -> Span:
    far = max(0, mention.start - _LONGEST)
    start = max(text.rfind("\n", far, mention.start) + 1, far)
    end = text.find("\n", mention.end, mention.end + _LONGEST)
    return Span(start, end if end >= 0 else min(len(text), mention.end + _LONGEST))


def _boxes(text: str, line: Span) -> list[_Box]:
    found = []
    for match in _BOX.finditer(text, line.start, line.end):
        said = _ANSWER.match(text, match.end(), line.end)
        answer = "" if said is None else "yes" if said[1] else "other" if said[2] else "no"
        if said is not None and _goes_on(text, said.end(), line.end):
            answer = ""  # "[x] No known allergies"
        end = said.end() if said is not None and answer else match.end()
        found.append(_Box(Span(*match.span()), match[1] is not None, answer, end))
    return found


def _goes_on(text: str, at: int, end: int) -> bool:
    """Whether words follow an answer, other than behind a wide space or a sign."""
    rest = text[at : min(end, at + 3)]
    return rest[:1] == " " and rest[1:2].isalpha()


def _filled(text: str, line: Span, boxes: Sequence[_Box]) -> bool:
    """Whether a box of the form that a line belongs to is ticked, in it or in lines with boxes beside it."""
    if any(box.ticked for box in boxes):
        return True
    for step in (-1, 1):
        at = line
        for _ in range(_MOST_LINES):
            place = at.start - 1 if step < 0 else at.end + 1
            if not 0 <= place < len(text):
                break
            at = _line(text, Span(place, place))
            found = _boxes(text, at)
            if any(box.ticked for box in found):
                return True
            if not found:
                break
    return False


def _by_box(
    text: str, line: Span, boxes: Sequence[_Box], mention: Mention, filled: bool
) -> tuple[Axis, Span] | None:
    behind = [box for box in boxes if box.span.start >= mention.end]
    ahead = [box for box in boxes if box.span.end <= mention.start]
    if boxes[0].answer:
        return None
    leads = boxes[0].span.start - line.start <= _FIRST_SIGNS and not any(
        sign.isalpha() for sign in text[line.start : boxes[0].span.start]
    )
    trailing = not leads and not text[boxes[-1].span.end : line.end].strip(" .;,|\r")
    beside = (behind[0] if behind else None) if trailing else (ahead[-1] if ahead else None)
    if beside is None or beside.ticked or beside.answer:
        return None
    # What stands far behind a box, in another sentence, is not its item.
    if beside.span.end <= mention.start and _SENTENCE.search(text, beside.end, mention.start):
        return None
    return Axis.NEGATED if filled else Axis.HYPOTHETICAL, beside.span


def _answers(boxes: Sequence[_Box], mention: Mention) -> list[_Box]:
    """The run of answers behind a mention; each answer counts once, the next question has its own."""
    run: list[_Box] = []
    for box in boxes:
        if box.span.start >= mention.end:
            if not box.answer or any(box.answer == held.answer for held in run):
                break
            run.append(box)
    return run


def _answered(run: Sequence[_Box]) -> tuple[Axis, Span] | None:
    """What a run of answers says: nothing where no box or several are ticked."""
    ticked = [box for box in run if box.ticked]
    if len(ticked) == 1 and ticked[0].answer == "yes":
        return None
    if len(ticked) == 1 and ticked[0].answer == "no":
        return Axis.NEGATED, ticked[0].span
    return Axis.HYPOTHETICAL, run[0].span


def _by_sign(text: str, line: Span, mention: Mention, plus: bool) -> tuple[Axis, Span] | None:
    before = mention.start - 1
    if before > line.start and text[before] in "-\u2212\u2013":
        begins = text[line.start : before].strip() == ""
        listed = _MINUS.search(text, max(line.start, before - 2), mention.start) is not None
        among = plus and text[before - 1].isspace()
        if not begins and (listed or among):
            return Axis.NEGATED, Span(before, mention.start)
    less = _LESS.match(text, mention.end, line.end)
    return None if less is None else (Axis.NEGATED, Span(less.end() - 1, less.end()))


def _without(asserted: Asserted, boxes: Sequence[_Box]) -> Asserted:
    """What is said but by the words of answers: they are choices."""
    order = _axes(asserted.axes)
    kept = {
        one: cue
        for one, cue in zip(order, asserted.cues, strict=False)
        if not any(box.answer and box.span.start < cue.end and cue.start < box.end for box in boxes)
    }
    axes = Axis.NONE
    for one in kept:
        axes |= one
    return Asserted(axes, tuple(kept.values()), asserted.relative if axes & Axis.SOMEONE_ELSE else None)


def _with(asserted: Asserted, axis: Axis, cue: Span) -> Asserted:
    if asserted.axes & axis:
        return asserted
    if axis is Axis.NEGATED and asserted.axes & Axis.HISTORICAL:
        kept = asserted.axes & ~Axis.HISTORICAL
        left = [cue for one, cue in zip(_axes(asserted.axes), asserted.cues, strict=False) if one & kept]
        asserted = Asserted(kept, tuple(left), asserted.relative)
    order = _axes(asserted.axes)
    cues = dict(zip(order, asserted.cues, strict=False)) | {axis: cue}
    return Asserted(asserted.axes | axis, tuple(cues[one] for one in sorted(cues)), asserted.relative)


def _axes(axes: Axis) -> list[Axis]:
    return [one for one in Axis if one & axes]
