"""Codes in other spellings are the same codes; what is no code, and what words name, is a question."""

from __future__ import annotations

import pytest

from eligibility.codesystems import (
    ATC,
    CVX,
    ICD_9_CM,
    ICD_10,
    ICD_10_CM,
    NDC,
    RXNORM,
    SNOMED_CT,
    normal_coding,
)
from eligibility.concepts import Coding, Concepts
from eligibility.program import Code, Program, ValueSetSource
from eligibility.terminology import bind

MEMBER, NEAR, OTHER = "member", "near", "other"


def codes(system: str, *of: str) -> tuple[Code, ...]:
    return tuple(Code(system, code) for code in of)


@pytest.mark.parametrize(
    ("system", "written", "meant"),
    [
        (ICD_10_CM, "N186", "N18.6"),
        (ICD_10_CM, "S72001A", "S72.001A"),
        (ICD_10_CM, "E11", "E11"),
        (ICD_10_CM, "E08-E13", "E08-E13"),
        (ICD_10, "E119", "E11.9"),
        (ICD_9_CM, "25000", "250.00"),
        (ICD_9_CM, "V1582", "V15.82"),
        (ICD_9_CM, "E8889", "E888.9"),
        (CVX, "3", "03"),
        (SNOMED_CT, "44054006 |Type 2 diabetes mellitus|", "44054006"),
        (ATC, "A10B A02", "A10BA02"),
    ],
)
def test_codes_have_one_spelling(system: str, written: str, meant: str) -> None:
    assert normal_coding(system, written) == (system, meant)


LISTS = {
    "kidneys": ValueSetSource(codes(ICD_10_CM, "N18.4", "N18.5", "N18.6"), names=("severe-ckd",)),
    "diabetes": ValueSetSource(codes(SNOMED_CT, "44054006"), names=("dm",)),
    "metformin": ValueSetSource(codes(RXNORM, "6809"), names=("metformin",)),
    "incretins": ValueSetSource(codes(RXNORM, "1991302", "475968"), names=("incretins",)),
    "biguanides": ValueSetSource(codes(RXNORM, "861007"), names=("biguanides",)),
    "steroids": ValueSetSource((Code(ATC, "H02AB", below=True),), names=("steroid",)),
    "named steroids": ValueSetSource(
        (Code(ATC, "H02AB", below=True),), names=("steroid", "prednisone", "dexamethasone")
    ),
    "packed": ValueSetSource(codes(NDC, "00093104801"), names=("packed",)),
}


@pytest.mark.parametrize(
    ("name", "codings", "text", "meaning"),
    [
        ("kidneys", [(ICD_10_CM, "N186")], "End stage renal disease", MEMBER),
        ("kidneys", [], "Chronic kidney disease", NEAR),  # says less than a title
        ("kidneys", [], "Chronic kidney disease, stage 5, on dialysis", NEAR),
        ("kidneys", [], "Sprained ankle", OTHER),
        ("kidneys", [(ICD_10_CM, "N18.2")], "Chronic kidney disease", OTHER),
        ("diabetes", [(SNOMED_CT, "44054006:363698007=113331007")], "", NEAR),
        ("diabetes", [(SNOMED_CT, "73211009")], "", OTHER),
        ("metformin", [(RXNORM, "861743")], "glyburide 2.5 MG / metformin 500 MG Oral Tablet", NEAR),
        ("metformin", [(RXNORM, "151827")], "Glucophage", NEAR),
        ("metformin", [(RXNORM, "314076")], "lisinopril 10 MG Oral Tablet", OTHER),
        ("incretins", [(RXNORM, "2619154")], "semaglutide 1 MG in 0.75 ML Pen Injector [Ozempic]", NEAR),
        ("incretins", [], "warfarin 5 mg tablet", OTHER),  # a drug of the table with a code of its own
        ("incretins", [], "warfarin and abaloparatide", NEAR),  # the code of one of them nobody knows
        ("biguanides", [], "metformin 500 mg", NEAR),  # a product is listed: nobody knows of what
        ("incretins", [], "something from the pharmacy", NEAR),
        ("steroids", [], "prednisone 10 mg", NEAR),  # nobody says what the codes are called
        ("named steroids", [], "prednisone 10 mg", NEAR),
        ("named steroids", [], "lisinopril 10 mg", OTHER),
        ("packed", [(NDC, "000931048")], "", NEAR),
        ("packed", [(NDC, "00093104802")], "", OTHER),
    ],
)
def test_what_may_mean_a_list(name: str, codings: list[Coding], text: str, meaning: str) -> None:
    concepts = Concepts()
    at = concepts.intern(codings, text)
    bound = bind(Program("p", "1", "", (), LISTS), {}, concepts)
    found = MEMBER if bound.member[name][at] else NEAR if bound.near[name][at] else OTHER
    assert found == meaning
