"""Activities of enzymes: international units and U are one unit there, and nowhere else."""

from __future__ import annotations

import pytest

from criteria_dsl import compile_text
from criteria_dsl.systems import checks, systems
from eligibility.reasons import Cause, Outcome
from eligibility.units import ENZYME_ACTIVITY, conversion, enzyme_codes, resolve, tables
from tests.units.test_analyte_verdicts import judged

ALT = "measurement ALT in U/L normal 7 to 56 U/L: LOINC 1742-6\n"
LIMIT = 'include I1 "it"\n  most recent ALT is '
INSULIN = "measurement insulin in U/L: LOINC 20448-7\n"


def test_the_codes_are_loinc_codes() -> None:
    assert len(enzyme_codes()) == len(list(tables.rows("enzymes.csv")))
    for code in enzyme_codes():
        assert systems()["LOINC"].shape.fullmatch(code)
        assert checks(systems()["LOINC"], code) is None


@pytest.mark.parametrize(
    "unit", ["U/L", "U/l", "u/L", "IU/L", "IU/l", "iU/L", "[iU]/L", "[IU]/l", "mIU/mL", "mU/mL", "I.U./L"]
)
def test_printed_forms_of_one_unit(unit: str) -> None:
    assert judged(ALT + LIMIT + "<= 38 U/L", 38, unit, "1742-6")[0] is Outcome.MET
    assert judged(ALT + LIMIT + "< 38 IU/L", 38, unit, "1742-6")[0] is Outcome.NOT_MET


def test_katals_are_sixty_times_as_much() -> None:
    for unit in ("ukat/L", "\u00b5kat/l"):
        assert judged(ALT + LIMIT + "= 60 IU/L", 1, unit, "1742-6")[0] is Outcome.MET
    assert judged(ALT + LIMIT + "<= 1 ukat/L", 61, "IU/L", "1742-6")[0] is Outcome.NOT_MET


def test_what_is_shown_is_what_was_written() -> None:
    assert judged(ALT + LIMIT + "<= 40 U/L", 38, "IU/L", "1742-6")[2] == ["38 IU/L"]


@pytest.mark.parametrize("unit", ["mg/dL", "[arb'U]/L", "{IU}", "IU", "k[iU]", "%"])
def test_other_units_stay_unread(unit: str) -> None:
    found, causes, _ = judged(ALT + LIMIT + "<= 40 U/L", 38, unit, "1742-6")
    assert (found, causes) == (Outcome.UNKNOWN, Cause.UNIT_UNRESOLVED)


def test_what_is_no_enzyme_stays_apart() -> None:
    text = INSULIN + 'include I1 "it"\n  most recent insulin is <= 40 U/L'
    found, causes, _ = judged(text, 38, "IU/L", "20448-7")
    assert (found, causes) == (Outcome.UNKNOWN, Cause.UNIT_UNRESOLVED)


def test_a_term_may_say_so_itself() -> None:
    term = "measurement chitotriosidase in U/L analyte enzyme-activity: LOINC 49025-0\n"
    limit = 'include I1 "it"\n  most recent chitotriosidase is <= 40 IU/L'
    assert judged(term + limit, 38, "IU/L", "49025-0")[0] is Outcome.MET


def test_multiples_of_the_limit_of_normal() -> None:
    limit = LIMIT + "<= 3 x ULN"
    assert judged(ALT + limit, 168, "IU/L", "1742-6")[0] is Outcome.MET
    assert judged(ALT + limit, 169, "IU/L", "1742-6")[0] is Outcome.NOT_MET
    own = {"high": {"value": 40, "unit": "IU/L"}}
    assert judged(ALT + limit, 121, "IU/L", "1742-6", referenceRange=[own])[0] is Outcome.NOT_MET


@pytest.mark.parametrize(("own", "stated"), [("IU/L", "U/L"), ("U/L", "IU/L"), ("[iU]/L", "mU/mL")])
def test_a_range_in_the_other_unit(own: str, stated: str) -> None:
    """Of an enzyme, one end or both; also where the range is one for the patient's sex or age."""
    limit = LIMIT + "<= 3 x ULN"
    everyone = {"high": {"value": 40, "unit": stated}, "low": {"value": 7, "unit": own}}
    for ranges in ([everyone], [everyone | {"age": {"low": {"value": 18, "unit": "a"}}}]):
        assert judged(ALT + limit, 120, own, "1742-6", referenceRange=ranges)[0] is Outcome.MET
        assert judged(ALT + limit, 121, own, "1742-6", referenceRange=ranges)[0] is Outcome.NOT_MET


def test_a_range_in_the_other_unit_of_what_is_no_enzyme() -> None:
    text = INSULIN + LIMIT.replace("ALT", "insulin") + "<= 3 x ULN"
    stated = {"high": {"value": 40, "unit": "IU/L"}}
    found, causes, _ = judged(text, 38, "U/L", "20448-7", referenceRange=[stated])
    assert (found, causes) == (Outcome.UNKNOWN, Cause.NOT_COMPUTABLE)


def test_two_enzymes_in_the_two_units_divide_and_join() -> None:
    terms = "measurement AST in IU/L: LOINC 1920-8\n" + ALT + INSULIN
    ratio = LIMIT.replace("most recent ALT", "most recent ratio of AST to ALT on the same day")
    assert compile_text(f'protocol P version 1 "p"\n{terms}{ratio}< 2').program is not None
    joined = LIMIT.replace("ALT", "ALT or AST or insulin")
    assert judged(terms + joined + "<= 40 U/L", 41, "IU/L", "1920-8")[0] is Outcome.NOT_MET


@pytest.mark.parametrize(
    "source", ["LOINC 1742-6, 20448-7", "LOINC 1742-6; SNOMED 34608000", 'value-set "http://example.org/alt"']
)
def test_a_term_of_other_codes_too_is_told_how_to_say_it(source: str) -> None:
    text = f'protocol P version 1 "p"\nmeasurement ALT in U/L: {source}\n{LIMIT}<= 40 U/L'
    (warning,) = compile_text(text).problems
    assert (warning.code, warning.suggestion) == ("W502", "write `in U/L analyte enzyme-activity`")


def test_the_unit_of_volume_and_that_of_an_amount_do_not_convert() -> None:
    amount, volume = resolve("IU"), resolve("U/L")
    assert amount is not None
    assert volume is not None
    assert conversion(ENZYME_ACTIVITY, amount.canonical, volume.canonical) is None


@pytest.mark.parametrize(("text", "code"), [("IU/L", "U/L"), ("U/L", "[iU]/L"), ("U/L", "[IU]/L")])
def test_a_text_beside_the_code_may_be_the_other_one(text: str, code: str) -> None:
    held = {"value": 38, "unit": text, "code": code, "system": "http://unitsofmeasure.org"}
    assert judged(ALT + LIMIT + "<= 40 U/L", None, "", "1742-6", valueQuantity=held)[0] is Outcome.MET
    assert judged(ALT + LIMIT + "<= 37 U/L", None, "", "1742-6", valueQuantity=held)[0] is Outcome.NOT_MET


def test_a_text_of_another_unit_is_a_contradiction() -> None:
    held = {"value": 38, "unit": "mIU/L", "code": "U/L", "system": "http://unitsofmeasure.org"}
    found, causes, _ = judged(ALT + LIMIT + "<= 40 U/L", None, "", "1742-6", valueQuantity=held)
    assert (found, causes) == (Outcome.UNKNOWN, Cause.UNIT_UNRESOLVED)
