"""What cannot be read as the form that was named: a code, the place, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

EVENT = '{"ConditionOccurrence": {"CodesetId": 1}}'
SETS = '"ConceptSets": [{"id": 1, "name": "a", "expression": {"items": []}}]'
RULE = (
    f'{{{SETS}, "PrimaryCriteria": {{"CriteriaList": [{EVENT}]}},'
    ' "InclusionRules": [{"name": "r", "expression": {"Type": "ALL", "CriteriaList": [{"Criteria": '
    + EVENT
    + ", %s}]}}]}"
)
OLD = (
    '{"resourceType": "Group", "characteristic": [{"code": {"coding": [{"system": "http://loinc.org",'
    ' "code": "30525-0"}]}, "valueRange": {"low": {"value": "old", "code": "a"}}}]}'
)
CASES = [
    ("fhir-group", "{", "x.json:1:2"),
    ("fhir-group", "[]", "x.json: an object is expected"),
    ("fhir-group", '{"resourceType": "Patient"}', "x.json#resourceType: a Group is expected"),
    ("fhir-group", '{"resourceType": "Bundle"}', "and there are 0"),
    ("fhir-group", '{"resourceType": "Group", "type": "device"}', "x.json#type: only groups of people"),
    ("fhir-group", '{"resourceType": "Group"}', "no characteristic"),
    ("fhir-group", '{"resourceType": "Group", "characteristic": 3}', "x.json#characteristic: a list"),
    ("fhir-group", '{"resourceType": "Group", "resourceType": "Group"}', "stands twice"),
    ("fhir-group", '{"resourceType": "Group", "id": NaN}', "`NaN` is no number"),
    (
        "fhir-group",
        OLD,
        "x.json#characteristic[0].valueRange.low.value: a number is expected",
    ),
    ("circe", "{}", "PrimaryCriteria"),
    ("circe", '{"PrimaryCriteria": {"CriteriaList": [], "x": 1}}', "there is no entry event"),
    ("circe", '{"PrimaryCriteria": {"CriteriaList": [{"A": {}, "B": {}}]}}', "one kind of event"),
    ("circe", '{"PrimaryCriteria": {"CriteriaList": [' + EVENT + "]}}", "no concept set has the id 1"),
    ("circe", RULE % '"Occurrence": {"Type": 9, "Count": 1}', "0 (exactly), 1 (at most)"),
    ("circe", RULE % '"Occurrence": {"Type": 2, "Count": "many"}', "a whole number is expected"),
    (
        "circe",
        RULE % '"Occurrence": {"Type": 2, "Count": 1}, "StartWindow": {"Start": {"Days": 1, "Coeff": 0}}',
        "StartWindow.Start.Coeff",
    ),
    ("ctml", "a: b\n", "no `match`"),
    ("ctml", "a: [b\n", "x.json:2:1"),
    (
        "ctml",
        "match:\n  - clinical:\n      gender: !Male\n",
        "x.json:3:15: not well-formed YAML: `!Male`",
    ),
    ("ctml", "match:\n  - and: []\n    and: []\n", "`and` stands twice"),
    ("ctml", "match:\n  - nor: [{clinical: {gender: Male}}]\n", "this is `nor`"),
    ("ctml", "match:\n  - and: []\n", "x.json#match: a match tree without members"),
    ("ctml", "match:\n  - or: []\n", "x.json#match[0].or: a list without members"),
    ("ctml", "match: &a\n  - and: *a\n", "x.json:1:8: not well-formed YAML"),
    ("ctml", "match: [{and: [" + "{and: [" * 200 + "]}" * 200 + "]}]\n", "too deeply"),
]


@pytest.mark.parametrize(("form", "text", "told"), CASES)
def test_faults_name_their_place(form: str, text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["import", str(path), "--from", form])
    assert done.exit_code != 0
    shown = str(done.exception) + done.output
    assert told in shown, shown
    assert type(done.exception).__name__ in ("UserError", "SystemExit")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["import", str(tmp_path / "x"), "--from", "circe"])
    assert "no such file" in str(done.exception)
