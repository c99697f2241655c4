"""Dates linked to labelled things of our own notes (`tests/nlp/gold`), given the things.

A date is right where its interval meets the labelled one and is about as exact: at most a little more than
twice as long, or 16 days, and with four days' grace for counts in weeks. Linking the note's own day to
what has no labelled date changes nothing and is not counted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from benchmarks.accuracy.counts import Counts
from benchmarks.accuracy.rows import Row, f1_row
from eligibility.instants import DAY, day_end, day_start, is_finite
from nlp import dates, dating, sections, sentences, values
from nlp.assertion import assert_all
from nlp.dates import calendar
from nlp.document import Mention as NamedSpan
from nlp.document import Reach, Span, When
from tests.nlp.gold.reader import DEVELOPMENT, Mention, Note, read_half, read_short

LEAST = 0.90
CLOSED = "ELIGIBILITY_CLOSED_NOTES"  # the closed half is read only where this is set, at the end of work


def rows(data: Path) -> Iterator[Row]:
    """F1 of when things were or began, and when they ended, of the half that rules may be written from."""
    for half in (DEVELOPMENT, "open", "closed") if os.environ.get(CLOSED) else (DEVELOPMENT, "open"):
        notes = read_half(half)
        least = None if half == DEVELOPMENT else LEAST
        yield f1_row(f"our notes ({half})", "date", [counts(note) for note in notes], least)
    for name in ("read", "unread"):
        yield f1_row(f"short notes ({name})", "date", [counts(note) for note in read_short(name)], LEAST)


def counts(note: Note) -> Counts:
    """Of one note: each labelled or said start or end of a thing is an item."""
    right = wrong = missed = 0
    for mention, found in zip(note.mentions, linked(note), strict=True):
        for key, when in (("date", found.start), ("until", found.end)):
            label = mention.attributes.get(key)
            if when is not None and (when.reach is Reach.AGE or not is_finite(when.lo)):
                when = None
            if label is None and when is not None and key == "date" and _same_day(note, when):
                continue
            held = label is not None and when is not None and agrees(note, label, when)
            right += held
            wrong += when is not None and not held
            missed += label is not None and not held
    return Counts(right, wrong, missed)


def linked(note: Note) -> Sequence[dating.Dates]:
    """Our dates of the note's labelled things, with our own sentences and assertions as in a run."""
    whens = dates.find(note.text, *_written(note))
    parts = sections.find(note.text)
    pieces = sentences.split(note.text, parts)
    found = values.find(note.text, pieces, whens)
    spans = [Span(mention.start, mention.end) for mention in note.mentions]
    extents = [_extent(mention, found) for mention in note.mentions]
    said = assert_all(note.text, parts, pieces, [NamedSpan(*span, 0) for span in spans])
    elsewhere = [bool(one.axes & dating.ELSEWHERE) for one in said]
    return dating.link(note.text, spans, whens, pieces, extents, elsewhere)


def agrees(note: Note, label: str, when: When) -> bool:
    """Whether a date is the labelled one."""
    lo, hi = interval(label)
    words = note.text[when.start : when.end].lower()
    counted = when.reach is not Reach.AT or "ago" in words or "w" in words
    grace = 4 * DAY if counted else 0
    meets = when.lo <= hi + grace and when.hi >= lo - grace
    return meets and when.hi - when.lo <= max(2.2 * (hi - lo), 16 * DAY)


def interval(label: str) -> tuple[int, int]:
    """The instants of an ISO date, whole or partial, or of two with a slash between."""
    first, _, last = label.partition("/")
    lo, hi = _partial(first), _partial(last or first)
    return lo[0], hi[1]


def _partial(text: str) -> tuple[int, int]:
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        day = date(*parts)
        return day_start(day), day_end(day)
    pair = (
        calendar.of_months(parts[0], parts[1], parts[1])
        if len(parts) == 2
        else calendar.of_years(parts[0], parts[0])
    )
    if pair is None:
        raise ValueError(f"no date: {text}")
    return pair


def _extent(mention: Mention, found: Sequence[values.Value]) -> int:
    """Where what is said of a thing ends: with its value, where it has one."""
    ends = [value.end for value in found if value.name.start < mention.end and mention.start < value.name.end]
    return max([mention.end, *ends])


def _written(note: Note) -> tuple[int, int]:
    return day_start(note.date), day_end(note.date)


def _same_day(note: Note, when: When) -> bool:
    lo, hi = _written(note)
    return lo - DAY <= when.lo and when.hi <= hi
