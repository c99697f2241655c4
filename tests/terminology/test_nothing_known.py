"""What labels of records tell of: a thing, that there is none, or that nobody knows."""

from __future__ import annotations

import pytest

from eligibility.codesystems import CVX, ICD_10_CM, RXNORM, SNOMED_CT
from eligibility.concepts import Coding, Label
from eligibility.facts import Kind
from eligibility.no_known_allergies import scopes_said
from eligibility.nothing_known import Telling, leaves_open, names_nothing, telling

ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
MISSING = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
PENICILLIN = (SNOMED_CT, "91936005")
THING, NOTHING, UNSURE, MIXED = Telling


def label(words: str, *codings: Coding) -> Label:
    return codings, words, words


@pytest.mark.parametrize(
    "words",
    [
        "NKDA",
        "No Known Allergies",
        "NKA - no known allergies",
        "No known drug or food allergies",
        "Allergies: none",
        "Allergies: NKDA",
        "denies allergies",
        "no known history of drug allergy",
        "None known",
        "No allergies on file",
    ],
)
def test_words_that_say_that_none_is_known(words: str) -> None:
    assert telling(Kind.ALLERGY, label(words)) is NOTHING
    assert telling(Kind.ALLERGY, label(words, ("urn:local", "17"))) is NOTHING
    assert telling(Kind.CONDITION, label(words)) is UNSURE  # silence about diseases may be a no
    assert telling(Kind.OBSERVATION, label(words)) is THING
    assert not names_nothing(label(words))


@pytest.mark.parametrize(
    "words",
    [
        "Allergy status unknown",
        "Unknown",
        "N/A",
        "not asked",
        "Patient not asked",
        "No information about allergies",
        "No allergy history on file",
        "Unable to obtain medication history",
        "Medication list unavailable",
        "unknown vaccine",
    ],
)
def test_words_that_say_that_nobody_knows(words: str) -> None:
    assert telling(Kind.ALLERGY, label(words)) is UNSURE
    assert telling(Kind.MEDICATION, label(words, (NULL, "UNK"))) is UNSURE
    assert names_nothing(label(words))
    assert not names_nothing(label(words, PENICILLIN))


@pytest.mark.parametrize(
    "words",
    ["Penicillin", "Nickel", "Nonsteroidal drug", "Unstable angina", "Notalgia", "Latex"],
)
def test_words_of_a_thing(words: str) -> None:
    assert telling(Kind.ALLERGY, label(words)) is THING
    assert telling(Kind.ALLERGY, label(words, (MISSING, "unknown"))) is THING
    assert not names_nothing(label(words, (MISSING, "unknown")))


@pytest.mark.parametrize(
    ("words", "codings", "says"),
    [
        ("", [(SNOMED_CT, "716186003")], NOTHING),
        ("NKDA", [(SNOMED_CT, "716186003")], NOTHING),
        ("", [(ABSENT, "no-known-medications")], NOTHING),
        ("", [(CVX, "998")], NOTHING),
        ("", [(CVX, "999")], UNSURE),
        ("", [(ABSENT, "no-medication-info")], UNSURE),
        ("", [(MISSING, "unknown")], UNSURE),
        ("No allergies to eggs", [], UNSURE),
        ("No known allergies except latex", [], UNSURE),
        ("? Penicillin", [], UNSURE),
        ("R/O pneumonia", [], UNSURE),
        ("Suspected pneumonia", [(SNOMED_CT, "1")], UNSURE),
        ("Family history of asthma", [], UNSURE),
        ("History of asthma", [], THING),
        ("No known drug allergies", [PENICILLIN], MIXED),
        ("", [PENICILLIN, (SNOMED_CT, "716186003")], MIXED),
        ("Unknown", [PENICILLIN], THING),
        ("None", [(RXNORM, "6809")], THING),
        ("", [PENICILLIN, (SNOMED_CT, "261665006")], THING),
    ],
)
def test_codes_and_words_together(words: str, codings: list[Coding], says: Telling) -> None:
    assert telling(Kind.MEDICATION, label(words, *codings)) is says


def test_that_nobody_was_asked_is_no_allergy() -> None:
    assert telling(Kind.ALLERGY, label("", (ABSENT, "no-allergy-info"))) is NOTHING
    assert telling(Kind.ALLERGY, label("Patient not asked", (SNOMED_CT, "1631000175102"))) is NOTHING


@pytest.mark.parametrize("part", ["drug ", "known ", "drug or ", "no ", "history of drug ", "unknown drug "])
def test_no_text_is_read_for_ever(part: str) -> None:
    assert telling(Kind.ALLERGY, label("no " + part * 100 + "!")) in (NOTHING, UNSURE)


@pytest.mark.parametrize(
    ("scope", "category", "words", "found"),
    [
        ("all", "", "No known allergies", {"all"}),
        ("all", "medication", "", {"medication"}),
        ("all", "food+medication", "NKDA", {"medication"}),
        ("all", "food", "NKDA", set()),
        ("all", "", "No known drug or food allergies", {"medication", "food"}),
        ("all", "", "No known latex allergy", {"latex"}),
        ("all", "biologic+environment+food+medication", "", {"all"}),
        ("medication", "food", "", set()),
        ("medication", "medication", "", {"medication"}),
        ("latex", "environment", "", {"latex"}),
    ],
)
def test_what_none_is_known_of(scope: str, category: str, words: str, found: set[str]) -> None:
    assert scopes_said(scope, category, (words, words)) == found


@pytest.mark.parametrize(
    ("words", "codings", "left_open"),
    [
        ("Unknown if ever smoked", [(SNOMED_CT, "266927001")], True),
        ("", [(SNOMED_CT, "266927001")], True),
        ("HIV status unknown", [(SNOMED_CT, "1")], True),
        ("Patient declined to answer", [(SNOMED_CT, "1")], True),
        ("Don't know", [("urn:local", "9")], True),
        ("Asked but declined", [(NULL, "ASKU")], True),
        ("Asked but no answer", [], True),
        ("Aspirin", [(MISSING, "as-text")], False),
        ("Not done", [], True),
        ("None", [(SNOMED_CT, "260413007")], False),
        ("No", [(SNOMED_CT, "373067005")], False),
        ("Not detected", [(SNOMED_CT, "260415000")], False),
        ("Never smoked tobacco", [(SNOMED_CT, "266919005")], False),
        ("Metastasis from an unknown primary", [(SNOMED_CT, "1")], False),
    ],
)
def test_answers_that_leave_the_question_open(words: str, codings: list[Coding], left_open: bool) -> None:
    assert leaves_open(label(words, *codings)) is left_open


def test_a_display_is_the_codes_own_and_a_text_is_of_the_record() -> None:
    missing = ((NULL, "ASKU"),)
    assert names_nothing((missing, "", "choose not to disclose, of course"))
    assert not names_nothing((missing, "Aspirin", "asked"))


def test_rule_out_beside_a_code_is_a_contradiction() -> None:
    label = (((ICD_10_CM, "E11.9"),), "Rule out type 2 diabetes", "Rule out type 2 diabetes")
    assert telling(Kind.CONDITION, label) is Telling.MIXED
