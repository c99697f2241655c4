"""Sweeps and amendments against screening the changed text from the start."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from api.attrition.asked import asked_sweep
from api.cli import app
from api.errors import UserError
from criteria_dsl.written_numbers import with_number, written_numbers
from tests.attrition.synthetic import AS_OF, RESCUE, Screened, screened

TEXT = RESCUE.read_text(encoding="utf-8")
NUMBERS = written_numbers(TEXT)
Verdicts = dict[str, str]


@pytest.fixture(
    scope="module",
    params=[pytest.param(150, id="150"), pytest.param(2_000, id="2000", marks=pytest.mark.slow)],
)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Screened:
    return screened(tmp_path_factory.mktemp("what-if"), RESCUE, request.param)


def rescreened(made: Screened, folder: Path, text: str) -> Path:
    """The run of another text over the same input, by the command, from the start."""
    protocol = folder / "changed.elig"
    protocol.write_text(text, encoding="utf-8")
    command = ["screen", str(protocol), str(made.source), "--as-of", AS_OF, "--out", str(folder / "run")]
    outcome = CliRunner().invoke(app, command)
    assert outcome.exit_code == 0, outcome.output
    return folder / "run"


def verdicts(folder: Path) -> Verdicts:
    table = pq.read_table(folder / "verdicts.parquet", columns=["patient", "verdict"])
    return {row["patient"]: row["verdict"] for row in table.to_pylist()}


def report(made: Screened, *options: str) -> dict[str, Any]:
    command = ["attrition", str(made.folder), "--json", *options]
    outcome = CliRunner().invoke(app, command)
    assert outcome.exit_code == 0, outcome.output
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def source(made: Screened) -> list[str]:
    return ["--protocol", str(RESCUE), "--input", str(made.source)]


def moved(before: Verdicts, after: Verdicts, of: str, to: str) -> int:
    return sum(before[one] == of and after[one] == to for one in before)


def who(before: Verdicts, after: Verdicts) -> dict[str, int]:
    review = "needs-clinician-review"
    to_review, from_review = moved(before, after, "fail", review), moved(before, after, review, "fail")
    return {
        "added": to_review + moved(before, after, "fail", "pass"),
        "added_for_review": to_review,
        "lost": from_review + moved(before, after, "pass", "fail"),
        "lost_from_review": from_review,
        "review_to_pass": moved(before, after, review, "pass"),
        "pass_to_review": moved(before, after, "pass", review),
    }


@pytest.mark.parametrize(
    ("asked", "written", "replaced"),
    [
        ("I4:75=90,75,60,45", ">= 75 mL", ">= {} mL"),
        ("I3:9=8..11/1.5", "7.5 to 9 %", "7.5 to {} %"),
        ("I1:65=60,80", "30 to 65 years", "30 to {} years"),
        ("I3:90=30,365", "HbA1c within 90 days", "HbA1c within {} days"),
        ("I5:2=3,4", "at least 2 systolic", "at least {} systolic"),
        ("B:13=10,15", ">= 13 g/dL", ">= {} g/dL"),
    ],
)
def test_a_sweep_is_the_screening_of_the_changed_text(
    made: Screened, tmp_path: Path, asked: str, written: str, replaced: str
) -> None:
    (sweep,) = report(made, *source(made), "--sweep", asked)["sweeps"]
    before = verdicts(made.folder)
    assert len(sweep["steps"]) >= 2
    for number, step in enumerate(sweep["steps"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert TEXT.count(written) == 1
        after = verdicts(rescreened(made, folder, TEXT.replace(written, replaced.format(step["value"]))))
        assert step["verdicts"] == {
            name: list(after.values()).count(name) for name in ("pass", "needs-clinician-review", "fail")
        }
        told = who(before, after)
        assert {name: step[name] for name in told} == told
        for grouping in step["groups"]:
            for name, count in told.items():
                assert sum(group[name] for group in grouping["groups"]) == count


def test_an_amendment_is_the_difference_of_two_screenings(made: Screened, tmp_path: Path) -> None:
    """From the input or from a second run on disk, the same; each change alone is one screening too."""
    one = TEXT.replace("7.5 to 9 %", "7 to 10.5 %")
    added = '\ninclude I9 "Hemoglobin"\n  most recent hemoglobin within 180 days before index is >= 11 g/dL\n'
    both = one.replace('exclude E2 "ALT"', 'exclude E9 "ALT"').replace("version 1.0", "version 2.0") + added
    folders = {name: tmp_path / name for name in ("one", "both")}
    for folder in folders.values():
        folder.mkdir()
    before = verdicts(made.folder)
    after_one = verdicts(rescreened(made, folders["one"], one))
    run = rescreened(made, folders["both"], both)
    after = verdicts(run)
    found = report(made, *source(made), "--amended", str(folders["both"] / "changed.elig"))["amendment"]
    assert found == report(made, "--against", str(run))["amendment"]
    assert (found["before"], found["after"]) == ("1.0", "2.0")
    told = {(move["from"], move["to"]): move["patients"] for move in found["moves"]}
    names = ("pass", "needs-clinician-review", "fail")
    pairs = {(of, to): moved(before, after, of, to) for of in names for to in names}
    assert told == {pair: count for pair, count in pairs.items() if count}
    changed = {one["id"]: one for one in found["criteria"]}
    assert {name: one["change"] for name, one in changed.items()} == {
        "I3": "changed",
        "E2": "removed",
        "E9": "added",
        "I9": "added",
    }
    alone = who(before, after_one)
    assert {name: changed["I3"]["alone"][name] for name in alone} == alone


def test_tables_of_sweeps_and_amendments(made: Screened, tmp_path: Path) -> None:
    options = ["--sweep", "E1=90", "--amended", str(RESCUE), "--csv", str(tmp_path)]
    found = report(made, *source(made), *options)
    assert found["amendment"]["criteria"] == []
    with (tmp_path / "attrition-sweeps.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["added"] for row in rows if not row["by"]} == {str(found["sweeps"][0]["steps"][0]["added"])}
    printed = CliRunner().invoke(app, ["attrition", str(made.folder), *source(made), *options[:4]])
    assert "E1: 180 of" in printed.stdout
    assert "no criterion has another outcome" in printed.stdout


def refused(made: Screened, *options: str) -> str:
    outcome = CliRunner().invoke(app, ["attrition", str(made.folder), *options])
    assert isinstance(outcome.exception, UserError)
    return outcome.exception.code


def test_what_findings_do_not_tell_is_refused(made: Screened, tmp_path: Path) -> None:
    assert refused(made, "--sweep", "I4:75=60") == "SOURCE_MISSING"
    assert refused(made, "--amended", str(RESCUE)) == "SOURCE_MISSING"
    assert refused(made, "--sweep", "I4:75=60", "--protocol", str(RESCUE)) == "SOURCE_MISSING"
    assert refused(made, "--amended", str(RESCUE), "--protocol", str(RESCUE)) == "SOURCE_MISSING"
    assert refused(made, "--amended", str(RESCUE), "--against", str(made.folder)) == "AMENDMENT_TWICE"
    other = tmp_path / "other.elig"
    other.write_text(TEXT.replace("version 1.0", "version 1.1"), encoding="utf-8")
    wrong = ["--protocol", str(other), "--input", str(made.source)]
    assert refused(made, "--sweep", "I4:75=60", *wrong) == "PROTOCOL_DIFFERS"


def test_another_input_is_refused(made: Screened, tmp_path: Path) -> None:
    """One patient fewer, or one result another: nothing is compared."""
    fewer = screened(tmp_path / "fewer", RESCUE, 40)
    assert refused(made, "--protocol", str(RESCUE), "--input", str(fewer.source), "--sweep", "E1=9") == (
        "INPUT_DIFFERS"
    )
    assert refused(made, "--against", str(fewer.folder)) == "RUNS_DIFFER"
    changed = next(path for path in fewer.source.iterdir() if path.name.startswith("Observation"))
    text = changed.read_text(encoding="utf-8").replace('"value":', '"value":9')
    changed.write_text(text, encoding="utf-8")
    asked = ["attrition", str(fewer.folder), "--protocol", str(RESCUE), "--input", str(fewer.source)]
    outcome = CliRunner().invoke(app, [*asked, "--sweep", "E1=9"])
    assert isinstance(outcome.exception, UserError)
    assert outcome.exception.code == "INPUT_DIFFERS"


PARAMETERS = {"max-age": "75 years"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("I4:75=30,45,60", ("30", "45", "60")),
        ("I4:75=60..30/-15", ("60", "45", "30")),
        ("I3:7.50=7..7.3/0.1", ("7.0", "7.1", "7.2", "7.3")),
        ("E1=90, 120,90", ("90", "120")),
        ("max-age=70,80", ("70", "80")),
    ],
)
def test_sweeps_as_written(text: str, values: tuple[str, ...]) -> None:
    assert asked_sweep(text, NUMBERS, PARAMETERS).values == values


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I4",
        "I4=60",  # two numbers stand there
        "I4:77=60",
        "I4:75#2=60",
        "C1=60",
        "I99=60",
        "E1=",
        "E1=ninety",
        "E1=90..30/5",
        "E1=30..90/0",
        "E1=0..10000/1",
        "max-age:75=80",
    ],
)
def test_what_is_no_sweep_is_refused(text: str) -> None:
    with pytest.raises(UserError) as found:
        asked_sweep(text, NUMBERS, PARAMETERS)
    assert found.value.code == "SWEEP_INVALID"


def test_numbers_stand_where_they_are_said_to() -> None:
    """Each number can be written anew in its place, and nothing else changes."""
    assert [one.number for one in NUMBERS["I5"]] == ["2", "140", "6", "7"]
    for numbers in NUMBERS.values():
        for one in numbers:
            assert TEXT[one.start : one.end] == one.number
            assert with_number(TEXT, one, one.number) == TEXT


AGED = """protocol AGED version 1 "Aged"
parameter max-age is a number in years default 60
parameter look-back is a duration default 30 days
medication metformin: RxNorm 6809, 861007, 861004, 860975

include I1 "Age"
  age at index is <= max-age

include I2 "Treated"
  metformin overlapping the look-back before index
"""


def test_parameters_are_swept_as_given_with_a_run(tmp_path: Path) -> None:
    protocol = tmp_path / "aged.elig"
    protocol.write_text(AGED, encoding="utf-8")
    made = screened(tmp_path, protocol, 60)
    screen = ["screen", str(protocol), str(made.source), "--as-of", AS_OF]
    given = ["--param", "max-age=50", "--param", "look-back=60 days"]
    base = tmp_path / "base"
    assert CliRunner().invoke(app, [*screen, *given, "--out", str(base)]).exit_code == 0
    command = ["attrition", str(base), "--json", "--protocol", str(protocol), "--input", str(made.source)]
    outcome = CliRunner().invoke(app, [*command, "--sweep", "max-age=40,70", "--sweep", "look-back=90 days"])
    assert outcome.exit_code == 0, outcome.output
    age, since = json.loads(outcome.stdout)["sweeps"]
    assert (age["written"], since["written"]) == ("50 years", "60 days")
    asked = [(age["steps"][0], ["40", "60 days"]), (age["steps"][1], ["70", "60 days"])]
    for number, (step, (years, days)) in enumerate([*asked, (since["steps"][0], ("50", "90 days"))]):
        out = tmp_path / str(number)
        told = ["--param", f"max-age={years}", "--param", f"look-back={days}"]
        assert CliRunner().invoke(app, [*screen, *told, "--out", str(out)]).exit_code == 0
        after = verdicts(out)
        assert step["verdicts"]["pass"] == list(after.values()).count("pass")
        assert step["added"] == who(verdicts(base), after)["added"]
