"""The synthetic patients: same arguments same bytes, every plant present, every resource sound R4."""

import csv
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from eligibility.reasons import BY_CODE, Outcome
from fixtures.synthetic_fhir.criteria import CRITERIA, PRE_SCREEN
from fixtures.synthetic_fhir.days import Days
from fixtures.synthetic_fhir.failures import FAILURES
from fixtures.synthetic_fhir.patients import Mix, make_patient, patients
from fixtures.synthetic_fhir.plants import PLANTS
from fixtures.synthetic_fhir.write import OutputError, write_bundles, write_ndjson

AS_OF = date(2026, 11, 22)
OUTCOMES = {"met": Outcome.MET, "not-met": Outcome.NOT_MET, "unknown": Outcome.UNKNOWN}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "expected" / "expected.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic") / "export"
    write_ndjson(folder, 1500, 7, AS_OF)
    return folder


def run(out: Path, hash_seed: str, *more: str) -> None:
    command = [sys.executable, "-m", "fixtures.synthetic_fhir", "--patients", "12", "--seed", "5"]
    root = Path(__file__).parents[2]
    subprocess.run(
        [*command, "--as-of", "2026-03-31", "--out", str(out), *more],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
    )


@pytest.mark.parametrize(
    "more", [(), ("--gzip",), ("--format", "bundles"), ("--format", "bundles", "--gzip")]
)
def test_same_arguments_give_the_same_bytes(tmp_path: Path, more: tuple[str, ...]) -> None:
    run(tmp_path / "a", "1", *more)
    run(tmp_path / "b", "2", *more)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_few_patients_are_the_beginning_of_many(tmp_path: Path, export: Path) -> None:
    write_ndjson(tmp_path / "few", 10, 7, AS_OF)
    many = contents(export)
    few = contents(tmp_path / "few")
    assert len(few) > 8
    for name, content in few.items():
        assert many[name].startswith(content), name


def test_another_seed_gives_other_patients() -> None:
    ids = [p.expected.patient for seed in (7, 8) for p in patients(50, seed, AS_OF)]
    assert len(set(ids)) == 100


def test_compressed_and_plain_hold_the_same(tmp_path: Path) -> None:
    write_ndjson(tmp_path / "plain", 5, 7, AS_OF)
    write_ndjson(tmp_path / "packed", 5, 7, AS_OF, compress=True)
    for path in (tmp_path / "plain").glob("*.ndjson"):
        assert gzip.decompress((tmp_path / "packed" / (path.name + ".gz")).read_bytes()) == path.read_bytes()


def test_bundles_hold_the_resources_of_the_export(tmp_path: Path) -> None:
    write_bundles(tmp_path / "bundles", 60, 7, AS_OF)
    made = {p.expected.patient: p for p in patients(60, 7, AS_OF)}
    kinds = Counter[str]()
    for path in (tmp_path / "bundles").glob("*.json"):
        bundle = json.loads(path.read_bytes())
        kinds[bundle["type"]] += 1
        own = [json.loads(r.line) for r in made[path.stem].resources]
        assert [e["resource"] for e in bundle["entry"]][2:] == own
        if bundle["type"] == "transaction":
            urls = [entry["request"]["url"] for entry in bundle["entry"]]
            assert len(set(urls)) == len(urls)
    assert kinds["transaction"] > 20
    assert kinds["collection"] > 20


def test_an_occupied_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "something").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="not an empty folder"):
        write_ndjson(tmp_path, 1, 7, AS_OF)


def test_mix_must_sum_to_100() -> None:
    with pytest.raises(ValueError, match="sum to 100"):
        Mix(50, 40, 20)


def test_every_plant_and_every_failure_occurs_at_its_rate(export: Path) -> None:
    table = rows(export)
    groups = Counter(row["group"] for row in table)
    assert 0.26 < groups["eligible"] / len(table) < 0.34
    assert 0.36 < groups["failing"] / len(table) < 0.44
    planted = Counter(name for row in table for name in row["plants"].split(";") if name)
    assert set(planted) == set(PLANTS)
    broken = {c for row in table if row["group"] == "failing" for c in PRE_SCREEN if row[c] == "not-met"}
    assert broken == {criterion for criterion, _ in FAILURES} == set(PRE_SCREEN)


def test_every_plant_is_described() -> None:
    text = (Path(__file__).parents[2] / "fixtures/synthetic_fhir/demo_protocol.md").read_text(
        encoding="utf-8"
    )
    table = text.partition("## What is planted")[2].partition("## Reason codes")[0]
    names = {
        n.strip()
        for line in table.splitlines()
        if line.startswith("| ")
        for n in line[2:].split(" | ")[0].split(",")
    }
    assert names - {"plant", "---"} == set(PLANTS)


def test_the_verdict_follows_from_the_criteria(export: Path) -> None:
    for row in rows(export):
        states = {row[criterion] for criterion in PRE_SCREEN}
        if row["verdict_reason"] == "DECEASED":
            assert (row["verdict"], states) == ("fail", {""})
        elif "not-met" in states:
            assert row["verdict"] == "fail"
        elif "unknown" in states:
            assert row["verdict"] == "needs-clinician-review"
        else:
            assert states == {"met"}
            assert row["verdict"] == "pass"


def test_reasons_are_known_codes_of_their_outcome(export: Path) -> None:
    for row in rows(export):
        for criterion in CRITERIA:
            if row[criterion]:
                assert BY_CODE[row[criterion + "_reason"]].outcome is OUTCOMES[row[criterion]]


def test_groups_mean_what_they_say(export: Path) -> None:
    for row in rows(export):
        if row["group"] == "eligible":
            assert row["verdict"] == "pass"
        if row["group"] == "failing":
            assert row["verdict"] == "fail"
            assert "unknown" not in {row[criterion] for criterion in PRE_SCREEN}
        assert bool(row["plants"]) == (row["group"] == "planted")


def test_resources_are_sound_r4() -> None:
    seen = Counter[str]()
    for patient in patients(200, 7, AS_OF):
        for resource in patient.resources:
            get_fhir_model_class(resource.kind).model_validate_json(resource.line)
            seen[resource.kind] += 1
    assert {"Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Procedure"} <= set(seen)
    assert sum(seen.values()) > 200 * 20


@pytest.mark.parametrize("plant", sorted(PLANTS))
def test_planted_resources_are_sound_r4(plant: str) -> None:
    patient = first_with(plant)
    for resource in patient:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)


def first_with(plant: str) -> list[dict[str, Any]]:
    for patient in patients(3000, 7, AS_OF, Mix(0, 0, 100)):
        if patient.expected.plants == (plant,):
            return [json.loads(resource.line) for resource in patient.resources]
    raise AssertionError(plant)


def test_observations_have_the_size_of_real_ones(export: Path) -> None:
    observations = (export / "Observation.000.ndjson").read_bytes().splitlines()
    assert 800 < sum(map(len, observations)) / len(observations) < 1700


def test_patients_outside_the_thin_ones_have_a_dense_record(export: Path) -> None:
    days: dict[str, set[date]] = {}
    for encounter in lines(export, "Encounter.000.ndjson"):
        patient = encounter["subject"]["reference"].removeprefix("Patient/")
        day = date.fromisoformat(encounter["period"]["start"][:10])
        if day <= AS_OF:
            days.setdefault(patient, set()).add(day)
    for row in rows(export):
        contacts = days[row["patient"]]
        if row["plants"] == "thin-record":
            assert len(contacts) == 1
        else:
            assert len(contacts) >= 4
            assert (AS_OF - min(contacts)).days > 3 * 365
            assert (AS_OF - max(contacts)).days < 365


def test_plain_patients_agree_with_a_plain_reading_of_their_results(export: Path) -> None:
    """A second way to the same answer, for the criteria on most recent results."""
    limits: dict[str, tuple[str, int, Callable[[float], bool]]] = {
        "I3": ("4548-4", 90, lambda v: 7.0 <= v <= 10.5),
        "I4": ("62238-1", 180, lambda v: v >= 45),
        "I7": ("718-7", 180, lambda v: v >= 10),
        "E5": ("1742-6", 180, lambda v: v <= 120),
    }
    newest: dict[tuple[str, str], tuple[str, float]] = {}
    for observation in lines(export, "Observation.000.ndjson"):
        quantity = observation.get("valueQuantity")
        if quantity is None:
            continue
        key = (
            observation["subject"]["reference"][8:],
            observation["code"].get("coding", [{}])[0].get("code"),
        )
        value = quantity["value"] / (10 if quantity.get("code") == "g/L" and key[1] == "718-7" else 1)
        newest[key] = max(newest.get(key, ("", 0.0)), (observation["effectiveDateTime"], value))
    plain = [row for row in rows(export) if row["group"] != "planted"]
    assert len(plain) > 900
    for row in plain:
        for criterion, (code, window, fits) in limits.items():
            when, value = newest[row["patient"], code]
            assert (AS_OF - date.fromisoformat(when[:10])).days <= window
            assert row[criterion] == ("met" if fits(value) else "not-met"), (row["patient"], criterion)


def test_nothing_begins_before_birth() -> None:
    for patient in patients(400, 11, AS_OF):
        resources = [json.loads(resource.line) for resource in patient.resources]
        birth = next(r["birthDate"] for r in resources if r["resourceType"] == "Patient")
        for resource in resources:
            began = resource.get("onsetDateTime") or resource.get("effectiveDateTime") or "9999"
            assert began[: len(birth)] >= birth


@pytest.mark.parametrize(
    "as_of", [date(2026, 6, 30), date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 1)]
)
def test_awkward_dates_can_be_as_of(as_of: date) -> None:
    days = Days(as_of)
    verdicts = {make_patient(n, 3, days, Mix(0, 0, 100)).expected.verdict for n in range(600)}
    assert verdicts == {"pass", "fail", "needs-clinician-review"}


def test_a_limit_on_the_last_day_of_a_month_lets_the_month_decide() -> None:
    days = Days(date(2026, 8, 31))  # six months before: 28 February, the month's last day
    for number in range(3000):
        expected = make_patient(number, 3, days, Mix(0, 0, 100)).expected
        if expected.plants == ("diabetes-month-straddles",):
            assert expected.cells["I2"] == ("met", "MET_EVIDENCE")
            return
    raise AssertionError("no such patient")
