"""Relatives told in SNOMED CT: the same people as in HL7's RoleCode, and no others."""

from __future__ import annotations

import csv
import json
from datetime import date
from importlib.resources import files

import pytest

from criteria_dsl import compile_text
from criteria_dsl.systems import checks, systems
from eligibility.codesystems import SNOMED_CT
from eligibility.judging import judge
from eligibility.reasons import Outcome
from eligibility.relatives import role_coding, roles
from eligibility.terminology import bind
from fhir_adapters import read_bundle

ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
BEFORE_R4 = "http://hl7.org/fhir/v3/RoleCode"
TEXT = f"""protocol T version 1 "T"
family-history breast-cancer: SNOMED 254837009
codes first-degree: system "{ROLE_CODE}" MTH, FTH, SIS, BRO, DAUC, SONC
include F "First degree"
  breast-cancer whose relative is first-degree
include N "Two people"
  at least 2 relatives with breast-cancer
"""


def found(*relationships: list[tuple[str, str]]) -> list[Outcome]:
    """The outcomes of both criteria; each relative has had breast cancer."""
    relatives = [
        {
            "resourceType": "FamilyMemberHistory",
            "id": f"f{number}",
            "status": "completed",
            "patient": {"reference": "Patient/p"},
            "date": "2026-01-01",
            "relationship": {"coding": [{"system": system, "code": code} for system, code in codings]},
            "condition": [{"code": {"coding": [{"system": SNOMED_CT, "code": "254837009"}]}}],
        }
        for number, codings in enumerate(relationships)
    ]
    entries = [{"resource": one} for one in ({"resourceType": "Patient", "id": "p"}, *relatives)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    facts = read_bundle(json.dumps(bundle).encode()).facts
    program = compile_text(TEXT).require()
    judged = judge(program, facts, bind(program, {}, facts.concepts), date(2026, 3, 1))
    return [Outcome(int(finding.outcome[0])) for finding in judged.findings]


def test_the_table_holds_codes_and_roles() -> None:
    known = [code for system, code in roles() if system == ROLE_CODE]
    for row in rows():
        assert checks(systems()["SNOMED"], row["snomed_ct"]) is None, row
        assert row["role_code"] in known, row
        assert role_coding([(SNOMED_CT, row["snomed_ct"])]) == (ROLE_CODE, row["role_code"])
        assert row["source"], row
    assert len({row["snomed_ct"] for row in rows()}) == len(rows())


def rows() -> list[dict[str, str]]:
    table = files("eligibility").joinpath("relatives_in_snomed_ct.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(table.splitlines()))


MOTHER, SISTER, AUNT = ((SNOMED_CT, code) for code in ("72705000", "27733009", "25211005"))
PARENT_IN_LAW = (SNOMED_CT, "5161000124101")


@pytest.mark.parametrize(
    ("relatives", "first_degree", "two"),
    [
        ([[MOTHER], [SISTER]], Outcome.MET, Outcome.MET),
        ([[MOTHER], [(ROLE_CODE, "MTH")]], Outcome.MET, Outcome.UNKNOWN),
        ([[AUNT]], Outcome.UNKNOWN, Outcome.UNKNOWN),
        ([[AUNT], [MOTHER]], Outcome.MET, Outcome.MET),
        # What stands in the record's own RoleCode goes first.
        ([[MOTHER, (ROLE_CODE, "AUNT")]], Outcome.UNKNOWN, Outcome.UNKNOWN),
        # Two roles say nothing, and neither does one that is not in the table.
        ([[MOTHER, AUNT]], Outcome.UNKNOWN, Outcome.UNKNOWN),
        ([[PARENT_IN_LAW], [SISTER]], Outcome.MET, Outcome.UNKNOWN),
        ([[(BEFORE_R4, "MTH")], [(BEFORE_R4, "SIS")]], Outcome.MET, Outcome.MET),
    ],
)
def test_verdicts(relatives: list[list[tuple[str, str]]], first_degree: Outcome, two: Outcome) -> None:
    assert found(*relatives) == [first_degree, two]
