"""A portion of patients is judged, shown and hashed as these patients are among all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from api.explaining import explain
from api.findings import findings_table, patient_order, verdicts_table
from api.fingerprints import facts_hashes
from api.loading import load_question, read_extract
from api.screening import run
from eligibility.portions import Portions
from fixtures.synthetic_fhir.damage import damage_folder
from fixtures.synthetic_fhir.write import write_ndjson

PROTOCOL = Path(__file__).parents[2] / "protocols" / "demo.elig"


@pytest.mark.parametrize("size", [1, 7, 40, 1000])
@pytest.mark.parametrize("damaged", [False, True])
def test_portions_together_are_the_whole(tmp_path: Path, size: int, damaged: bool) -> None:
    folder = tmp_path / "extract"
    write_ndjson(folder, 40, 7, date(2026, 1, 15))
    if damaged:
        damage_folder(folder, tmp_path / "damaged", seed=3)
        folder = tmp_path / "damaged"
    question = load_question(PROTOCOL, "2026-01-15", [], [])
    extract = read_extract(str(folder), "UTC", complete=False)
    whole = run(question, extract)
    portions, order = Portions(extract.facts), patient_order(extract.facts).tolist()
    hashes = facts_hashes(extract.facts)
    findings, verdicts = [], []
    for start in range(0, len(order), size):
        chosen = sorted(order[start : start + size])
        part = run(question, replace(extract, facts=portions.take(chosen)))
        findings.append(findings_table(part.program, part.facts, part.judgement, part.context, True))
        verdicts.append(verdicts_table(part.facts, part.judgement))
        assert facts_hashes(part.facts) == [hashes[one] for one in chosen]
        for own, one in list(enumerate(chosen))[:3]:
            alone = explain(part.program, part.facts, part.judgement, part.context, own)
            assert alone == explain(whole.program, whole.facts, whole.judgement, whole.context, one)
    expected = findings_table(whole.program, whole.facts, whole.judgement, whole.context, True)
    assert pa.concat_tables(findings).equals(expected)
    assert pa.concat_tables(verdicts).equals(verdicts_table(whole.facts, whole.judgement))


def test_nobody_is_a_portion(tmp_path: Path) -> None:
    write_ndjson(tmp_path / "extract", 2, 7, date(2026, 1, 15))
    question = load_question(PROTOCOL, "2026-01-15", [], [])
    extract = read_extract(str(tmp_path / "extract"), "UTC", complete=False)
    nobody = run(question, replace(extract, facts=Portions(extract.facts).take([])))
    assert verdicts_table(nobody.facts, nobody.judgement).num_rows == 0
    assert findings_table(nobody.program, nobody.facts, nobody.judgement, nobody.context).num_rows == 0
