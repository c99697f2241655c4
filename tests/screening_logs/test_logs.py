"""The logs of a run: who stands in which, what is told of whom, SDTM rows and the MeasureReport."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fhir.resources.R4B import get_fhir_model_class
from typer.testing import CliRunner

from api.cli import app
from api.errors import UserError
from api.screening_logs.key import screening_numbers
from api.screening_logs.rows import ENROLMENT_BLANKS, PRE_SCREENING_BLANKS
from tests.attrition.synthetic import DEMO, RESCUE, Screened, screened

Row = dict[str, str]
PRE_SCREENING, ENROLMENT = "pre-screening-log.csv", "screening-enrolment-log.csv"


@pytest.fixture(scope="module", params=[DEMO, RESCUE], ids=["demo", "rescue"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Screened:
    return screened(tmp_path_factory.mktemp("logs"), request.param, 300)


def logged(made: Screened, out: Path, *options: str) -> dict[str, list[Row]]:
    command = ["log", str(made.folder), "--out", str(out), "--key", str(out.parent / "key.csv"), *options]
    outcome = CliRunner().invoke(app, command)
    assert outcome.exit_code == 0, outcome.output
    return {path.name: read(path) for path in sorted(out.glob("*.csv"))}


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def protocol_of(made: Screened) -> Path:
    return DEMO if made.question.program.id == "DEMO-1" else RESCUE


def verdicts(made: Screened) -> dict[str, dict[str, Any]]:
    return {row["patient"]: row for row in pq.read_table(made.folder / "verdicts.parquet").to_pylist()}


def test_everybody_stands_in_the_pre_screening_log(made: Screened, tmp_path: Path) -> None:
    found = logged(made, tmp_path / "out")
    assert sorted(found) == [PRE_SCREENING, ENROLMENT]
    known = verdicts(made)
    rows = {row["patient"]: row for row in found[PRE_SCREENING]}
    assert rows.keys() == known.keys()
    findings = pq.read_table(made.folder / "findings.parquet", columns=["patient", "criterion", "reason"])
    reasons = {(row["patient"], row["criterion"]): row["reason"] for row in findings.to_pylist()}
    outcomes = {"pass": "eligible by record", "needs-clinician-review": "for review", "fail": "not eligible"}
    for patient, row in rows.items():
        verdict = known[patient]
        died = verdict["deceased"] == "yes"
        assert row["outcome"] == ("known to have died" if died else outcomes[verdict["verdict"]])
        for column, name in (("criteria_not_met", "not_met"), ("criteria_open", "unknown")):
            told = [f"{one} ({reasons[patient, one]})" for one in verdict[name]]
            assert row[column] == "; ".join(told)
        assert all(row[name] == "" for name in PRE_SCREENING_BLANKS)
    numbers = [row["screening_number"] for row in found[PRE_SCREENING]]
    assert numbers == [f"S{number:05d}" for number in range(1, len(known) + 1)]


def test_who_does_not_fail_stands_in_the_enrolment_log(made: Screened, tmp_path: Path) -> None:
    found = logged(made, tmp_path / "out")
    known = verdicts(made)
    listed = {row["patient"] for row in found[ENROLMENT]}
    assert listed == {patient for patient, row in known.items() if row["verdict"] != "fail"}
    assert listed
    assert all(row[name] == "" for row in found[ENROLMENT] for name in ENROLMENT_BLANKS)


def test_without_identifiers_nobody_is_named(made: Screened, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = logged(made, out, "--without-identifiers", "--protocol", str(protocol_of(made)))
    named = logged(made, tmp_path / "named")
    text = "".join(path.read_text(encoding="utf-8") for path in out.iterdir())
    assert not any(patient in text for patient in verdicts(made))
    for name in (PRE_SCREENING, ENROLMENT):
        assert [row["screening_number"] for row in found[name]] == [
            row["screening_number"] for row in named[name]
        ]
    ages = {row["age"] for row in found[PRE_SCREENING]}
    assert all(not age.isdecimal() or int(age) < 90 for age in ages)


def test_the_same_run_makes_the_same_bytes(made: Screened, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        logged(made, tmp_path / name / "out", "--protocol", str(protocol_of(made)))
    for path in (tmp_path / "a").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_sdtm_rows(made: Screened, tmp_path: Path) -> None:
    """IE has what was not met and nothing else, answered as worded; each subject is one screen failure."""
    found = logged(made, tmp_path / "out", "--protocol", str(protocol_of(made)))
    inclusion = {row["IETESTCD"]: row for row in found["sdtm-ti.csv"]}
    known = {row["screening_number"]: verdicts(made)[row["patient"]] for row in found[PRE_SCREENING]}
    study = made.question.program.id
    failing = {
        f"{study}-{number}": row["not_met"]
        for number, row in known.items()
        if row["verdict"] == "fail" and row["deceased"] != "yes"
    }
    rows: dict[str, list[Row]] = {}
    for row in found["sdtm-ie.csv"]:
        rows.setdefault(row["USUBJID"], []).append(row)
        asked = inclusion[row["IETESTCD"]]
        assert {name: row[name] for name in ("IETEST", "IECAT", "IESCAT")} == {
            name: asked[name] for name in ("IETEST", "IECAT", "IESCAT")
        }
        assert row["IEORRES"] == row["IESTRESC"] == {"INCLUSION": "N", "EXCLUSION": "Y"}[row["IECAT"]]
        assert row["IEDTC"] == "2026-06-01"
    told = {subject: [name for name in names if name in inclusion] for subject, names in failing.items()}
    assert {subject: [row["IETESTCD"] for row in own] for subject, own in rows.items()} == {
        subject: names for subject, names in told.items() if names
    }
    for own in rows.values():
        assert [row["IESEQ"] for row in own] == [str(number) for number in range(1, len(own) + 1)]
    disposed = {row["USUBJID"]: row for row in found["sdtm-ds.csv"]}
    assert disposed.keys() == failing.keys()
    assert {row["DSDECOD"] for row in disposed.values()} == {"SCREEN FAILURE"}
    for subject, row in disposed.items():
        assert row["DSTERM"].endswith(
            ", ".join(told[subject]) if told[subject] else "NO COHORT OF THE STUDY FITS"
        )


def populations(group: dict[str, Any]) -> dict[str, Any]:
    return {one["code"]["coding"][0]["code"]: one.get("count") for one in group["population"]}


@pytest.mark.parametrize("options", [(), ("--at-least", "5")])
def test_the_measure_report_is_valid_and_counts(
    made: Screened, tmp_path: Path, options: tuple[str, ...]
) -> None:
    logged(made, tmp_path / "out", *options)
    report = json.loads((tmp_path / "out" / "measure-report.json").read_text(encoding="utf-8"))
    get_fhir_model_class("MeasureReport").model_validate(report)
    counted = json.loads((made.folder / "run.json").read_text(encoding="utf-8"))["counts"]
    first = populations(report["group"][0])
    text = json.dumps(report)
    if options:
        assert re.search('"valueCode": "masked"', text)
        assert all(int(count) % 5 == 0 for count in re.findall(r'"count": (\d+)', text))
        return
    assert first == {"initial-population": counted["patients"], **counted["verdicts"]}
    for stratifier in report["group"][0]["stratifier"]:
        strata = [populations(stratum) for stratum in stratifier["stratum"]]
        assert {name: sum(one[name] for one in strata) for name in first} == first
    asked = [one["id"] for one in counted["criteria"] if one["stage"] == "pre-screen"]
    assert [group["code"]["coding"][0]["code"] for group in report["group"][1:]] == asked


def test_a_table_adds_columns(made: Screened, tmp_path: Path) -> None:
    patients = sorted(verdicts(made))
    lines = [f"{patient},North,ward {place}" for place, patient in enumerate(patients[1:])]
    (tmp_path / "sites.csv").write_text("\n".join(["patient,site,ward", *lines]), encoding="utf-8")
    rows = logged(made, tmp_path / "out", "--groups", str(tmp_path / "sites.csv"))[PRE_SCREENING]
    sites = {row["patient"]: row["site"] for row in rows}
    assert sites == {patient: "not recorded" if patient == patients[0] else "North" for patient in patients}


def test_numbers_stay_when_others_come(tmp_path: Path) -> None:
    key = tmp_path / "key.csv"
    first = screening_numbers(key, ["b", "=a", "c"])
    before = key.read_bytes()
    assert screening_numbers(key, ["c", "=a", "b"]) == first
    assert key.read_bytes() == before
    later = screening_numbers(key, ["d", "b", "=a"])
    assert {name: later[name] for name in ("b", "=a")} == {name: first[name] for name in ("b", "=a")}
    assert later["d"] == "S00004"
    assert screening_numbers(key, ["c"])["c"] == first["c"]
    # Numbers say nothing of the order of names.
    many = screening_numbers(tmp_path / "other.csv", [f"p{number:03d}" for number in range(50)])
    assert sorted(many, key=many.__getitem__) != sorted(many)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "number,patient\nS00001,a\n",
        "screening_number,patient\nS00001,a\nS00001,b\n",
        "screening_number,patient\nS00001,a\nS00002,a\n",
        "screening_number,patient\n1,a\n",
        "screening_number,patient\nS00001\n",
    ],
)
def test_a_key_that_cannot_be_trusted_is_refused(tmp_path: Path, text: str) -> None:
    key = tmp_path / "key.csv"
    key.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as refused:
        screening_numbers(key, ["a", "z"])
    assert refused.value.code == "KEY_UNREADABLE"
    assert key.read_text(encoding="utf-8") == text


def test_the_texts_are_those_of_the_run(made: Screened, tmp_path: Path) -> None:
    other = RESCUE if protocol_of(made) == DEMO else DEMO
    command = ["log", str(made.folder), "--out", str(tmp_path / "out"), "--protocol", str(other)]
    outcome = CliRunner().invoke(app, command)
    assert isinstance(outcome.exception, UserError)
    assert outcome.exception.code == "PROTOCOL_DIFFERS"
    assert not (tmp_path / "out").exists()
