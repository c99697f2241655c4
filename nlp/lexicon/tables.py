"""The base lexicon, read from the tables beside this file.

Each table begins with a line that names its source. `names` are parted by semicolons, `codes` by spaces
(`icd10cm:I10`); members of a combination are what its name stands for, members of a class are kept. A name
that ends in a question mark is ambiguous, and means the term only as it is written.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from eligibility import drug_names
from eligibility.codesystems import ICD_10_CM, LOINC, RXNORM
from eligibility.concepts import Coding
from eligibility.facts import Kind
from nlp.lexicon.terms import Case, Lexicon, Name, Term

TABLES = {
    "conditions.csv": Kind.CONDITION,
    "symptoms.csv": Kind.CONDITION,
    "drugs.csv": Kind.MEDICATION,
    "drug_classes.csv": Kind.MEDICATION,
    "procedures.csv": Kind.PROCEDURE,
    "vaccines.csv": Kind.IMMUNIZATION,
    "observations.csv": Kind.OBSERVATION,
    "allergens.csv": Kind.ALLERGY,
}
_SYSTEMS = {"icd10cm": ICD_10_CM, "loinc": LOINC, "rxnorm": RXNORM}


def rows(file: str) -> Iterator[dict[str, str]]:
    """The rows of a table by column."""
    if file == "drugs.csv":
        yield from drug_names.rows()  # known below this room too
        return
    text = files("nlp.lexicon").joinpath(file).read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


@cache
def base() -> Lexicon:
    """The lexicon that comes with the engine."""
    terms: list[Term] = []
    names: list[Name] = []
    for file, kind in TABLES.items():
        for row in rows(file):
            texts = dict.fromkeys((row["label"], *_list(row["names"])))
            names += [_name(text, len(terms)) for text in texts]
            terms.append(Term(row["label"], kind, _codings(row["codes"]), tuple(_list(row["members"]))))
    positions: dict[str, list[int]] = {}
    for position, term in enumerate(terms):
        positions.setdefault(term.label, []).append(position)
    combinations: dict[str, list[int]] = {}
    for row in rows("combinations.csv"):
        ingredients = [_medication(terms, positions[member]) for member in _list(row["members"])]
        combinations[row["label"]] = ingredients
        names += [Name(row["label"], position) for position in ingredients]
    for row in rows("abbreviations.csv"):
        meant = combinations.get(row["label"]) or positions[row["label"]][:1]
        case, ambiguous = Case(row["case"]), bool(row["also_meant"])
        names += [Name(row["short"], position, case, ambiguous) for position in meant]
    return Lexicon(tuple(terms), tuple(names), tuple(row["phrase"] for row in rows("not_meant.csv")))


def _name(text: str, term: int) -> Name:
    if text.endswith("?"):
        return Name(text[:-1], term, Case.AS_WRITTEN, ambiguous=True)
    return Name(text, term)


def _medication(terms: list[Term], positions: list[int]) -> int:
    (position,) = (p for p in positions if terms[p].kind is Kind.MEDICATION and not terms[p].members)
    return position


def _list(cell: str) -> list[str]:
    return [part for part in (p.strip() for p in cell.split(";")) if part]


def _codings(cell: str) -> tuple[Coding, ...]:
    parted = (code.split(":", 1) for code in cell.split())
    return tuple((_SYSTEMS[system], code) for system, code in parted)
