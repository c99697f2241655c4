"""What the makers of resources share: the writer they are called by, dates and quantities."""

from __future__ import annotations

from typing import Any, Protocol

from criteria_dsl.cases import GivenFact, Moment, When
from criteria_dsl.cases.tree import Quantity
from criteria_dsl.tree import Word

Resource = dict[str, Any]
_UCUM = "http://unitsofmeasure.org"


class Writing(Protocol):
    """What a maker needs of the writer of a case."""

    def base(self, resource_type: str, identity: str) -> Resource:
        """Type, id and subject."""

    def concept(self, word: Word, quoted: bool) -> Resource:
        """A CodeableConcept for a name of codes, or of mere words."""

    def date(self, moment: Moment) -> str:
        """A moment as FHIR writes it."""

    def index_date(self) -> str:
        """The index day."""

    def is_plain(self, word: Word) -> bool:
        """Whether a term's numbers have no unit: a score, or one measured in `1`."""

    def period(self, when: When | None) -> Resource:
        """A Period with the ends that are said."""


def start(writer: Writing, given: GivenFact, element: str) -> Resource:
    """The start alone, under one name."""
    when = given.when
    return {} if when is None or when.start is None else {element: writer.date(when.start)}


def quantity(said: Quantity, plain: bool = False) -> Resource:
    """A Quantity; `plain`: a number without a unit is one, and not one whose unit was left out."""
    found: Resource = {"value": float(said.number) if "." in said.number else int(said.number)}
    if said.comparator:
        found["comparator"] = said.comparator
    unit = said.unit or ("1" if plain else "")
    if unit:
        found |= {"unit": unit, "system": _UCUM, "code": unit}
    return found
