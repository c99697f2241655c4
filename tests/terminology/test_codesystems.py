"""Codings in one spelling, and never two codes taken for one."""

from __future__ import annotations

import pytest

from eligibility.codesystems import ICD_10_CM, LOINC, NDC, SNOMED_CT, normal_coding
from eligibility.concepts import Concepts


@pytest.mark.parametrize(
    ("system", "code", "normal"),
    [
        ("http://hl7.org/fhir/sid/icd-10-cm", "e11.9 ", (ICD_10_CM, "E11.9")),
        ("HTTPS://HL7.org/fhir/sid/icd-10-cm/", "E11.9", (ICD_10_CM, "E11.9")),
        ("urn:oid:2.16.840.1.113883.6.90", "E11.9", (ICD_10_CM, "E11.9")),
        ("2.16.840.1.113883.6.1", " 4548-4", (LOINC, "4548-4")),
        ("http://snomed.info/sct", "44054006", (SNOMED_CT, "44054006")),
        ("http://hl7.org/fhir/sid/ndc", "0169-4136-12", (NDC, "00169413612")),
        ("http://hl7.org/fhir/sid/ndc", "00169-413-12", (NDC, "00169041312")),
        ("http://hl7.org/fhir/sid/ndc", "00169-4136-1", (NDC, "00169413601")),
        ("http://hl7.org/fhir/sid/ndc", "00169413612", (NDC, "00169413612")),
        (
            "http://hl7.org/fhir/v3/ActCode",
            "EMER",
            ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "EMER"),
        ),
        ("http://hl7.org/fhir/v2/0203", "MR", ("http://terminology.hl7.org/CodeSystem/v2-0203", "MR")),
        ("urn:local:labs", "aBc ", ("urn:local:labs", "aBc")),
        ("", "E11.9", ("", "E11.9")),
    ],
)
def test_one_spelling(system: str, code: str, normal: tuple[str, str]) -> None:
    assert normal_coding(system, code) == normal
    assert normal_coding(*normal) == normal


def test_letter_case_matters_where_the_system_says_so() -> None:
    assert normal_coding("urn:local", "a") != normal_coding("urn:local", "A")
    assert normal_coding(LOINC, "la6568-5") == (LOINC, "la6568-5")


def test_a_concept_is_its_codings_under_its_label() -> None:
    concepts = Concepts()
    both = [("a", "1"), ("b", "2")]
    assert concepts.intern(both, "x") == concepts.intern(reversed(both), "x")
    assert concepts.intern(both, "x") != concepts.intern(both, "y")
    assert concepts.codings[concepts.intern(both, "x")] == concepts.codings[concepts.intern(both, "y")]
    assert concepts.show(concepts.intern(both, "y")).startswith("y ")
