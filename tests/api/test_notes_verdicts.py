"""Patients whose notes contradict, complete or replace the coded record, from FHIR to the verdict.

Each case is what is coded, what a note of the first of May 2026 says, and what each criterion comes to.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from tests.fhir_adapters.notes.documents import attachment, document
from tests.fhir_adapters.records import bundle, condition, patient

PROTOCOL = """\
protocol notes version 1 "What notes change"
  notes {policy}

diagnosis heart-failure also "CHF": ICD-10-CM I50*
family-history breast-cancer-in-family: ICD-10-CM C50*
measurement LVEF in %: LOINC 10230-1
allergy penicillin-allergy also "penicillin": RxNorm 7980
medication metformin: RxNorm 6809
mention frailty: "frail", "failure to thrive"

include HF "Heart failure"
  heart-failure starting before index

include EF "Ejection fraction"
  most recent LVEF within 2 years before index is <= 40 %

include FH "Breast cancer in the family"
  breast-cancer-in-family

exclude PA "Penicillin allergy"
  penicillin-allergy starting before index

exclude ME "Takes metformin"
  metformin at index

exclude FR "Frail"
  frailty within 6 months before index
"""
CODED = condition(
    "c1", of="p", code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I50.9"}]}
)
ALLERGIC = {
    "resourceType": "AllergyIntolerance",
    "id": "a1",
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "patient": {"reference": "Patient/p"},
    "recordedDate": "2025-01-01",
    "code": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "7980"}]},
}
CARE = [
    {
        "resourceType": "Encounter",
        "id": f"e{day[:4]}",
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p"},
        "period": {"start": day, "end": day},
    }
    for day in ("2023-01-10", "2026-04-10")
]


def judged(folder: Path, policy: str, records: Sequence[dict[str, Any]], note: str) -> dict[str, str]:
    """The reason of each criterion, by its id."""
    protocol, source = folder / "p.elig", folder / "bundle.json"
    protocol.write_text(PROTOCOL.format(policy=policy), encoding="utf-8")
    notes = [document(attachment(note), of="p", date="2026-05-01T10:00:00Z")] if note else []
    source.write_bytes(bundle(patient("p"), *CARE, *records, *notes))
    called = ["explain", str(protocol), str(source), "--as-of", "2026-05-10", "--complete", "--json"]
    result = CliRunner().invoke(app, called)
    assert result.exit_code == 0, result.output
    content = json.loads(result.output)
    for criterion in content["criteria"]:
        for leaf in criterion["statements"]:
            for fact in leaf.get("evidence", ()):
                if "span" in fact:
                    assert note[slice(*fact["span"])] == fact["quote"]
    return {criterion["id"]: criterion["reason"] for criterion in content["criteria"]}


@pytest.mark.parametrize(
    ("policy", "records", "note", "reasons"),
    [
        ("review", [], "", {"HF": "REQUIRED_ABSENT", "EF": "DATA_NOT_FOUND", "FH": "DATA_NOT_FOUND"}),
        ("review", [CODED], "", {"HF": "MET_EVIDENCE"}),
        ("review", [], "Known CHF.", {"HF": "NOTE_ONLY"}),
        ("decide", [], "Known CHF.", {"HF": "MET_EVIDENCE"}),
        ("ignored", [], "Known CHF.", {"HF": "REQUIRED_ABSENT"}),
        ("decide", [], "Possible CHF.", {"HF": "NOTE_UNCERTAIN"}),
        ("decide", [], "His mother has CHF.", {"HF": "REQUIRED_ABSENT"}),
        ("decide", [], "Return if he develops CHF.", {"HF": "REQUIRED_ABSENT"}),
        ("decide", [], "Heart faliure is known.", {"HF": "NOTE_UNCERTAIN"}),
        ("review", [CODED], "He does not have heart failure.", {"HF": "SOURCE_CONFLICT"}),
        ("ignored", [CODED], "He does not have heart failure.", {"HF": "MET_EVIDENCE"}),
        ("review", [CODED], "Known CHF, stable.", {"HF": "MET_EVIDENCE"}),
        ("fill gaps", [], "LVEF 35% on 3/4/2026.", {"EF": "MET_EVIDENCE"}),
        ("fill gaps", [], "LVEF 55% on 3/4/2026.", {"EF": "VALUE_HIGH"}),
        ("review", [], "LVEF 35% on 3/4/2026.", {"EF": "NOTE_ONLY"}),
        ("fill gaps", [], "LVEF 35-45% on 3/4/2026.", {"EF": "VALUE_IMPRECISE"}),
        ("decide", [], "Goal LVEF > 50%.", {"EF": "DATA_NOT_FOUND"}),
        ("decide", [], "Family History: mother with breast cancer.", {"FH": "MET_EVIDENCE"}),
        ("review", [], "Family History: mother with breast cancer.", {"FH": "NOTE_ONLY"}),
        ("decide", [], "No family history of breast cancer.", {"FH": "REQUIRED_ABSENT"}),
        ("review", [], "Allergies: penicillin", {"PA": "NOTE_ONLY", "ME": "MET_ABSENCE_ASSUMED"}),
        ("decide", [], "Allergies: penicillin", {"PA": "EXCLUSION_PRESENT"}),
        ("decide", [], "Allergic to metformin.", {"ME": "MET_ABSENCE_ASSUMED"}),
        # Nine days later nobody knows whether it is still taken.
        ("decide", [], "Medications: metformin 500 mg BID", {"ME": "PARTIAL_DATE"}),
        ("decide", [], "Metformin was stopped in 2020.", {"ME": "MET_ABSENCE_ASSUMED"}),
        ("decide", [], "Looks frail.", {"FR": "EXCLUSION_PRESENT"}),
        ("decide", [], "Does not look frail.", {"FR": "MET_EVIDENCE"}),
        ("review", [], "Does not look frail.", {"FR": "NOTE_ONLY"}),
        ("decide", [], "Well.", {"FR": "DATA_NOT_FOUND"}),
        ("decide", [CODED], "Family history negative for CHF.", {"HF": "MET_EVIDENCE"}),
        ("decide", [], "[ ] CHF [x] COPD", {"HF": "REQUIRED_ABSENT"}),
        ("decide", [CODED], "[ ] CHF [x] COPD", {"HF": "SOURCE_CONFLICT"}),
        ("decide", [CODED], "Heart failure: [ ] Yes [x] No", {"HF": "SOURCE_CONFLICT"}),
        ("decide", [CODED], "| Heart failure | No |", {"HF": "SOURCE_CONFLICT"}),
        ("decide", [CODED], "No CHF exacerbation.", {"HF": "MET_EVIDENCE"}),
        ("fill gaps", [], "LVEF 35%, now 55%.", {"EF": "PARTIAL_DATE"}),
        ("decide", [], "Do not stop metformin.", {"ME": "PARTIAL_DATE"}),
        ("decide", [], "Stop metformin if eGFR < 30.", {"ME": "PARTIAL_DATE"}),
        ("decide", [], "Will start metformin.", {"ME": "MET_ABSENCE_ASSUMED"}),
        ("decide", [], "Allergies: sulfa; tolerates penicillin.", {"PA": "DATA_NOT_FOUND"}),
        ("decide", [], "Takes penicillin for prophylaxis.", {"PA": "DATA_NOT_FOUND"}),
        ("decide", [], "She gets hives with penicillin.", {"PA": "NOTE_UNCERTAIN"}),
        ("decide", [], "Anaphylaxis to penicillin in 2019.", {"PA": "EXCLUSION_PRESENT"}),
        ("decide", [], "NKDA", {"PA": "MET_EVIDENCE"}),
        ("review", [], "NKDA", {"PA": "NOTE_ONLY"}),
        ("decide", [], "Mother: NKDA", {"PA": "DATA_NOT_FOUND"}),
        ("decide", [], "No known allergies except penicillin.", {"PA": "EXCLUSION_PRESENT"}),
        ("decide", [ALLERGIC], "NKDA", {"PA": "SOURCE_CONFLICT"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_notes_change(
    tmp_path: Path, policy: str, records: list[dict[str, Any]], note: str, reasons: dict[str, str]
) -> None:
    found = judged(tmp_path, policy, records, note)
    assert {name: found[name] for name in reasons} == reasons
