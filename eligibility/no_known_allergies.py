"""Codes that say that no allergy is known, and of what: "no known drug allergy".

The table (`no_known_allergies.csv`) holds those of SNOMED CT and of the International Patient Summary. Scopes
are the categories of an AllergyIntolerance (`medication`, `food`, `environment`), `all`, or narrower ones.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from eligibility.codesystems import ATC, NDC, RXNORM
from eligibility.concepts import Coding

ALL = "all"
MEDICATION = "medication"
# Systems whose codes are drugs.
_OF_DRUGS = frozenset({RXNORM, NDC, ATC})


@cache
def _table() -> Mapping[Coding, str]:
    text = files(__package__).joinpath("no_known_allergies.csv").read_text(encoding="utf-8")
    return {(row["system"], row["code"]): row["scope"] for row in csv.DictReader(text.splitlines())}


def scope_of(codings: Iterable[Coding]) -> str | None:
    """Of what a record with these codings says that no allergy is known; None where it does not say so."""
    return next((_table()[coding] for coding in codings if coding in _table()), None)


def scopes_about(categories: frozenset[str], systems: frozenset[str]) -> frozenset[str]:
    """The scopes that hold all that a term means: by categories it is narrowed to, and its code systems."""
    found = {ALL}
    if len(categories) == 1:
        found |= categories
    if systems and systems <= _OF_DRUGS:
        found.add(MEDICATION)
    return frozenset(found)
