"""Dates of values: a number told as an earlier one has only a date of its own."""

from __future__ import annotations

from collections.abc import Sequence

from nlp.dating.link import link
from nlp.document import Reach, Span, When
from nlp.values.shapes import Status, Value


def link_values(
    text: str,
    values: Sequence[Value],
    whens: Sequence[When],
    sentences: Sequence[Span] = (),
    within: Sequence[tuple[int, int]] = (),
) -> list[Value]:
    """The same values with their dates. A number told as an earlier one has only a date of its own.

    Values stand in order of the text, as `nlp.values.find` gives them.
    """
    if not values:
        return []
    # A name has the date of its number; a second number of the same name stands for itself.
    places: dict[Span, int] = {}
    spans: list[Span] = []
    of: list[int] = []
    named: set[Span] = set()
    for value in values:
        own = Span(value.start, value.end)
        if own not in places:
            first = value.name not in named and value.name.end <= value.start
            places[own] = len(spans)
            spans.append(Span(value.name.start if first else value.start, value.end))
            named.add(value.name)
        of.append(places[own])
    order = sorted(range(len(spans)), key=lambda number: spans[number])
    linked = link(text, [spans[number] for number in order], whens, sentences, within=within)
    dates = {number: found.start for number, found in zip(order, linked, strict=True)}
    result: list[Value] = []
    for value, number in zip(values, of, strict=True):
        when = dates[number]
        if when is not None and (when.reach is Reach.FOR or when.reach is Reach.AGE):
            when = None  # how long, not when
        if when is not None and value.status is Status.EARLIER:
            if ")" in text[value.end : when.start] and result and result[-1].name == value.name:
                # "1.4 (baseline 1.1) on 3/4": the date is of the number before the brackets
                result[-1] = result[-1]._replace(when=result[-1].when or when)
                when = None
            elif when.start < value.end:
                when = None
        result.append(value._replace(when=when))
    return result
