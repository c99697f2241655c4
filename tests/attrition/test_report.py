"""The report of a stored run: the command, its JSON and CSV, groups, hidden cells, and what it refuses."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from api.attrition.cells import Cells
from api.attrition.content import content
from api.attrition.groups import groupings, parse_ages
from api.attrition.stored import read_run
from api.cli import app
from api.errors import UserError
from tests.attrition.synthetic import RESCUE, Screened, screened

AGES = parse_ages("18,45,65,75")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Screened:
    return screened(tmp_path_factory.mktemp("report"), RESCUE, 120)


def report(made: Screened, *options: str) -> dict[str, Any]:
    outcome = CliRunner().invoke(app, ["attrition", str(made.folder), "--json", *options])
    assert outcome.exit_code == 0, outcome.output
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def copied(made: Screened, folder: Path) -> Path:
    return Path(shutil.copytree(made.folder, folder / "copy"))


def test_the_flow_sums_and_groups_sum_to_all(made: Screened) -> None:
    found = report(made)
    left = found["patients"] - found["deceased"]
    for step in found["flow"]:
        left -= step["excluded"]
        assert step["left"] == left >= step["left_open"]
    verdicts = found["verdicts"]
    assert left == verdicts["pass"] + verdicts["needs-clinician-review"]
    assert [one["id"] for one in found["later"]] == ["C2"]
    assert set(found["cohorts"]) == {"A", "B"}
    assert [grouping["by"] for grouping in found["groups"]] == ["sex", "age", "race", "ethnicity"]
    for grouping in found["groups"]:
        groups = grouping["groups"]
        assert sum(group["patients"] for group in groups) == found["patients"]
        for number, one in enumerate(found["criteria"]):
            own = [group["criteria"][number] for group in groups]
            assert sum(each["not_met"] for each in own) == one["not_met"]
            assert sum(each["back"] for each in own) == one["relaxed"]["back"]


def test_counts_are_those_of_the_summary(made: Screened) -> None:
    """`screen` counts the dead with the criteria, the report does not: it can only count fewer."""
    found = report(made)
    record = json.loads((made.folder / "run.json").read_text(encoding="utf-8"))
    assert found["verdicts"] == record["counts"]["verdicts"]
    assert found["cohorts"] == record["counts"]["cohorts"]
    summed = {one["id"]: one for one in record["counts"]["criteria"]}
    for one in found["criteria"]:
        assert 0 <= summed[one["id"]]["not_met"] - one["not_met"] <= found["deceased"]


def cells_of(node: Any) -> list[Any]:
    """All counts of a report: what is a number, or a hidden one."""
    if isinstance(node, dict):
        return [
            cell
            for name, part in node.items()
            if name not in ("protocol", "counts_below", "seed", "id", "label", "criteria", "by", "name")
            or isinstance(part, list)
            for cell in cells_of(part)
        ]
    if isinstance(node, list):
        return [cell for part in node for cell in cells_of(part)]
    is_count = isinstance(node, int | float) or str(node).startswith("<")
    return [node] if is_count and not isinstance(node, bool) else []


def test_no_small_count_is_shown_where_they_are_hidden(made: Screened) -> None:
    cells = cells_of(report(made, "--at-least", "5"))
    assert "<5" in cells
    assert all(cell == "<5" or cell % 5 == 0 for cell in cells)


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (1, "<5"), (4, "<5"), (5, 5), (7, 5), (8, 10)])
def test_hidden_cells(number: int, shown: int | str) -> None:
    assert Cells(5).count(number) == shown
    assert Cells(5).share(float(number)) == shown


def test_groups_of_a_table_and_ages(made: Screened, tmp_path: Path) -> None:
    """A CSV adds groupings; who is not in it is not recorded."""
    patients = pq.read_table(made.folder / "verdicts.parquet")["patient"].to_pylist()
    lines = [f"{patient},{('=North', 'South')[n % 2]}" for n, patient in enumerate(patients[:100])]
    (tmp_path / "sites.csv").write_text("\n".join(["patient,site", *lines]) + "\n", encoding="utf-8")
    tables = tmp_path / "tables"
    found = report(
        made, "--groups", str(tmp_path / "sites.csv"), "--ages", "50", "--csv", str(tables), "--relax", "1"
    )
    site, age = found["groups"][0], found["groups"][2]
    assert [(one["name"], one["patients"]) for one in site["groups"]] == [
        ("=North", 50),
        ("South", 50),
        ("not recorded", 20),
    ]
    assert [one["name"] for one in age["groups"]][:2] == ["0–49", "50 and over"]
    assert max(len(one["criteria"]) for one in found["relaxations"]) == 1
    with (tables / "attrition-groups.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["group"] for row in rows if row["by"] == "site"} == {"'=North", "South", "not recorded"}
    names = sorted(path.name for path in tables.iterdir())
    assert names == [f"attrition-{n}.csv" for n in ("criteria", "flow", "groups", "order", "relaxations")]


def test_a_printed_report_names_every_criterion(made: Screened) -> None:
    outcome = CliRunner().invoke(app, ["attrition", str(made.folder)], env={"COLUMNS": "120"})
    assert outcome.exit_code == 0
    for criterion in made.question.program.criteria:
        assert criterion.id in outcome.stdout


def test_ages_that_straddle_a_band_are_told_apart(made: Screened, tmp_path: Path) -> None:
    folder = copied(made, tmp_path)
    people = pq.read_table(folder / "people.parquet")
    least = [44, None, *people["age_least"].to_pylist()[2:]]
    most = [45, None, *people["age_most"].to_pylist()[2:]]
    for name, values in (("age_least", least), ("age_most", most)):
        at = people.schema.get_field_index(name)
        people = people.set_column(at, people.schema.field(name), pa.array(values, pa.int16()))
    pq.write_table(people, folder / "people.parquet")
    age = next(one for one in groupings(read_run(folder), AGES, None) if one.by == "age")
    assert [age.names[number] for number in age.member[:2]] == ["not known exactly", "not recorded"]


def test_a_run_without_people_is_told_without_groups(made: Screened, tmp_path: Path) -> None:
    folder = copied(made, tmp_path)
    (folder / "people.parquet").unlink()
    run = read_run(folder)
    assert content(run, Cells(), groupings(run, AGES, None))["groups"] == []


def test_files_that_are_not_of_one_run_are_refused(made: Screened, tmp_path: Path) -> None:
    folder = copied(made, tmp_path)
    verdicts = pq.read_table(folder / "verdicts.parquet")
    turned = verdicts["verdict"].to_pylist()
    turned[0] = "pass" if turned[0] != "pass" else "fail"
    at = verdicts.schema.get_field_index("verdict")
    pq.write_table(verdicts.set_column(at, "verdict", [turned]), folder / "verdicts.parquet")
    with pytest.raises(UserError) as refused:
        read_run(folder)
    assert refused.value.code == "RUN_INCONSISTENT"


@pytest.mark.parametrize("name", ["findings.parquet", "verdicts.parquet"])
def test_tables_of_other_patients_are_refused(made: Screened, tmp_path: Path, name: str) -> None:
    folder = copied(made, tmp_path)
    table = pq.read_table(folder / name)
    pq.write_table(table.slice(1), folder / name)
    with pytest.raises(UserError) as refused:
        read_run(folder)
    assert refused.value.code == "RUN_INCONSISTENT"


def test_a_run_over_nobody_is_refused(made: Screened, tmp_path: Path) -> None:
    folder = copied(made, tmp_path)
    for name in ("findings.parquet", "verdicts.parquet"):
        pq.write_table(pq.read_table(folder / name).slice(0, 0), folder / name)
    with pytest.raises(UserError) as refused:
        read_run(folder)
    assert refused.value.code == "NO_PATIENTS"


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("run.json", None, "RUN_MISSING"),
        ("run.json", "{", "RUN_UNREADABLE"),
        ("run.json", "[]", "RUN_UNREADABLE"),
        ("findings.parquet", None, "RUN_UNREADABLE"),
        ("verdicts.parquet", "no table", "RUN_UNREADABLE"),
    ],
)
def test_what_is_no_run_is_refused(
    made: Screened, tmp_path: Path, name: str, text: str | None, code: str
) -> None:
    folder = copied(made, tmp_path)
    (folder / name).unlink()
    if text is not None:
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as refused:
        read_run(folder)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["", "18,", "18,18", "65,18", "-1", "old"])
def test_ages_that_do_not_rise_are_refused(text: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_ages(text)
    assert refused.value.code == "AGES_INVALID"


@pytest.mark.parametrize(
    "text",
    ["", "patient\nx\n", "who,site\nx,North\n", "patient,site\nx,North\nx,South\n", "patient,site\nx,N\n"],
)
def test_tables_of_groups_that_cannot_be_used_are_refused(made: Screened, tmp_path: Path, text: str) -> None:
    (tmp_path / "sites.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as refused:
        groupings(read_run(made.folder), AGES, tmp_path / "sites.csv")
    assert refused.value.code == "GROUPS_UNREADABLE"
