"""Questions that can be judged together: of one day, and no name of one means something else in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.loading import Question, binding
from eligibility.program import ValueSetSource
from eligibility.terminology import Binding, ValueSet


@dataclass(frozen=True, slots=True)
class Family:
    """The places of such questions in the list that was given, and the terms of all of them."""

    places: tuple[int, ...]
    binding: Binding


def families_of(questions: Sequence[Question]) -> tuple[Family, ...]:
    """Families of questions; each question is in one. Raises UserError for value sets that were not given.

    The same objects for the same questions, so that what the terms say of a concept is kept.
    """
    global _latest
    held, found = _latest
    if len(held) != len(questions) or any(a is not b for a, b in zip(held, questions, strict=True)):
        found = _gathered(questions)
        _latest = tuple(questions), found
    return found


_latest: tuple[tuple[Question, ...], tuple[Family, ...]] = ((), ())


def _gathered(questions: Sequence[Question]) -> tuple[Family, ...]:
    gathered: list[tuple[list[int], dict[str, ValueSetSource], dict[str, ValueSet]]] = []
    for place, question in enumerate(questions):
        for places, terms, supplied in gathered:
            of_day = questions[places[0]].as_of == question.as_of
            if (
                of_day
                and _agree(terms, question.program.value_sets)
                and _agree(supplied, question.value_sets)
            ):
                places.append(place)
                terms |= question.program.value_sets
                supplied |= question.value_sets
                break
        else:
            gathered.append(([place], dict(question.program.value_sets), dict(question.value_sets)))
    return tuple(
        Family(tuple(places), binding(replace(questions[places[0]].program, value_sets=terms), supplied))
        for places, terms, supplied in gathered
    )


def _agree(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether what both name is the same in both."""
    return all(one[name] == other[name] for name in one.keys() & other.keys())
