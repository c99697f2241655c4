"""A rendered protocol says everything, in words, and asks for nothing from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from api.authoring.rendering import render
from api.authoring.rendering.reading import read_protocol
from criteria_dsl.formatting.plain import spoken_name

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
FILES = [PROTOCOLS / "demo.elig", *sorted((PROTOCOLS / "measures").glob("CMS*.elig"))]


class Text(HTMLParser):
    """The text of a page, and whether its tags close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.open, self.sound = "", list[str](), True
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.outside += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.sound = self.sound and bool(self.open) and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += f" {data} "


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@pytest.mark.parametrize("checklist", [False, True], ids=["reading", "checklist"])
def test_everything_is_said(path: Path, checklist: bool) -> None:
    page = Text()
    page.feed(render(path, "html", checklist))
    assert page.sound
    assert page.open == []
    assert page.outside == []
    reading = read_protocol(path)
    for text in (page.text, render(path, "markdown", checklist)):
        flat = " ".join(text.split())
        for criterion in reading.program.criteria:
            assert criterion.id in flat
            assert criterion.label in flat
            for line in criterion.source:
                assert " ".join(line.split()) in flat
        if not checklist:
            for block in (*reading.criteria.values(), *reading.definitions):
                assert all(line.text in flat for line in block.statement)
            for term in reading.terms:
                assert spoken_name(term.name) in flat


def test_signs_are_words() -> None:
    text = render(PROTOCOLS / "demo.elig", "markdown", checklist=False)
    body = text[: text.index("## Terms")]
    assert not re.search(r"^\s*- .*(>=|<=|(?<!non)-[a-z])", body, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("type-2-diabetes", "type 2 diabetes"),
        ("GLP-1-receptor-agonist", "GLP-1 receptor agonist"),
        ("NT-proBNP", "NT-proBNP"),
        ("non-melanoma-skin-cancer", "non-melanoma skin cancer"),
        ("HbA1c", "HbA1c"),
        ("Cockcroft-Gault", "Cockcroft-Gault"),
    ],
)
def test_names(name: str, spoken: str) -> None:
    assert spoken_name(name) == spoken


def test_a_term_says_its_analyte_range_and_half_life(tmp_path: Path) -> None:
    path = tmp_path / "t.elig"
    path.write_text(
        'protocol T version 1 "T"\n'
        "measurement glucose in mg/dL analyte glucose normal 70 to 100 mg/dL: LOINC 2345-7\n"
        "medication semaglutide half-life 7 days: RxNorm 1991302\n"
        'include I1 "A"\n  most recent glucose within 1 year before index is < 126 mg/dL\n'
        'exclude E1 "B"\n  semaglutide overlapping the 5 half-lives before index\n',
        encoding="utf-8",
    )
    text = render(path, "markdown", checklist=False)
    assert "mg/dL, analyte glucose, normal 70 to 100 mg/dL" in text
    assert "half-life 7 days" in text


def test_names_stand_for_what_their_own_file_means(tmp_path: Path) -> None:
    """A term that is called as a library's value is no such value; whom a criterion is for is explained."""
    path = tmp_path / "t.elig"
    path.write_text(
        'protocol T version 1 "T"\nuse QTcF from "clinical-values" version 1.0\n'
        "parameter oldest is a number in years default 54\n"
        "parameter enrolment is a period default 2025-01-01 to 2025-12-31\n"
        "measurement ANC in 10*3/uL: LOINC 751-8\nmeasurement QT in ms: LOINC 8634-8\n"
        "measurement pulse in /min: LOINC 8867-4\nprocedure hysterectomy: SNOMED 236886002\n"
        "define last-QT as most recent QT\ndefine last-pulse as most recent pulse\n"
        "define childbearing when all of\n  - age at index is 12 to oldest\n  - no hysterectomy\n"
        "define factor as\n  - if childbearing: 2\n  - otherwise: 1\n"
        'include I1 "ANC"\n  most recent ANC is >= 1.5 10*3/uL\n'
        'include I2 "QTc"\n  only for childbearing\n  QTcF of last-QT, last-pulse is < 470 ms\n'
        'include I3 "Factor"\n  factor is <= 2\n',
        encoding="utf-8",
    )
    reading = read_protocol(path)
    names = {block.name for block in reading.definitions}
    assert names == {"QTcF", "no-beat", "not-computable", "last-QT", "last-pulse", "childbearing", "factor"}
    assert {term.name for term in reading.terms} == {"ANC", "QT", "pulse", "hysterectomy"}
    text = render(path, "markdown", checklist=False)
    assert "**QTcF of QT, heart rate**\n\n- if no beat of QT, heart rate: 1 ms times not computable\n" in text
    assert "- otherwise: QT times (cube root of" in text
    assert "**factor**\n\n- if childbearing: 2\n- otherwise: 1\n" in text
    assert "- oldest: 54 years\n- enrolment: 2025-01-01 to 2025-12-31\n" in text
    assert "| I2 | **QTc** only for childbearing: QTcF of" in render(path, "markdown", checklist=True)
    assert "<li>oldest: 54 years</li>" in render(path, "html", checklist=False)


def test_terms_that_only_a_library_defines_are_listed_with_their_codes(tmp_path: Path) -> None:
    """A definition of a library rests on its terms; one of the protocol's of the same name is another."""
    (tmp_path / "kidneys.elig").write_text(
        'library kidneys version 1 "Kidneys"\n'
        "measurement creatinine in mg/dL: LOINC 2160-0\ncodes dialysis-codes: SNOMED 108241001\n"
        "procedure dialysis: codes of dialysis-codes\n"
        "define healthy-kidneys when all of\n  - no dialysis\n"
        "  - most recent creatinine within 90 days before index is <= 1.2 mg/dL\n",
        encoding="utf-8",
    )
    path = tmp_path / "t.elig"
    path.write_text(
        'protocol T version 1 "T"\nuse healthy-kidneys from "kidneys" version 1\n'
        "measurement creatinine in umol/L: LOINC 14682-9\n"
        'include I1 "A"\n  healthy-kidneys\n'
        'include I2 "B"\n  most recent creatinine within 90 days before index is <= 90 umol/L\n',
        encoding="utf-8",
    )
    terms = {(term.name, term.unit, *term.codes) for term in read_protocol(path).terms}
    assert ("creatinine", "mg/dL", "http://loinc.org: 2160-0") in terms
    assert ("creatinine", "umol/L", "http://loinc.org: 14682-9") in terms
    assert ("dialysis", "", "codes of dialysis codes") in terms
    assert ("dialysis-codes", "", "http://snomed.info/sct: 108241001") in terms


def test_a_range_of_codes_is_shown_as_it_was_written(tmp_path: Path) -> None:
    protocol = tmp_path / "p.elig"
    text = 'protocol P version 1 "P"\n\ndiagnosis cancer: ICD-10-CM C00-C96, D45\n\nexclude A "a"\n  cancer\n'
    protocol.write_text(text, encoding="utf-8")
    (term,) = read_protocol(protocol).terms
    assert term.codes == ("http://hl7.org/fhir/sid/icd-10-cm: D45, C00-C96 and below",)
