"""Lists whose heading or bullets are not needed, or cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator

from criteria_dsl import tree as t
from criteria_dsl.linting.rule import Edit, Found, rule
from criteria_dsl.linting.text import Text
from criteria_dsl.source import Span


@rule("L110", "list of one", "A list with one bullet is that bullet.")
def single_bullet(text: Text) -> Iterator[Found]:
    for group in text.walk(t.Group):
        if len(group.parts) == 1 and group.form in ("all", "any"):
            edit = Edit(group.span, written(group.parts[0].span))
            message = f"`{group.heading.text}` has a single bullet"
            yield Found(group.heading, message, "write the bullet alone", edit)


@rule(
    "L115",
    "the same bullet twice",
    "A bullet that repeats another adds nothing, and counts double in a count.",
)
def repeated_bullet(text: Text) -> Iterator[Found]:
    for group in text.walk(t.Group):
        seen: set[str] = set()
        for part in group.parts:
            if part.span.text in seen:
                yield Found(part.span, f"`{part.span.text}` stands in this list twice", "take one out")
            seen.add(part.span.text)


@rule("L116", "list within its like", "`all of` inside `all of`, or `any of` inside `any of`, is one list.")
def nested_like(text: Text) -> Iterator[Found]:
    for group in text.walk(t.Group):
        for part in group.parts:
            if isinstance(part, t.Group) and part.form == group.form and group.form in ("all", "any"):
                yield Found(
                    part.heading,
                    f"`{group.form} of` inside `{group.form} of`",
                    "put its bullets one level up",
                )


@rule("L117", "first available of one", "A single line needs no `first available of`.")
def single_option(text: Text) -> Iterator[Found]:
    for value in text.walk(t.FirstOf):
        if len(value.options) == 1:
            edit = Edit(value.span, written(value.options[0].span))
            yield Found(value.span, "`first available of` has a single line", "write the line alone", edit)


def written(span: Span) -> str:
    """The text of a span as it stands."""
    return span.source.text[span.start : span.end]
