"""The engine from Python: the documents' own lines, and the same results as everywhere else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.library import Protocol, UserError, load
from fixtures.synthetic_fhir.__main__ import main as make_extract

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "fixtures" / "demo-patient.json"
AS_OF = "2026-06-01"


def lines(file: str, section: str) -> str:
    """The indented Python of a section, in order."""
    text = (ROOT / file).read_text().split(f"# {section}\n", 1)[1].split("\n## ", 1)[0]
    return "\n".join(re.findall(r"^    (.*)$", text, re.MULTILINE))


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load(ROOT / "protocols" / "demo-call.elig")


def printed(text: str) -> list[str]:
    """What lines print in a program of their own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_the_readmes_lines_show_verdicts_and_questions() -> None:
    own = lines("README.md", "From Python")
    assert len([line for line in own.splitlines() if line]) == 5
    verdicts, questions = printed(own)
    assert "'verdict': 'needs-clinician-review'" in verdicts
    assert "Can you come to the clinic every four weeks?" in questions


def test_the_guides_lines_do_what_it_says() -> None:
    *_, verdict, refusal = printed(lines("docs/library.md", "From Python"))
    assert (verdict, refusal) == ("pass", "NOT_FOUND")


def test_the_guide_names_all_that_there_is(protocol: Protocol) -> None:
    guide = (ROOT / "docs" / "library.md").read_text()
    screened = protocol.screen(RECORD, as_of=AS_OF)
    for name in dir(screened):
        assert name.startswith("_") or name == "run" or f"`screened.{name}" in guide, name


def test_a_path_bytes_and_a_dict_are_judged_alike(protocol: Protocol) -> None:
    by_path = protocol.screen(RECORD, as_of=AS_OF)
    by_bytes = protocol.screen(RECORD.read_bytes(), as_of=date(2026, 6, 1))
    by_dict = protocol.screen(json.loads(RECORD.read_bytes()), as_of=AS_OF)
    for other in (by_bytes, by_dict):
        assert other.verdicts.equals(by_path.verdicts)
        assert other.findings.equals(by_path.findings)
        assert other.patient() == by_path.patient()
    assert by_path.patients[0] not in repr(by_path)


def test_an_extract_has_the_same_results_as_on_the_command_line(tmp_path: Path) -> None:
    made = ["--patients", "30", "--seed", "3", "--as-of", AS_OF, "--out", str(tmp_path / "in")]
    assert make_extract(made) == 0
    text = ROOT / "protocols" / "demo.elig"
    told = ["screen", str(text), str(tmp_path / "in"), "--as-of", AS_OF, "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(app, [*told, "--all-evidence", "--json"]).exit_code in (0, 1)
    screened = load(text).screen(tmp_path / "in", as_of=AS_OF)
    assert screened.verdicts.equals(pq.read_table(tmp_path / "out" / "verdicts.parquet"))
    assert screened.findings.equals(pq.read_table(tmp_path / "out" / "findings.parquet"))
    assert screened.record() == json.loads((tmp_path / "out" / "run.json").read_bytes())
    rejects = (tmp_path / "out" / "rejects.ndjson").read_text().splitlines()
    assert screened.rejects == [json.loads(line) for line in rejects]
    assert set(screened.patients) == set(screened.verdicts["patient"].to_pylist())
    with pytest.raises(UserError, match="name one"):
        screened.patient()


@pytest.mark.parametrize(
    ("records", "asked", "code"),
    [
        (b"{", {}, "JSON_INVALID"),
        (b"", {}, "EMPTY_INPUT"),
        ({"a": 1}, {}, "NOT_FHIR"),
        ("nowhere.json", {}, "NOT_FOUND"),
        (RECORD, {"as_of": "1.6.2026"}, "DATE_INVALID"),
        (RECORD, {"zone": "Mars"}, "ZONE_UNKNOWN"),
    ],
)
def test_what_is_wrong_is_said_with_its_code(
    protocol: Protocol, records: Any, asked: dict[str, Any], code: str
) -> None:
    with pytest.raises(UserError) as error:
        protocol.screen(records, **{"as_of": AS_OF, **asked})
    assert error.value.code == code


def test_a_protocol_that_is_wrong_or_asked_for_too_much_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.elig").write_text("protocol X")
    for path, given, code in (
        (tmp_path / "x.elig", {}, "PROTOCOL_INVALID"),
        (tmp_path / "none.elig", {}, "PROTOCOL_MISSING"),
        (ROOT / "protocols" / "demo-call.elig", {"limit": 3}, "PROTOCOL_INVALID"),
    ):
        with pytest.raises(UserError) as error:
            load(path, parameters=given)
        assert error.value.code == code
