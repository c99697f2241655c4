"""Exports are valid by the FHIR models, name every criterion, and keep its direction."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from api.authoring.exporting import export
from criteria_dsl import compile_file
from criteria_dsl.formatting.plain import spoken_name
from eligibility.program import Polarity

PROTOCOLS = Path(__file__).resolve().parents[2] / "protocols"
FILES = [PROTOCOLS / "demo.elig", *sorted((PROTOCOLS / "measures").glob("CMS*.elig"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_r4_is_valid_and_complete(path: Path) -> None:
    from fhir.resources.R4B.bundle import Bundle

    content = json.loads(export(path, "fhir-r4"))
    Bundle.model_validate(content)
    study, people = (entry["resource"] for entry in content["entry"])
    assert study["enrollment"][0]["reference"] == f"Group/{people['id']}"
    named = {one["id"].partition(".")[0] for one in people["characteristic"]}
    assert named == {criterion.id for criterion in compile_file(path).require().criteria}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_r5_is_valid_and_complete(path: Path) -> None:
    from fhir.resources.evidencevariable import EvidenceVariable

    content = json.loads(export(path, "fhir-r5"))
    EvidenceVariable.model_validate(content)
    (combined,) = content["characteristic"]
    named = [one["linkId"] for one in combined["definitionByCombination"].get("characteristic", [])]
    criteria = compile_file(path).require().criteria
    assert named == [c.id for c in criteria if c.polarity is not Polarity.POPULATION]


def test_the_demo_protocol_in_codes() -> None:
    """Age and plain diagnoses are coded, windows are said in words, exclusions exclude."""
    people = json.loads(export(PROTOCOLS / "demo.elig", "fhir-r4"))["entry"][1]["resource"]
    by_id = {one["id"]: one for one in people["characteristic"]}
    assert by_id["I1"]["valueRange"]["low"]["value"] == 18
    assert by_id["I1"]["valueRange"]["high"]["value"] == 75
    assert by_id["E4"]["valueCodeableConcept"]["coding"][0]["code"] == "E10"
    assert by_id["I3"]["valueBoolean"] is True
    assert "7.0 to 10.5 %" in by_id["I3"]["code"]["text"]
    assert {name: one["exclude"] for name, one in by_id.items()} == {n: n.startswith("E") for n in by_id}


def test_the_table_of_criteria_keeps_its_bounds(tmp_path: Path) -> None:
    long = "x" * 40
    quote = " ".join(f"≥ word{i}" for i in range(60))
    text = (
        'protocol T version 2 "T"\ndiagnosis d: ICD-10-CM E11*\n'
        f'include {long}-1 "A"\n  | {quote}\n  d\n'
        f'exclude {long}-2 "B"\n  | =1+1\n  d starting within 1 year before index\n'
    )
    path = tmp_path / "t.elig"
    path.write_text(text, encoding="utf-8")
    rows = list(csv.DictReader(StringIO(export(path, "sdtm-ti"))))
    assert [row["IECAT"] for row in rows] == ["INCLUSION", "EXCLUSION"]
    assert len({row["IETESTCD"] for row in rows}) == 2
    assert all(len(row["IETESTCD"]) <= 8 and len(row["IETEST"]) <= 200 for row in rows)
    assert all(len(row[name].encode()) <= 200 for row in rows for name in ("IETEST", "TIRL"))
    assert rows[0]["IETEST"].endswith("...")
    (text,) = csv.DictReader(StringIO(export(path, "sdtm-ti-texts")))
    assert text["IETESTCD"] == rows[0]["IETESTCD"]
    assert (text["VARIABLE"], text["TEXT"]) == ("IETEST", quote)
    assert not rows[1]["IETEST"].startswith("=")


def test_cohorts_stay_alternatives(tmp_path: Path) -> None:
    """No export asks every cohort of everybody, or a cohort's own criterion of the others."""
    path = tmp_path / "t.elig"
    path.write_text(
        'protocol T version 1 "T"\ndiagnosis d: ICD-10-CM E11*\ndiagnosis e: ICD-10-CM I63*\n'
        'cohort A "A"\n  d\ncohort B "B"\n  e\ninclude I1 "I"\n  age at index is >= 18 years\n'
        'exclude E1 "E"\n  for cohort B\n  d\n',
        encoding="utf-8",
    )
    (combined,) = json.loads(export(path, "fhir-r5"))["characteristic"]
    shared, cohorts = combined["definitionByCombination"]["characteristic"]
    assert shared["linkId"] == "I1"
    assert cohorts["definitionByCombination"]["code"] == "any-of"
    each = [
        [one["linkId"] for one in cohort["definitionByCombination"]["characteristic"]]
        for cohort in cohorts["definitionByCombination"]["characteristic"]
    ]
    assert each == [["A"], ["B", "E1"]]
    people = json.loads(export(path, "fhir-r4"))["entry"][1]["resource"]["characteristic"]
    told = [one["code"]["text"] for one in people]
    assert told[0] == "Age"
    assert told[1].startswith("for cohort B: ")
    assert told[2].startswith("one of: cohort A: ")
    rows = list(csv.DictReader(StringIO(export(path, "sdtm-ti"))))
    assert [(row["IETESTCD"], row["IESCAT"]) for row in rows] == [
        ("I1", "PRE-SCREEN"),
        ("E1", "PRE-SCREEN, COHORT B"),
    ]


_TERMS = """protocol T version 1 "T"
diagnosis stroke: ICD-10-CM I63*
diagnosis diabetes: ICD-10-CM E11*
measurement SBP in mm[Hg]: LOINC 8480-6
measurement ALT in U/L normal 7 to 56 U/L: LOINC 1742-6
medication GLP: RxNorm 1991302, 475968
medication statin: value-set "http://example.org/fhir/ValueSet/statins"
medication either: codes of GLP or statin
medication statin-alone: codes of GLP or statin except GLP
visit any-visit: any code
define adult when age at index is >= 18 years
"""


def exported(folder: Path, body: str) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """A protocol with one criterion: its characteristics in R4, its one in R5, and the notes of both."""
    path = folder / "t.elig"
    path.write_text(_TERMS + body, encoding="utf-8")
    study, people = (one["resource"] for one in json.loads(export(path, "fhir-r4"))["entry"])
    variable = json.loads(export(path, "fhir-r5"))
    (combined,) = variable["characteristic"]
    (one,) = combined["definitionByCombination"]["characteristic"]
    notes = [note["text"] for note in variable.get("note", [])]
    assert [note["text"] for note in study["note"]] == ["Protocol version 1", *notes]
    return people["characteristic"], one, "\n".join(notes)


@pytest.mark.parametrize(
    "statement",
    [
        "most recent ALT is <= 3 x ULN",  # no 3 U/L
        "second most recent SBP is < 150 mm[Hg]",  # not the last one
        "GLP not done",  # not that it was taken
        "statin-alone",  # a concept takes no codes out
        "either",  # nor does it name the set of a part
        "any-visit",
        "age on 2020-01-01 is >= 18 years",  # another day's age
        "no stroke starting within 90 days before index",
        "stroke for at least 3 days",
        "not told",
    ],
)
@pytest.mark.parametrize("polarity", ["include", "exclude"])
def test_what_a_code_cannot_say_is_said_in_words(statement: str, polarity: str, tmp_path: Path) -> None:
    """Neither a time, a place, a multiple nor the opposite is lost, and nothing is denied twice."""
    body = f'define told when stroke starting within 90 days before index\n{polarity} X "X"\n  {statement}\n'
    (r4,), r5, _ = exported(tmp_path, body)
    assert r4["valueBoolean"] is True
    assert r4["exclude"] is (polarity == "exclude")
    assert r5.get("exclude", False) is (polarity == "exclude")
    assert r5["definitionExpression"]["expression"] == r4["code"]["text"]
    assert spoken_name(statement.split()[0]) in r4["code"]["text"]


@pytest.mark.parametrize(("polarity", "excluded"), [("include", True), ("exclude", False)])
@pytest.mark.parametrize("statement", ["sex is not female", "no stroke", "not adult"])
def test_the_opposite_of_a_code_is_excluded(
    statement: str, polarity: str, excluded: bool, tmp_path: Path
) -> None:
    (r4,), r5, _ = exported(tmp_path, f'{polarity} X "X"\n  {statement}\n')
    assert "valueBoolean" not in r4
    assert r4["exclude"] is excluded
    assert "definitionByTypeAndValue" in r5
    assert r5.get("exclude", False) is excluded


def test_whom_a_criterion_is_for_is_said(tmp_path: Path) -> None:
    (r4,), r5, notes = exported(tmp_path, 'include X "X"\n  only for adult\n  no stroke\n')
    assert r4["code"]["text"] == r5["definitionExpression"]["expression"] == "only for adult: no stroke"
    assert "adult: age at index is at least 18 years" in notes
    assert "stroke: http://hl7.org/fhir/sid/icd-10-cm: I63 and below" in notes


def test_lists_and_choices_keep_what_stands_below_them(tmp_path: Path) -> None:
    found, _, _ = exported(
        tmp_path,
        'include X "X"\n  all of\n  - diabetes\n  - any of\n    - adult\n    - exactly 2 of\n'
        "      - sex is female\n      - none of\n        - diabetes\n        - stroke\n      - stroke\n"
        "  - most recent SBP is\n    - if stroke: <= 160 mm[Hg]\n    - otherwise: <= 140 mm[Hg]\n",
    )
    neither = "none of (diabetes; stroke)"
    assert [one["code"]["text"] for one in found] == [
        "Condition",
        f"any of (age at index is >= 18 years; exactly 2 of (sex is female; {neither}; stroke))",
        "if stroke: most recent SBP is <= 160 mm[Hg]; otherwise: most recent SBP is <= 140 mm[Hg]",
    ]
