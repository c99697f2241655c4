"""Classes of visits as they are read: what a code means beside itself."""

from __future__ import annotations

import pytest

from fhir_adapters.mapping.visit_classes import VisitClasses
from fhir_adapters.vocabulary import CodeableConcept, Coding, Vocabulary

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0004"


@pytest.mark.parametrize(
    ("codings", "classes"),
    [
        ([(ACT, "ACUTE")], {"ACUTE", "IMP"}),
        ([(ACT, "NONAC")], {"NONAC", "IMP"}),
        ([(ACT, "IMP")], {"IMP"}),
        ([(ACT, "AMB")], {"AMB"}),
        ([(V2, "I")], {"IMP"}),
        ([(V2, "O")], {"AMB"}),
        ([(V2, "E")], {"EMER"}),
        ([(V2, "P")], {"PRENC"}),
        ([(V2, "R")], set()),
        ([(V2, "I"), (ACT, "OBSENC")], {"OBSENC"}),
        ([("urn:oid:1.2.3", "I")], set()),
    ],
)
def test_a_class_says_what_its_codes_mean(codings: list[tuple[str, str]], classes: set[str]) -> None:
    vocabulary = Vocabulary()
    held = vocabulary.intern(CodeableConcept([Coding(system, code) for system, code in codings]))
    read = vocabulary.concepts_held.codings[VisitClasses(vocabulary).concept(held)]
    assert {code for system, code in read if system == ACT} == classes
    assert {tuple(coding) for coding in codings} <= set(read)
