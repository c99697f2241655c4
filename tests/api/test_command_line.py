"""The command as its users meet it: what goes wrong is one line with a code, never a traceback."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from api.outputs import write_csv

ROOT = Path(__file__).resolve().parents[2]
DEMO = str(ROOT / "protocols" / "demo.elig")
PATIENT = '{"resourceType":"Patient","id":"p1","gender":"female","birthDate":"1970"}\n'


def command(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *words],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("screen", DEMO, "/no/such/place", "--as-of", "2026-06-01", "--out", "{tmp}"), "NOT_FOUND"),
        (("screen", DEMO, "-", "--as-of", "2026-02-30", "--out", "{tmp}"), "DATE_INVALID"),
        (("screen", DEMO, "-", "--as-of", "2026", "--out", "{tmp}"), "DATE_INVALID"),
        (("screen", "no.elig", "-", "--as-of", "2026-06-01", "--out", "{tmp}"), "PROTOCOL_MISSING"),
        (("screen", DEMO, "-", "--as-of", "2026-06-01", "--out", "/proc/none"), "OUTPUT_UNWRITABLE"),
        (
            ("screen", DEMO, "-", "--as-of", "2026-06-01", "--out", "{tmp}", "--zone", "Mars/X"),
            "ZONE_UNKNOWN",
        ),
        (
            ("screen", DEMO, "-", "--as-of", "2026-06-01", "--out", "{tmp}", "--param", "x=2020-01-01"),
            "PARAMETER_UNKNOWN",
        ),
        (
            ("screen", DEMO, "-", "--as-of", "2026-06-01", "--out", "{tmp}", "--param", "x"),
            "PARAMETER_INVALID",
        ),
        (
            (
                *(
                    "screen",
                    str(ROOT / "protocols/measures/CMS122.elig"),
                    "-",
                    "--as-of",
                    "2026-06-01",
                    "--out",
                    "{tmp}",
                ),
                *("--param", "measurement-period=2026-01-01", "--param", "measurement-period=2025-01-01"),
            ),
            "PARAMETER_TWICE",
        ),
        (("check", str(ROOT)), "PROTOCOL_MISSING"),
        (("test", "/no/such.elig"), "PROTOCOL_MISSING"),
        (("explain", DEMO, "-", "--as-of", "2026-06-01", "--patient", "nobody"), "PATIENT_UNKNOWN"),
        (
            (
                "screen",
                str(ROOT / "protocols/measures/CMS122.elig"),
                "-",
                "--as-of",
                "2026-06-01",
                "--out",
                "{tmp}",
            ),
            "VALUE_SET_MISSING",
        ),
    ],
)
def test_errors_are_one_line_with_a_code(words: tuple[str, ...], code: str, tmp_path: Path) -> None:
    done = command(*(word.replace("{tmp}", str(tmp_path)) for word in words), stdin=PATIENT)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{code}: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_errors_as_json(tmp_path: Path) -> None:
    done = command("facts", str(tmp_path / "none"), "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "NOT_FOUND"


def test_a_broken_protocol_shows_every_problem(tmp_path: Path) -> None:
    text = 'protocol P version 1 "P"\ninclude A "a"\n  frob\ninclude B "b"\n  most recnt x\n'
    path = tmp_path / "p.elig"
    path.write_text(text, encoding="utf-8")
    done = command("check", str(path), "--json")
    content = json.loads(done.stdout)
    assert done.returncode == 2
    assert not content["ok"]
    assert {problem["line"] for problem in content["problems"]} >= {3, 5}


def test_facts_from_standard_input() -> None:
    done = command("facts", "-", stdin=PATIENT)
    assert done.returncode == 0
    assert "female, born 1970" in done.stdout


def test_explain_answers_for_the_only_patient() -> None:
    done = command("explain", DEMO, "-", "--as-of", "2026-06-01", "--json", stdin=PATIENT)
    content = json.loads(done.stdout)
    assert content["verdict"] == "needs-clinician-review"
    (age,) = (c for c in content["criteria"] if c["id"] == "I1")
    assert age["outcome"] == "met"
    (lab,) = (c for c in content["criteria"] if c["id"] == "I3")
    assert lab["reason"] == "SOURCE_NOT_DELIVERED"
    assert lab["settled_by"] == ["a result of HbA1c, 2026-03-03 to 2026-06-01"]


def test_screening_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        done = command(
            "screen",
            DEMO,
            "-",
            "--as-of",
            "2026-06-01",
            "--out",
            str(tmp_path / name),
            "--csv-findings",
            stdin=PATIENT,
        )
        assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == [
        "findings.csv",
        "findings.parquet",
        "people.parquet",
        "rejects.ndjson",
        "run.json",
        "verdicts.csv",
        "verdicts.parquet",
    ]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_protocol_without_criteria_judges_nobody(tmp_path: Path) -> None:
    path = tmp_path / "p.elig"
    path.write_text('protocol P version 1 "P"\n', encoding="utf-8")
    done = command("screen", str(path), "-", "--as-of", "2026-06-01", "--out", str(tmp_path), stdin=PATIENT)
    assert done.returncode == 2
    assert done.stderr.startswith("NOTHING_TO_JUDGE: ")


def test_later_stages_alone_give_no_verdict(tmp_path: Path) -> None:
    path = tmp_path / "p.elig"
    text = 'protocol P version 1 "P"\ninclude C "c"\n  stage consent\n  screener confirms "Signed."\n'
    path.write_text(text, encoding="utf-8")
    done = command("explain", str(path), "-", "--as-of", "2026-06-01", "--json", stdin=PATIENT)
    assert json.loads(done.stdout)["verdict"] is None


def test_the_policies_in_force_can_be_printed() -> None:
    done = command("check", DEMO, "--policies")
    assert done.returncode == 0
    assert "unconfirmed, undated, unmapped, unreadable mean unknown" in done.stdout


def test_an_earlier_run_leaves_no_findings_behind(tmp_path: Path) -> None:
    words = ("screen", DEMO, "-", "--as-of", "2026-06-01", "--out", str(tmp_path))
    assert command(*words, "--csv-findings", stdin=PATIENT).returncode == 0
    assert (tmp_path / "findings.csv").exists()
    assert command(*words, stdin=PATIENT).returncode == 0
    assert not (tmp_path / "findings.csv").exists()


def test_a_record_cannot_steer_the_terminal(tmp_path: Path) -> None:
    record = json.dumps({"resourceType": "Patient", "id": "p\x1b[31m", "birthDate": "1970"})
    done = command("facts", "-", stdin=record + "\n")
    assert "\x1b[31m" not in done.stdout


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str, tmp_path: Path) -> None:
    table = pa.table({"patient": [f"{start}1+1"], "list": [[f"{start}x", "y"]], "number": [-3]})
    write_csv(tmp_path / "t.csv", table)
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    assert row["patient"] == f"'{start}1+1"
    assert row["list"].startswith("'")
    assert row["number"] == "-3"


def test_the_first_day_of_all_is_a_day_like_others(tmp_path: Path) -> None:
    done = command("screen", DEMO, "-", "--as-of", "0001-01-01", "--out", str(tmp_path), stdin=PATIENT)
    assert "Traceback" not in done.stderr
    assert (tmp_path / "run.json").is_file()
