"""Every example of the guide compiles, and every error it shows is the real one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from criteria_dsl import compile_text
from criteria_dsl.vocabulary import KINDS

GUIDE = Path(__file__).parents[2] / "docs" / "language.md"
FENCE = re.compile(r"^```(elig wrong|elig|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = FENCE.findall(GUIDE.read_text(encoding="utf-8"))
HEAD = 'protocol EXAMPLE version 1 "Example"\n'
# What the examples below the section on terms take as given.
TERMS = """
diagnosis diabetes: ICD-10-CM E11*
diagnosis stroke: ICD-10-CM I63*
diagnosis gestational-diabetes: ICD-10-CM O24.4*
diagnosis heart-failure-diagnosis: ICD-10-CM I50*
diagnosis hypertension: ICD-10-CM I10*
measurement HbA1c in %: LOINC 4548-4
measurement SBP in mm[Hg]: LOINC 8480-6
measurement DBP in mm[Hg]: LOINC 8462-4
measurement weight in kg: LOINC 29463-7
measurement height in cm: LOINC 8302-2
measurement reported-BMI in kg/m2: LOINC 39156-5
medication metformin: RxNorm 6809
medication insulin: RxNorm 5856
finding smoking-status: LOINC 72166-2
finding pregnancy-test: LOINC 2106-3
codes current-smoker: SNOMED 77176002
codes negative-answer: SNOMED 260385009
codes heart-failure: ICD-10-CM I50*
family-history CAD-in-family: SNOMED 53741008; ICD-10-CM I25*
visit inpatient-stay: system "http://terminology.hl7.org/CodeSystem/v3-ActCode" IMP
"""


def full(example: str) -> str:
    """The example with a heading, and with the terms it does not declare itself."""
    if re.match(r"(protocol|measure|library) ", example):
        return example
    own = set(re.findall(r"^(?:[a-z-]+) ([\w-]+)[ :]", example, re.MULTILINE))
    terms = [line for line in TERMS.strip().splitlines() if re.split(r"[ :]", line)[1] not in own]
    return example + "\n".join(terms) + "\n"


@pytest.mark.parametrize("example", [text for kind, text in EXAMPLES if kind == "elig"], ids=lambda t: t[:30])
def test_examples_compile(example: str) -> None:
    text = full(example)
    result = compile_text(text if text is example else HEAD + text)
    errors = [problem.render() for problem in result.problems if problem.severity == "error"]
    assert not errors, "\n".join(errors)


def test_errors_are_shown_as_they_are() -> None:
    wrong = [text for kind, text in EXAMPLES if kind == "elig wrong"]
    shown = [text for kind, text in EXAMPLES if kind == "text"]
    assert len(wrong) == len(shown) == 1
    # The heading follows the example here, so that lines count as the reader sees them.
    result = compile_text(full(wrong[0]) + HEAD, name="example.elig")
    problems = [p for p in result.problems if p.severity == "error" and p.code != "E006"]
    assert "".join(f"{problem.render()}\n" for problem in problems) == shown[0]


def test_the_guide_names_every_kind_and_policy() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for word in (*KINDS, "missing", "outdated", "unconfirmed", "undated", "unmapped", "unreadable", "review"):
        assert f"`{word}" in text, word
