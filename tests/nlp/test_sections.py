"""Headers are found by shape and lexicon, hold as far as they should, and defaults come from the table."""

from itertools import pairwise

import pytest

from eligibility.facts import Assertion
from eligibility.sections import section_headings, section_rows
from eligibility.stated import stated_form
from nlp import sections, sentences
from nlp.assertion import assert_all, single
from nlp.document import Axis, Mention


def named(text: str) -> list[tuple[str, str]]:
    return [(section.name, text[section.start : section.end].strip()) for section in sections.find(text)]


def axes(text: str, word: str) -> Axis:
    found = sections.find(text)
    mention = Mention(text.index(word), text.index(word) + len(word), 0)
    return assert_all(text, found, sentences.split(text, found), [mention])[0].axes


def test_headers_on_lines() -> None:
    text = "Chief Complaint: cough\nPAST MEDICAL HISTORY:\n1. Gout\n\nFamily History\nmother: stroke\n"
    assert named(text) == [
        ("chief complaint", "Chief Complaint: cough"),
        ("past medical history", "PAST MEDICAL HISTORY:\n1. Gout"),
        ("family history", "Family History\nmother: stroke"),
    ]


def test_headers_inside_a_line() -> None:
    text = "PMH: HTN, DM. FH: father with CAD.\nPE: lungs clear."
    assert [name for name, _ in named(text)] == ["past medical history", "family history", "physical exam"]


def test_sections_leave_no_gap() -> None:
    text = "Seen today.\nPMH: gout. SH: smokes.\n\nPLAN:\nreturn\nUNKNOWN THING:\nx"
    found = sections.find(text)
    assert found[0].start == 0
    assert found[-1].end == len(text)
    assert all(a.end == b.start for a, b in pairwise(found))


def test_text_without_headers_is_one_section() -> None:
    assert named("No fever today: none at all.") == [("", "No fever today: none at all.")]
    assert sections.find("") == []


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("PMH: gout, asthma", "asthma", Axis.HISTORICAL),
        ("PMH: gout, no asthma", "asthma", Axis.NEGATED),
        ("PMH: asthma, currently on albuterol", "asthma", Axis.NONE),
        ("FAMILY HISTORY:\nDiabetes: mother.", "Diabetes", Axis.SOMEONE_ELSE),
        ("FAMILY HISTORY: no cancer.\nHEENT: glaucoma", "glaucoma", Axis.NONE),
        ("FAMILY HISTORY: no cancer.\nHEENT: glaucoma", "cancer", Axis.NEGATED | Axis.SOMEONE_ELSE),
        ("FH: mother had gout.\n\nImp: stroke", "stroke", Axis.NONE),
        ("Differential diagnosis: gout, cellulitis", "cellulitis", Axis.POSSIBLE),
        ("Clinical history: fever", "fever", Axis.NONE),
    ],
)
def test_defaults(text: str, word: str, expected: Axis) -> None:
    assert axes(text, word) == expected


def test_precedence() -> None:
    assert single(Axis.NONE) == Assertion.PRESENT
    assert single(Axis.NEGATED | Axis.SOMEONE_ELSE) == Assertion.SOMEONE_ELSE
    assert single(Axis.NEGATED | Axis.HYPOTHETICAL) == Assertion.HYPOTHETICAL
    assert single(Axis.NEGATED | Axis.POSSIBLE) == Assertion.ABSENT
    assert single(Axis.POSSIBLE | Axis.HISTORICAL) == Assertion.POSSIBLE


def test_sections_are_found_by_the_names_that_protocols_ask_for() -> None:
    headings = section_headings()
    for row in section_rows():
        for heading in row["header"].split("|") if row["name"] else ():
            ((found, _),) = named(f"{heading.upper()}: gout")
            assert headings[stated_form(heading)] == row["name"]
            assert found == row["name"]
