"""A code that says less than a value set asks is a question, not a no."""

from __future__ import annotations

import pytest

from eligibility.codesystems import ATC, ICD_10, ICD_10_CM
from eligibility.concepts import Concepts
from eligibility.program import Code, Program, ValueSetSource
from eligibility.terminology import bind

SETS = {
    "below": ValueSetSource((Code(ICD_10_CM, "E11", below=True),)),
    "one": ValueSetSource((Code(ICD_10_CM, "E11.65"),)),
    "category": ValueSetSource((Code(ICD_10_CM, "C50"),)),
}


@pytest.mark.parametrize(
    ("value_set", "member", "near"),
    [
        ("below", {"E11", "E11.6", "E11.9", "E11.65"}, {"E08-E13"}),
        ("one", {"E11.65"}, {"E11", "E11.6", "E08-E13"}),
        ("category", {"C50"}, {"C00-D49"}),
    ],
)
def test_wider_codes_may_mean_it(value_set: str, member: set[str], near: set[str]) -> None:
    concepts = Concepts()
    codes = ("E11", "E11.6", "E11.9", "E11.65", "E10", "E1", "E08-E13", "E12-E13", "C50", "C00-D49", "C5")
    ids = {code: concepts.intern([(ICD_10_CM, code)]) for code in codes}
    bound = bind(Program("p", "1", "", (), SETS), {}, concepts)
    assert {code for code, at in ids.items() if bound.member[value_set][at]} == member
    no_codes = {"E1", "C5"}  # ICD has none of two signs: nothing tells what they are
    assert {code for code, at in ids.items() if bound.near[value_set][at]} == near | no_codes


@pytest.mark.parametrize(
    ("asked", "member", "near"),
    [
        (Code(ATC, "N06AB", below=True), {"N06AB", "N06AB03", "N06AB10"}, {"N06A", "N06", "N"}),
        (Code(ATC, "N06AB03"), {"N06AB03"}, {"N06AB", "N06A", "N06", "N"}),
        (Code(ATC, "N06", below=True), {"N06", "N06A", "N06AB", "N06AB03", "N06AB10", "N06AX11"}, {"N"}),
    ],
)
def test_atc_codes_are_their_own_hierarchy(asked: Code, member: set[str], near: set[str]) -> None:
    concepts = Concepts()
    codes = ("N06AB03", "N06AB10", "N06AB", "N06A", "N06", "N", "N06AX11", "N05", "n06ab03")
    ids = {code: concepts.intern([(ATC, code)]) for code in codes}
    bound = bind(Program("p", "1", "", (), {"asked": ValueSetSource((asked,))}), {}, concepts)
    assert {code for code, at in ids.items() if bound.member["asked"][at]} - {"n06ab03"} == member
    assert {code for code, at in ids.items() if bound.near["asked"][at]} == near


def test_a_prefix_is_one_of_its_own_system() -> None:
    concepts = Concepts()
    diagnosis = concepts.intern([(ICD_10, "N06.9")])
    drug = concepts.intern([(ATC, "N06AB03")])
    sets = {"drugs": ValueSetSource((Code(ATC, "N06", below=True),))}
    sets["kidneys"] = ValueSetSource((Code(ICD_10, "N06", below=True),))
    bound = bind(Program("p", "1", "", (), sets), {}, concepts)
    assert list(bound.members["drugs"]) == [drug]
    assert list(bound.members["kidneys"]) == [diagnosis]


def test_a_wider_code_beside_an_exact_one_is_no_question() -> None:
    concepts = Concepts()
    exact = concepts.intern([(ATC, "N06AB"), (ATC, "N06AB10")])
    bound = bind(Program("p", "1", "", (), {"a": ValueSetSource((Code(ATC, "N06AB03"),))}), {}, concepts)
    assert not bound.member["a"][exact]
    assert not bound.near["a"][exact]


def test_a_wider_code_than_one_taken_out_may_be_that_one() -> None:
    sets = {"out": SETS["one"], "rest": ValueSetSource(SETS["below"].codes, minus=("out",))}
    concepts = Concepts()
    ids = {
        code: concepts.intern([(ICD_10_CM, code)]) for code in ("E11", "E11.6", "E11.65", "E11.9", "E08-E13")
    }
    bound = bind(Program("p", "1", "", (), sets), {}, concepts)
    assert {code for code, at in ids.items() if bound.member["rest"][at]} == {"E11.9"}
    assert {code for code, at in ids.items() if bound.near["rest"][at]} == {"E11", "E11.6", "E08-E13"}
