"""A patient of some age and sex with results and diagnoses, and the terms that read them."""

from __future__ import annotations

import json
from datetime import date

AS_OF = date(2026, 6, 30)
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
# Argument: the term's unit and analyte, and a LOINC code.
RESULTS = {
    "weight": ("kg", "29463-7"),
    "height": ("cm", "8302-2"),
    "creatinine": ("mg/dL analyte creatinine", "2160-0"),
    "calcium": ("mg/dL analyte calcium", "17861-6"),
    "albumin": ("g/dL analyte albumin", "1751-7"),
    "sodium": ("mmol/L analyte sodium", "2951-2"),
    "chloride": ("mmol/L analyte chloride", "2075-0"),
    "bicarbonate": ("mmol/L analyte bicarbonate", "2028-9"),
    "QT": ("ms", "8634-8"),
    "rate": ("/min", "8867-4"),
    "AST": ("U/L", "1920-8"),
    "ALT": ("U/L", "1742-6"),
    "platelets": ("10*3/uL", "777-3"),
    "bilirubin": ("mg/dL analyte bilirubin", "1975-2"),
    "INR": ("1", "6301-6"),
    "leukocytes": ("10*3/uL", "6690-2"),
    "segmented": ("%", "770-8"),
    "bands": ("%", "764-1"),
}
DISEASES = {f"d{number}": f"I{number:02}" for number in range(10, 29)}
TERMS = "".join(
    f"measurement {name}-result in {unit}: LOINC {code}\n"
    f"define {name} as most recent {name}-result within 1 year before index\n"
    for name, (unit, code) in RESULTS.items()
) + "".join(f"diagnosis {name}: ICD-10-CM {code}*\n" for name, code in DISEASES.items())

Results = dict[str, float | tuple[float, str]]


def bundle(
    results: Results,
    age: int,
    sex: str | None,
    diseases: tuple[str, ...] = (),
    born: str = "",
    elsewhere: dict[str, str] | None = None,
) -> bytes:
    """A patient of an age with results (in the term's unit, or in a unit that is given) and diagnoses.

    `elsewhere` are the sexes that extensions of US Core tell: the end of the extension's address, its code.
    """
    patient = {"resourceType": "Patient", "id": "p", "birthDate": born or f"{2026 - age}-03-01"}
    extensions = [{"url": US_CORE + name, "valueCode": code} for name, code in (elsewhere or {}).items()]
    records: list[dict[str, object]] = [
        patient | ({"gender": sex} if sex else {}) | ({"extension": extensions} if extensions else {})
    ]
    for name, result in results.items():
        unit, code = RESULTS[name]
        value, given = result if isinstance(result, tuple) else (result, unit.split()[0])
        records.append(
            {
                "resourceType": "Observation",
                "id": name.lower(),
                "status": "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
                "subject": {"reference": "Patient/p"},
                "effectiveDateTime": "2026-06-01",
                "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": given},
            }
        )
    # Somebody looked, and diagnoses were delivered, so that no diagnosis is a no.
    records += [
        {
            "resourceType": "Encounter",
            "id": day,
            "status": "finished",
            "class": {"code": "AMB"},
            "subject": {"reference": "Patient/p"},
            "period": {"start": day, "end": day},
        }
        for day in ("2025-01-10", "2025-08-10", "2026-02-10", "2026-06-10")
    ]
    records += [
        {
            "resourceType": "Condition",
            "id": code,
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]},
            "subject": {"reference": "Patient/p"},
            "recordedDate": "2025-01-10",
        }
        for code in ("J00", *(DISEASES[name] for name in diseases))
    ]
    entries = [{"resource": record} for record in records]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
