"""Coverage finds what a protocol's value sets miss in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from api.authoring.coverage import coverage
from api.loading import load_protocol
from fhir_adapters import read_bundle

PROTOCOL = """protocol COVER version 1 "Near misses"

diagnosis asthma also "bronchial asthma": ICD-10-CM J45*
medication salbutamol: RxNorm 435
measurement FEV1 in L: LOINC 20150-9

include I1 "Age"
  age at index is >= 18 years

include I2 "Asthma"
  asthma

include I3 "Reliever"
  salbutamol overlapping the 90 days before index

include I4 "Lung function"
  most recent FEV1 within 1 year before index is >= 2 L
"""


def concept(system: str, code: str, display: str) -> dict[str, Any]:
    coding = {"code": code, "display": display} | ({"system": system} if system else {})
    return {"coding": [coding]}


def record(kind: str, patient: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "id": f"{patient}-{kind}",
        "subject": {"reference": f"Patient/{patient}"},
        **more,
    }


def test_near_misses_are_named(tmp_path: Path) -> None:
    icd, loinc = "http://hl7.org/fhir/sid/icd-10-cm", "http://loinc.org"
    resources = [
        *({"resourceType": "Patient", "id": f"p{i}"} for i in range(4)),
        record("Condition", "p0", code=concept(icd, "J45.909", "Unspecified asthma")),
        record("Condition", "p1", code=concept("urn:local", "A1", "Asthma bronchiale")),
        record("Condition", "p2", code=concept(icd, "J82.83", "Eosinophilic asthma")),
        record("Procedure", "p3", status="completed", code=concept(icd, "J45.20", "Mild asthma")),
        record("Observation", "p0", status="final", code=concept(loinc, "19926-5", "FEV1/FVC")),
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}
    facts = read_bundle(json.dumps(bundle).encode()).facts
    path = tmp_path / "cover.elig"
    path.write_text(PROTOCOL, encoding="utf-8")
    program, supplied = load_protocol(path, [])
    found = {one.criterion.id: one for one in coverage(program, supplied, facts)}
    assert {name: one.patients for name, one in found.items()} == {"I1": 4, "I2": 1, "I3": 0, "I4": 0}
    near = {miss.label.split(" ")[0]: miss for miss in found["I2"].terms[0].near}
    why = sorted((miss.why.split(" ")[0], miss.patients) for miss in near.values())
    assert why == [("no", 1), ("reads", 1), ("recorded", 1)]
    assert found["I3"].terms[0].near == ()
    assert [miss.why for miss in found["I4"].terms[0].near] == ["reads like “fev1”"]
