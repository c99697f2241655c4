"""Which drug a Medication is: its code together with its active ingredients.

An ingredient may be a code, another resource within the Medication, or another Medication, which may
be read later. One that is marked as not active (a filler) is not what the patient takes the drug for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from fhir_adapters.references import Reference
from fhir_adapters.vocabulary import CodeableConcept, Vocabulary

# ruff: noqa: N815  (element names are FHIR's)


class Item(Struct, gc=False):
    """A code or a record."""

    concept: CodeableConcept | None = None
    reference: Reference | None = None


class Ingredient(Struct, gc=False):
    itemCodeableConcept: CodeableConcept | None = None
    itemReference: Reference | None = None
    item: Item | None = None  # one of the two, since R5
    isActive: bool | None = None


class Contained(Struct, gc=False):
    """A Medication or Substance within another resource."""

    id: str = ""
    code: CodeableConcept | None = None
    ingredient: list[Ingredient] | None = None


_contained = msgspec.json.Decoder(list[Contained]).decode
_ingredients = msgspec.json.Decoder(list[Ingredient]).decode


def decode_contained(raw: bytes) -> dict[str, Contained]:
    """The resources within a resource, by their ids."""
    return {held.id: held for held in _contained(raw)} if raw and raw != b"null" else {}


def decode_ingredients(raw: bytes) -> Sequence[Ingredient]:
    """The ingredients of a Medication, none where the element is absent."""
    return _ingredients(raw) if raw and raw != b"null" else ()


def concept_within(
    identifier: str, held: Mapping[str, Contained], vocabulary: Vocabulary
) -> tuple[int, list[str]]:
    """Concept of a contained drug, 0 where it has none; and the addresses of ingredients elsewhere."""
    return _within(identifier, held, vocabulary, set())


def concept_of(
    ingredients: Sequence[Ingredient], held: Mapping[str, Contained], vocabulary: Vocabulary
) -> tuple[int, list[str]]:
    """Concept of all ingredients together; and the addresses of those that are other records."""
    return _together(ingredients, held, vocabulary, set())


def union(ids: Sequence[int], vocabulary: Vocabulary) -> int:
    """One concept of several; those that are absent add nothing."""
    distinct = [concept for concept in dict.fromkeys(ids) if concept]
    return distinct[0] if len(distinct) == 1 else vocabulary.concepts_held.union(distinct) if distinct else 0


def _within(
    identifier: str, held: Mapping[str, Contained], vocabulary: Vocabulary, seen: set[str]
) -> tuple[int, list[str]]:
    drug = held.get(identifier)
    if drug is None or identifier in seen:
        return 0, []
    seen.add(identifier)
    own = vocabulary.intern(drug.code) if drug.code is not None else 0
    told, elsewhere = _together(drug.ingredient or (), held, vocabulary, seen)
    return union((own, told), vocabulary), elsewhere


def _together(
    ingredients: Sequence[Ingredient], held: Mapping[str, Contained], vocabulary: Vocabulary, seen: set[str]
) -> tuple[int, list[str]]:
    found: list[int] = []
    elsewhere: list[str] = []
    for ingredient in ingredients:
        if ingredient.isActive is False:
            continue
        item = ingredient.item or Item(ingredient.itemCodeableConcept, ingredient.itemReference)
        if item.concept is not None:
            found.append(vocabulary.intern(item.concept))
        reference = item.reference.reference if item.reference is not None else ""
        if reference.startswith("#"):
            concept, more = _within(reference[1:], held, vocabulary, seen)
            found.append(concept)
            elsewhere += more
        elif reference:
            elsewhere.append(reference)
    return union(found, vocabulary), elsewhere
