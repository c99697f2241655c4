"""The library of clinical values, from FHIR results to a decided limit.

Every value is calculated here a second time, in plain floats from its publication, and the criterion
asks whether the engine's number lies within a billionth of that. Where somebody printed a worked
example, the second calculation has to give what they printed (`worked_examples.csv` holds more of them, and
what they say is asked of the engine itself):

- NKF: calculators of the National Kidney Foundation, and MDCalc for MDRD, as quoted by the tests of
  the R package admiral (compute_egfr); DOC: documentation of the R package tabletools.
- CDC: About adult BMI, metric example; ME: medicalequations.com, body surface area; SM: scoutmytool.com,
  MELD-Na; PC: primecalcpro, corrected QT.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from criteria_dsl import compile_text
from criteria_dsl.standard import standard_library, standard_names
from eligibility.reasons import Cause, Outcome
from tests.standard.judging import judged
from tests.standard.patients import DISEASES, TERMS, Results, bundle


def is_number(call: str, number: float, unit: str, patient: bytes) -> None:
    """The value is this number, to a billionth of it."""
    margin = abs(number) * 1e-9
    limit = f"{number - margin:.12f} to {number + margin:.12f} {unit}"
    assert judged(f"{call} is {limit}", patient)[0] is Outcome.MET, f"{call} is not {number}"


def ckd_epi(creatinine: float, age: int, sex: str) -> float:
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    low, high = min(creatinine / kappa, 1), max(creatinine / kappa, 1)
    return 142 * low**alpha * high**-1.200 * 0.9938**age * factor


def mdrd(creatinine: float, age: int, sex: str) -> float:
    return 175 * creatinine**-1.154 * age**-0.203 * (0.742 if sex == "female" else 1)


def cockcroft(weight: float, creatinine: float, age: int, sex: str) -> float:
    return (140 - age) * weight / (72 * creatinine) * (0.85 if sex == "female" else 1)


def meld(creatinine: float, bilirubin: float, inr: float) -> int:
    logs = 0.957 * math.log(min(max(creatinine, 1), 4)) + 0.378 * math.log(max(bilirubin, 1))
    return min(40, math.floor(10 * (logs + 1.120 * math.log(max(inr, 1)) + 0.643) + 0.5))


def meld_na(creatinine: float, bilirubin: float, inr: float, sodium: float) -> float:
    first, gap = meld(creatinine, bilirubin, inr), 137 - min(max(sodium, 125), 137)
    return first if first <= 11 else min(40, first + 1.32 * gap - 0.033 * first * gap)


@dataclass(frozen=True)
class Case:
    """`number` is calculated here; `printed` is what a worked example says, to its places."""

    call: str
    unit: str
    number: float
    results: Results
    age: int = 50
    sex: str = "male"
    printed: str = ""
    source: str = ""


SCR = 85 / 88.4  # 85 umol/L
PER = "mL/min/{1.73_m2}"
EGFR, MDRD, CG = "eGFR-2021 of creatinine", "eGFR-MDRD of creatinine", "Cockcroft-Gault of weight, creatinine"
MOSTELLER, DU_BOIS = "BSA-Mosteller of weight, height", "BSA-Du-Bois of weight, height"
MELD, MELD_NA = "MELD of creatinine, bilirubin, INR", "MELD-Na of creatinine, bilirubin, INR, sodium"
GAP = "anion-gap of sodium, chloride, bicarbonate"

CASES = [
    Case(
        "BMI of weight, height",
        "kg/m2",
        68 / 1.65**2,
        {"weight": 68, "height": 165},
        printed="24.98",
        source="CDC",
    ),
    Case(
        MOSTELLER,
        "m2",
        math.sqrt(170 * 70 / 3600),
        {"weight": 70, "height": 170},
        printed="1.818",
        source="ME",
    ),
    Case(DU_BOIS, "m2", 0.007184 * 70**0.425 * 170**0.725, {"weight": 70, "height": 170}),
    Case(EGFR, PER, ckd_epi(1.09, 55, "male"), {"creatinine": 1.09}, 55, "male", "80", "NKF"),
    Case(EGFR, PER, ckd_epi(SCR, 65, "female"), {"creatinine": SCR}, 65, "female", "66", "NKF"),
    Case(EGFR, PER, ckd_epi(0.8, 70, "male"), {"creatinine": 0.8}, 70, "male", "95.2", "DOC"),
    Case(EGFR, PER, ckd_epi(0.8, 70, "female"), {"creatinine": 0.8}, 70, "female", "79.2", "DOC"),
    Case(EGFR, PER, ckd_epi(1.0, 50, "female"), {"creatinine": 1.0}, 50, "female", "68.6", "DOC"),
    # On both sides of the bend, and at it.
    Case(EGFR, PER, ckd_epi(0.7, 18, "female"), {"creatinine": 0.7}, 18, "female"),
    Case(EGFR, PER, ckd_epi(0.5, 18, "female"), {"creatinine": 0.5}, 18, "female"),
    Case(EGFR, PER, ckd_epi(0.9, 89, "male"), {"creatinine": 0.9}, 89, "male"),
    Case(MDRD, PER, mdrd(1.09, 55, "male"), {"creatinine": 1.09}, 55, "male", "70.2", "NKF"),
    Case(MDRD, PER, mdrd(1.3, 18, "female"), {"creatinine": 1.3}, 18, "female"),
    Case(
        CG,
        "mL/min",
        cockcroft(90, 1.09, 55, "male"),
        {"weight": 90, "creatinine": 1.09},
        55,
        "male",
        "97",
        "NKF",
    ),
    Case(
        CG,
        "mL/min",
        cockcroft(60, SCR, 65, "female"),
        {"weight": 60, "creatinine": SCR},
        65,
        "female",
        "55",
        "NKF",
    ),
    Case("corrected-calcium of calcium, albumin", "mg/dL", 8 + 0.8 * (4 - 2), {"calcium": 8, "albumin": 2}),
    Case(GAP, "mmol/L", 140 - 104 - 24, {"sodium": 140, "chloride": 104, "bicarbonate": 24}),
    Case("QTcB of QT, rate", "ms", 380, {"QT": 380, "rate": 60}, printed="380", source="PC"),
    Case("QTcB of QT, rate", "ms", 400 / math.sqrt(60 / 90), {"QT": 400, "rate": 90}),
    Case("QTcF of QT, rate", "ms", 400 / (60 / 90) ** (1 / 3), {"QT": 400, "rate": 90}),
    Case(
        "FIB-4 of AST, ALT, platelets",
        "",
        60 * 80 / (150 * math.sqrt(64)),
        {"AST": 80, "ALT": 64, "platelets": 150},
        60,
    ),
    Case(
        MELD,
        "",
        meld(1, 1.5, 1.5),
        {"creatinine": 1, "bilirubin": 1.5, "INR": 1.5},
        printed="13",
        source="SM",
    ),
    Case(MELD, "", 6, {"creatinine": 0.5, "bilirubin": 0.4, "INR": 0.9}),
    Case(MELD, "", 40, {"creatinine": 9, "bilirubin": 40, "INR": 6}),
    Case(
        MELD_NA,
        "",
        meld_na(1, 1.5, 1.5, 135),
        {"creatinine": 1, "bilirubin": 1.5, "INR": 1.5, "sodium": 135},
        printed="15",
        source="SM",
    ),
    Case(MELD_NA, "", meld_na(3, 8, 2.2, 118), {"creatinine": 3, "bilirubin": 8, "INR": 2.2, "sodium": 118}),
    Case(MELD_NA, "", 11, {"creatinine": 1.6, "bilirubin": 1, "INR": 1, "sodium": 120}),
    Case(MELD_NA, "", 40, {"creatinine": 4, "bilirubin": 40, "INR": 4, "sodium": 120}),
    Case("ANC of leukocytes, segmented", "/uL", 5200 * 0.4, {"leukocytes": 5.2, "segmented": 40}),
    Case(
        "ANC-with-bands of leukocytes, segmented, bands",
        "/uL",
        5200 * 0.45,
        {"leukocytes": 5.2, "segmented": 40, "bands": 5},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.call} {case.results} {case.age} {case.sex}")
def test_values(case: Case) -> None:
    if case.printed:
        places = len(case.printed.partition(".")[2])
        assert f"{case.number:.{places}f}" == case.printed, case.source
    is_number(case.call, case.number, case.unit, bundle(case.results, case.age, case.sex))


def test_results_in_molar_units_give_the_same() -> None:
    patient = bundle({"creatinine": (85, "umol/L")}, 65, "female")
    is_number(EGFR, ckd_epi(85 / 88.4016973125884, 65, "female"), PER, patient)


RISK = "CHA2DS2-VASc of d10, d11, d12, d13, d14"


@pytest.mark.parametrize(
    ("age", "sex", "diseases", "score"),
    [
        (64, "male", (), 0),
        (64, "female", (), 1),
        (65, "male", (), 1),
        (74, "male", (), 1),
        (75, "male", (), 2),
        (75, "female", ("d10", "d11", "d12", "d13", "d14"), 9),
        (50, "male", ("d13",), 2),
        (50, "male", ("d10", "d11", "d12", "d14"), 4),
    ],
)
def test_stroke_risk(age: int, sex: str, diseases: tuple[str, ...], score: int) -> None:
    assert judged(f"{RISK} is = {score}", bundle({}, age, sex, diseases))[0] is Outcome.MET


COMORBIDITY = f"Charlson of {', '.join(DISEASES)}"
WEIGHTS = (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 6, 6)


@pytest.mark.parametrize("at", range(len(DISEASES)))
def test_charlson_counts_each_disease_by_its_weight(at: int) -> None:
    name = list(DISEASES)[at]
    assert judged(f"{COMORBIDITY} is = {WEIGHTS[at]}", bundle({}, 50, "male", (name,)))[0] is Outcome.MET


def test_charlson_counts_the_worse_form_only() -> None:
    # Mild and severe liver disease, plain and damaging diabetes, a tumor and its metastases.
    both = ("d18", "d26", "d19", "d22", "d23", "d27")
    assert judged(f"{COMORBIDITY} is = 11", bundle({}, 50, "male", both))[0] is Outcome.MET
    everything = tuple(DISEASES)
    assert judged(f"{COMORBIDITY} is = 33", bundle({}, 50, "male", everything))[0] is Outcome.MET


@pytest.mark.parametrize(
    ("age", "points"), [(49, 0), (50, 1), (59, 1), (60, 2), (70, 3), (79, 3), (80, 4), (95, 4)]
)
def test_charlson_age(age: int, points: int) -> None:
    assert judged(f"Charlson-age is = {points}", bundle({}, age, "male"))[0] is Outcome.MET


# --- what nobody knows


@pytest.mark.parametrize("call", [EGFR, MDRD, CG])
@pytest.mark.parametrize(("age", "sex"), [(17, "male"), (50, "other"), (50, "unknown"), (50, None)])
def test_nothing_is_said_of_whom_the_formula_was_not_made_for(call: str, age: int, sex: str | None) -> None:
    unit = "mL/min" if call is CG else PER
    patient = bundle({"creatinine": 1.0, "weight": 70}, age, sex)
    assert judged(f"{call} is >= 1 {unit}", patient)[0] is Outcome.UNKNOWN
    assert judged(f"{call} is <= 1 {unit}", patient)[0] is Outcome.UNKNOWN


def test_a_birth_year_alone_decides_where_every_birthday_agrees() -> None:
    patient = bundle({"creatinine": 1.0}, 50, "male", born="1976")
    assert judged(f"{EGFR} is >= 80 {PER}", patient)[0] is Outcome.MET
    between = (ckd_epi(1.0, 50, "male") + ckd_epi(1.0, 49, "male")) / 2
    assert judged(f"{EGFR} is >= {between:.6f} {PER}", patient)[0] is Outcome.UNKNOWN


def test_a_missing_part_makes_the_value_unknown() -> None:
    found, causes = judged(f"{CG} is >= 1 mL/min", bundle({"creatinine": 1.0}, 50, "male"))
    assert found is Outcome.UNKNOWN
    assert Cause.DATA_NOT_FOUND in causes
    found, causes = judged(f"{MELD_NA} is < 40", bundle({"creatinine": 1.0, "INR": 1.0}, 50, "male"))
    assert found is Outcome.UNKNOWN
    assert Cause.DATA_NOT_FOUND in causes


OTHER_SEX = [
    ("male", {"birthsex": "F"}),
    ("male", {"sex": "248152002"}),
    ("female", {"birthsex": "M"}),
    ("female", {"sex": "248153007", "birthsex": "F"}),
]
SAME_SEX: list[tuple[str, dict[str, str]]] = [
    ("male", {"birthsex": "M", "sex": "248153007"}),
    ("male", {"birthsex": "UNK", "sex": "unknown"}),
]


@pytest.mark.parametrize(("sex", "elsewhere"), OTHER_SEX)
def test_two_sexes_decide_where_both_agree(sex: str, elsewhere: dict[str, str]) -> None:
    patient = bundle({"creatinine": 1.2, "weight": 70}, 56, sex, elsewhere=elsewhere)
    for call, unit, of_men, of_women in (
        (EGFR, PER, ckd_epi(1.2, 56, "male"), ckd_epi(1.2, 56, "female")),
        (MDRD, PER, mdrd(1.2, 56, "male"), mdrd(1.2, 56, "female")),
        (CG, "mL/min", cockcroft(70, 1.2, 56, "male"), cockcroft(70, 1.2, 56, "female")),
    ):
        between = (of_men + of_women) / 2
        assert judged(f"{call} is >= {between:.6f} {unit}", patient)[0] is Outcome.UNKNOWN
        assert judged(f"{call} is >= {of_women - 1:.6f} {unit}", patient)[0] is Outcome.MET
        assert judged(f"{call} is <= {of_men + 1:.6f} {unit}", patient)[0] is Outcome.MET


@pytest.mark.parametrize(("sex", "elsewhere"), [*OTHER_SEX, ("other", {}), ("unknown", {}), (None, {})])
def test_the_point_of_sex_is_open_where_sex_is(sex: str | None, elsewhere: dict[str, str]) -> None:
    patient = bundle({}, 50, sex, ("d13",), elsewhere=elsewhere)
    assert judged(f"{RISK} is >= 3", patient)[0] is Outcome.UNKNOWN
    assert judged(f"{RISK} is >= 2", patient)[0] is Outcome.MET
    assert judged(f"{RISK} is >= 4", patient)[0] is Outcome.NOT_MET


@pytest.mark.parametrize(("sex", "elsewhere"), SAME_SEX)
def test_one_sex_told_twice_is_one(sex: str, elsewhere: dict[str, str]) -> None:
    patient = bundle({"creatinine": 1.2}, 56, sex, ("d13",), elsewhere=elsewhere)
    assert judged(f"{RISK} is = 2", patient)[0] is Outcome.MET
    is_number(EGFR, ckd_epi(1.2, 56, sex), PER, patient)


FIB_4 = "FIB-4 of AST, ALT, platelets"
USUAL: Results = {
    "weight": 70, "height": 170, "creatinine": 1.0, "calcium": 9, "albumin": 4, "sodium": 140, "QT": 400,
    "rate": 60, "AST": 30, "ALT": 30, "platelets": 200, "bilirubin": 1, "INR": 1,
}  # fmt: skip
NEEDED = [
    ("BMI of weight, height", "kg/m2", ("weight", "height")),
    (MOSTELLER, "m2", ("weight", "height")),
    (DU_BOIS, "m2", ("weight", "height")),
    (EGFR, PER, ("creatinine",)),
    (MDRD, PER, ("creatinine",)),
    (CG, "mL/min", ("weight", "creatinine")),
    ("corrected-calcium of calcium, albumin", "mg/dL", ("calcium", "albumin")),
    ("QTcF of QT, rate", "ms", ("QT", "rate")),
    ("QTcB of QT, rate", "ms", ("QT", "rate")),
    (FIB_4, "", ("AST", "ALT", "platelets")),
    (MELD, "", ("creatinine", "bilirubin", "INR")),
    (MELD_NA, "", ("creatinine", "bilirubin", "INR", "sodium")),
]


@pytest.mark.parametrize(("call", "unit", "part"), [(c, u, part) for c, u, parts in NEEDED for part in parts])
def test_a_result_that_nobody_can_have_gives_no_value(call: str, unit: str, part: str) -> None:
    for number in (0, -5):
        patient = bundle(USUAL | {part: number}, 50, "male")
        for limit in ("< 10000", "> -10000"):
            found, causes = judged(f"{call} is {limit} {unit}", patient)
            assert (found, Cause.NOT_COMPUTABLE in causes) == (Outcome.UNKNOWN, True), (part, number, limit)


def test_a_result_below_its_limit_of_detection_is_above_zero() -> None:
    below = json.loads(bundle(USUAL | {"bilirubin": 0.2}, 50, "male"))
    for entry in below["entry"]:
        if entry["resource"]["id"] == "bilirubin":
            entry["resource"]["valueQuantity"]["comparator"] = "<"
    assert judged(f"{MELD} is = 6", json.dumps(below).encode())[0] is Outcome.MET


# --- finding the library


def test_a_library_beside_the_protocol_goes_first() -> None:
    own = 'library clinical-values version 9 "Mine"\ndefine BMI of one, other as one divided by other\n'
    text = 'protocol P version 1 "p"\nuse BMI from "clinical-values" version 9\n' + TERMS
    text += 'include I1 "it"\n  BMI of weight, height is >= 1 kg/m\n'
    compiled = compile_text(text, library=lambda name: own if name == "clinical-values" else None)
    assert not [problem for problem in compiled.problems if problem.severity == "error"]


def test_a_near_name_is_suggested() -> None:
    text = 'protocol P version 1 "p"\nuse BMI from "clinical-value" version 1.0\n'
    (problem,) = [p for p in compile_text(text).problems if p.code == "E130"]
    assert problem.suggestion == "did you mean `clinical-values`, which comes with the language?"


def test_the_libraries_compile_without_a_word() -> None:
    assert standard_names() == ("clinical-values",)
    for name in standard_names():
        result = compile_text(standard_library(name) or "", name=f"{name}.elig")
        assert [problem.render() for problem in result.problems] == []


def test_every_value_of_the_guide_is_tested_and_names_its_source() -> None:
    text = standard_library("clinical-values") or ""
    blocks = re.findall(r"^define ([\w-]+)((?:.|\n(?!\n))*)", text, re.MULTILINE)
    sourced = {name for name, block in blocks if re.search(r"^  \| .*\(\d{4}", block, re.MULTILINE)}
    guide = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^\| `([\w-]+)(?: of [^`]*)?` \|", guide, re.MULTILINE))
    tested = {case.call.split()[0] for case in CASES} | {RISK.split()[0], "Charlson", "Charlson-age"}
    assert shown == tested
    assert sourced == shown - {"ANC", "ANC-with-bands"}
