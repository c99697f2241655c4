"""A denial of all allergies answers each allergy that it covers, and no other."""

from __future__ import annotations

from datetime import date

import pytest

from criteria_dsl import compile_text
from eligibility.concepts import Concepts, Words
from eligibility.facts import Assertion, Kind
from eligibility.instants import BEGINNING, DAY, day_start
from eligibility.notes import Note
from eligibility.program import Program
from eligibility.stated import stated_coding
from nlp.allergy.denials import Sort, denials
from nlp.facts.covered import covers
from nlp.lexicon import base
from nlp.reader import Reader
from nlp.sections import find as sections_of

WRITTEN = day_start(date(2024, 5, 1))
PROTOCOL = """
protocol p version 1 "P"

allergy penicillin-allergy also "penicillin": RxNorm 7980
allergy peanut-allergy: RxNorm 1
allergy statin-intolerance: RxNorm 2
allergy none-known also "NKDA": RxNorm 3
exclude A "A"
  any of
  - penicillin-allergy at index
  - peanut-allergy at index
  - statin-intolerance at index
include B "B"
  none-known at index
"""


def program() -> Program:
    compiled = compile_text(PROTOCOL.lstrip(), name="p.elig")
    assert compiled.program is not None, [problem.render() for problem in compiled.problems]
    return compiled.program


def stated(text: str) -> dict[str, set[tuple[str, str]]]:
    """Codings of allergies that are denied ("absent") and stated ("present")."""
    concepts, words = Concepts(), Words()
    found: dict[str, set[tuple[str, str]]] = {"absent": set(), "present": set()}
    read = Reader([program()]).read([Note(text, WRITTEN, WRITTEN + DAY - 1)], concepts, words)
    for rows in read.rows:
        assert rows.kind is Kind.ALLERGY
        for at, concept in enumerate(rows.columns["concept"].tolist()):
            how = Assertion(int(rows.columns["assertion"][at])).name.lower()
            found[how].update(concepts.codings[concept])
            if how == "absent":
                assert rows.columns["start_lo"][at] == BEGINNING
                assert not rows.columns["doubtful"][at]
    return found


def test_a_denial_of_drug_allergies_covers_drugs_alone() -> None:
    found = stated("NKDA")
    assert found["absent"] == {stated_coding("penicillin")}
    assert found["present"] == {stated_coding("nkda")}


def test_a_denial_of_all_allergies_covers_foods_and_no_intolerance() -> None:
    found = stated("No known allergies.")
    assert stated_coding("peanut allergy") in found["absent"]
    assert stated_coding("statin intolerance") not in found["absent"]


@pytest.mark.parametrize(
    ("text", "sorts"),
    {
        "NKA": [Sort.ALL],
        "n.k.d.a.": [Sort.DRUG],
        "Denies any known food or drug allergies": [Sort.DRUG, Sort.FOOD],
        "No allergies to medications": [Sort.DRUG],
        "Allergies:\nNone": [Sort.ALL],
        "Allergies: no known": [Sort.ALL],
        "Allergies: none but latex": [],
        "No allergies to eggs": [],
        "No known allergies other than penicillin": [],
        "No new allergies": [],
        "Allergies: not on file": [],
        "Allergies reviewed": [],
        "no allergic reaction": [],
        "Blanka": [],
    }.items(),
)
def test_what_denies_all_allergies(text: str, sorts: list[Sort]) -> None:
    assert [sort for denial in denials(text, sections_of(text)) for sort in denial.sorts] == sorts


def test_an_allergy_by_several_names_is_covered_where_all_of_them_are() -> None:
    lexicon = base()
    assert covers(Sort.DRUG, {"allergy to penicillin", "amoxicillin (substance)"}, lexicon)
    assert not covers(Sort.DRUG, {"penicillin", "peanut"}, lexicon)
    assert not covers(Sort.DRUG, frozenset(), lexicon)
    assert covers(Sort.FOOD, {"food allergy"}, lexicon)
