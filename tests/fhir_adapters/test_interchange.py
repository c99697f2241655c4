"""Exports are valid by the FHIR models, name every criterion, and keep its direction."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from api.authoring.exporting import export
from criteria_dsl import compile_file
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
    quote = " ".join(f"word{i}" for i in range(60))
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
    assert rows[0]["IETEST"].endswith("…")
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
