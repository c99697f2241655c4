"""The damaged copy: every damage in the ledger is where it says, and nothing else changed."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fixtures.synthetic_fhir.damage import LINE_DAMAGES, DamageError, damage_folder
from fixtures.synthetic_fhir.write import write_ndjson

OBSERVATIONS = "Observation.000.ndjson"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    base = tmp_path_factory.mktemp("damage")
    write_ndjson(base / "clean", 60, 9, date(2026, 11, 22))
    damage_folder(base / "clean", base / "damaged", 4)
    return base / "clean", base / "damaged"


def ledger(damaged: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((damaged / "expected" / "damage.json").read_bytes())
    return entries


def test_counts_in_the_ledger(folders: tuple[Path, Path]) -> None:
    counts = Counter(entry["kind"] for entry in ledger(folders[1]))
    assert counts == {damage.kind: damage.times for damage in LINE_DAMAGES} | {
        "blank-line": 3,
        "missing-patient": 2,
        "patient-in-two-files": 1,
        "wrong-type-of-file": 1,
        "byte-order-mark": 1,
        "crlf": 1,
        "empty-file": 1,
    }


def test_lines_outside_the_ledger_are_untouched(folders: tuple[Path, Path]) -> None:
    clean, damaged = folders
    touched = {e["line"]: e["kind"] for e in ledger(damaged) if e["file"] == OBSERVATIONS}
    original = (clean / OBSERVATIONS).read_bytes().split(b"\n")[:-1]
    written = (damaged / OBSERVATIONS).read_bytes().split(b"\n")[:-1]
    assert len(written) == len(original) + 3
    position = 0
    for number, line in enumerate(written, start=1):
        if touched.get(number) == "blank-line":
            assert line.strip() == b""
            continue
        assert (line != original[position]) == (number in touched)
        position += 1


def test_what_the_reader_owes_a_line_is_true(folders: tuple[Path, Path]) -> None:
    damaged = folders[1]
    lines = (damaged / OBSERVATIONS).read_bytes().split(b"\n")
    for entry in ledger(damaged):
        if entry["file"] != OBSERVATIONS:
            continue
        line = lines[entry["line"] - 1]
        named = f'"Patient/{entry["patient"]}"'.encode() in line
        assert entry["patient_readable"] == named
        if entry["reader"] == "accept":
            assert msgspec.json.decode(line)["resourceType"] == "Observation"
        if entry["reader"] == "reject" and entry["kind"] != "wrong-type":
            with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
                msgspec.json.decode(line)


def test_whole_files(folders: tuple[Path, Path]) -> None:
    clean, damaged = folders
    assert (damaged / "Condition.ndjson").read_bytes().startswith(b"\xef\xbb\xbf{")
    procedures = (damaged / "Procedure.ndjson").read_bytes()
    assert procedures.replace(b"\r\n", b"\n") == (clean / "Procedure.ndjson").read_bytes()
    assert procedures.count(b"\r\n") == procedures.count(b"\n") > 0
    assert (damaged / "Communication.001.ndjson").read_bytes() == b""
    misfiled = json.loads((damaged / "Immunization.ndjson").read_bytes().splitlines()[-1])
    assert misfiled["resourceType"] == "Condition"


def test_patients_missing_and_twice(folders: tuple[Path, Path]) -> None:
    damaged = folders[1]
    ids = [json.loads(line)["id"] for line in (damaged / "Patient.ndjson").read_bytes().splitlines()]
    missing = [e["patient"] for e in ledger(damaged) if e["kind"] == "missing-patient"]
    assert len(ids) == 58
    assert not set(ids) & set(missing)
    second = json.loads((damaged / "Patient.001.ndjson").read_bytes())
    assert second["id"] in ids


def test_same_seed_same_bytes(folders: tuple[Path, Path], tmp_path: Path) -> None:
    clean, damaged = folders
    damage_folder(clean, tmp_path / "again", 4)
    for path in damaged.rglob("*.*"):
        assert (tmp_path / "again" / path.relative_to(damaged)).read_bytes() == path.read_bytes()


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(DamageError, match="holds no"):
        damage_folder(tmp_path / "nothing", tmp_path / "out", 1)
