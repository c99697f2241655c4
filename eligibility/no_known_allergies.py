"""Codes that say that no allergy is known, and of what: "no known drug allergy".

The table (`no_known_allergies.csv`) holds those of SNOMED CT and of the International Patient Summary. Scopes
are the categories of an AllergyIntolerance (`medication`, `food`, `environment`), `all`, or narrower ones. Of
which scope an allergy is tells its code system, or a second table (`allergens.csv`): SNOMED CT's allergies to
single drugs and foods, as the Disease Ontology maps its own (release of 27 June 2025, CC0); penicillin as an
example of the International Patient Summary.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from eligibility.codesystems import ATC, NDC, RXNORM
from eligibility.concepts import Coding

ALL = "all"
MEDICATION = "medication"
CATEGORIES = frozenset({MEDICATION, "food", "environment", "biologic"})  # of an AllergyIntolerance, FHIR R4
# What allergies are called in words that narrow them, in English.
_WORDS = tuple(
    (scope, re.compile(rf"\b(?:{words})", re.IGNORECASE))
    for scope, words in (
        (MEDICATION, "drug|medication|medicine|nkda|nkma"),
        ("food", "food|nkfa"),
        ("environment", "environment|nkea"),
        ("insects", "insect"),
        ("animals", "animal"),
        ("latex", "latex"),
    )
)
# Systems whose codes are drugs.
_OF_DRUGS = frozenset({RXNORM, NDC, ATC})


@cache
def _table() -> Mapping[Coding, str]:
    text = files(__package__).joinpath("no_known_allergies.csv").read_text(encoding="utf-8")
    return {(row["system"], row["code"]): row["scope"] for row in csv.DictReader(text.splitlines())}


def codes_of_none() -> frozenset[Coding]:
    """The codes that say that no allergy is known."""
    return frozenset(_table())


def scope_of(codings: Iterable[Coding]) -> str | None:
    """Of what a record with these codings says that no allergy is known; None where it does not say so."""
    return next((_table()[coding] for coding in codings if coding in _table()), None)


def scopes_said(scope: str, category: str, words: Iterable[str]) -> frozenset[str]:
    """The scopes that a record answers for: its code's, narrowed to what itself says.

    It may do so by its categories ("food+medication") or in words ("NKDA" beside the code of all allergies).
    """
    own = frozenset(category.split("+")) if category else frozenset()
    named = frozenset(which for which, word in _WORDS if any(word.search(text) for text in words))
    if scope == ALL:
        told = [those for those in (own, named) if those and not those >= CATEGORIES]
        return frozenset.intersection(*told) if told else frozenset({ALL})
    if scope in CATEGORIES and own and scope not in own:
        return frozenset()  # the code and the category speak of different things
    return frozenset({scope})


def scopes_about(categories: frozenset[str], codes: Iterable[Coding]) -> frozenset[str]:
    """The scopes that hold all that a term means: by categories it is narrowed to, and by its codes."""
    found = {ALL}
    if len(categories) == 1:
        found |= categories
    named = _scope_of_all(codes)
    if named is not None:
        found.add(named)
    return frozenset(found)


def _scope_of_all(codes: Iterable[Coding]) -> str | None:
    """The one scope that all codes are known to lie in; None where one is not, or there is no code."""
    found: str | None = None
    for coding in codes:
        scope = MEDICATION if coding[0] in _OF_DRUGS else _allergens().get(coding)
        if scope is None or found not in (None, scope):
            return None
        found = scope
    return found


@cache
def _allergens() -> Mapping[Coding, str]:
    text = files(__package__).joinpath("allergens.csv").read_text(encoding="utf-8")
    return {(row["system"], row["code"]): row["scope"] for row in csv.DictReader(text.splitlines())}
