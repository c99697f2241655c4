"""Numbers in rows of tables: those of a page, and those copied from a list of results."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility.instants import day_end, day_start
from nlp import dates, sections, sentences, values
from nlp.document import Doubt
from nlp.values import names

WRITTEN = day_start(date(2024, 5, 15)), day_end(date(2024, 5, 15))
TABLES = {
    "Test | Result | Units | Range\nHemoglobin | 13.1 | g/dL | 12-16\nCreatinine | 1.4 | mg/dL | 0.6-1.2": [
        "haemoglobin 13.1 g/dL",
        "creatinine 1.4 mg/dL",
    ],
    "Creatinine | 0.6-1.2 | 1.4 (H) | mg/dL": ["creatinine 1.4 mg/dL"],
    "| Potassium | 4.1 mmol/L | 3.5-5.1 |": ["potassium 4.1 mmol/L"],
    "Creatinine | 1.4 | 0.9 | mg/dL": ["creatinine 1.4 mg/dL?"],
    "Weight | Height | BMI\n82 | 178 | 25.9": [],
    "Sodium 136 - 145 mmol/L 138\nPotassium 3.5 - 5.1 mmol/L 4.1 (L)": [
        "sodium 138 mmol/L",
        "potassium 4.1 mmol/L",
    ],
    "Component Value Date\nWBC 7.2 05/01/2024\nHGB 13.1 05/01/2024": [
        "leukocytes 7.2 10*3/uL?",
        "haemoglobin 13.1 g/dL?",
    ],
    "BP (!) 152/88 | Pulse 78": [
        "blood pressure 152 mm[Hg]?",
        "blood pressure 88 mm[Hg]?",
        "heart rate 78 /min?",
    ],
    "LVEF 30-35%\n55 year old": ["ejection fraction 30-35 %"],
    "HR 60-70 bpm 5/1/2024": ["heart rate 60-70 bpm"],
}


@pytest.mark.parametrize("text", TABLES)
def test_rows(text: str) -> None:
    pieces = sentences.split(text, sections.find(text))
    found = values.find(text, pieces, dates.find(text, *WRITTEN))
    shown = [
        f"{names()[value.what].label} {'-'.join(f'{n:g}' for n in value.numbers)} {value.code}"
        + "?" * bool(value.doubt & Doubt.AMBIGUOUS)
        for value in found
    ]
    assert shown == TABLES[text]
