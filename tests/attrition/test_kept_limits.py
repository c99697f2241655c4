"""Sweeps of a run that kept its limits, without its input, against judging the input again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from api.attrition.from_limits import KeptRun
from api.attrition.stored import read_run
from api.cli import app
from api.errors import UserError
from fixtures.synthetic_fhir.damage import damage_folder
from tests.attrition.synthetic import AS_OF, DEMO, RESCUE, screened

SWEEPS = {
    "rescue": ("I1:65=40,80", "I3:9=8..11/1", "I4:75=90,60,45", "E2:60=20,120", "B:13=10,15"),
    "demo": ("I1:18=30,50", "I3:7=5,8", "I4:45=90,30", "I7:10=8,14", "E5:120=20,60"),
}
FILES = {"rescue": RESCUE, "demo": DEMO}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("rescue", 150), id="rescue-150"),
        pytest.param(("demo", 150), id="demo-150"),
        pytest.param(("rescue", 2_000), id="rescue-2000", marks=pytest.mark.slow),
        pytest.param(("demo", 2_000), id="demo-2000", marks=pytest.mark.slow),
    ],
)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    """The protocol's name, the input (with damaged lines), and the folder of a run that kept its limits."""
    name, patients = request.param
    folder = tmp_path_factory.mktemp(name)
    made = screened(folder, FILES[name], patients)
    out, damaged = folder / "kept", folder / "damaged"
    damage_folder(made.source, damaged, 3)
    command = ["screen", str(FILES[name]), str(damaged), "--as-of", AS_OF, "--out", str(out)]
    outcome = CliRunner().invoke(app, [*command, "--keep-limits"])
    assert outcome.exit_code in (0, 1), outcome.output
    return name, damaged, out


def told(folder: Path, *options: str) -> Any:
    outcome = CliRunner().invoke(app, ["attrition", str(folder), "--json", *options])
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)["sweeps"]


def test_kept_limits_tell_what_the_input_tells(kept: tuple[str, Path, Path]) -> None:
    name, source, folder = kept
    options = ["--protocol", str(FILES[name]), *(part for one in SWEEPS[name] for part in ("--sweep", one))]
    alone = told(folder, *options)
    assert alone == told(folder, *options, "--input", str(source))
    moved = [step["added"] + step["lost"] for sweep in alone for step in sweep["steps"]]
    assert sum(map(bool, moved)) >= len(SWEEPS[name])


def test_a_store_tells_the_same(kept: tuple[str, Path, Path], tmp_path: Path) -> None:
    """Screened partition by partition, from what was kept or judged again: the report of the extract."""
    name, source, folder = kept
    store, out = tmp_path / "store", tmp_path / "out"
    for command in (
        ["ingest", str(source), "--into", str(store), "--partitions", "3", "--workers", "1"],
        ["screen", str(FILES[name]), str(store), "--as-of", AS_OF, "--out", str(out), "--workers", "1"],
    ):
        options = ["--keep-limits"] if command[0] == "screen" else []
        outcome = CliRunner().invoke(app, [*command, *options])
        assert outcome.exit_code in (0, 1), outcome.output
    options = ["--protocol", str(FILES[name]), *(part for one in SWEEPS[name] for part in ("--sweep", one))]
    expected = told(folder, *options)
    assert told(out, *options) == expected
    assert told(out, *options, "--input", str(store)) == expected


@pytest.mark.parametrize("asked", ["I2:6=3", "I3:90=30", "I5=130", "I5:2=3", "I1:65=64,I4"])
def test_what_was_not_kept_is_refused(kept: tuple[str, Path, Path], asked: str) -> None:
    """Windows, counts and what stands elsewhere are not told, and nothing is guessed."""
    name, _, folder = kept
    command = ["attrition", str(folder), "--protocol", str(FILES[name]), "--sweep", asked]
    outcome = CliRunner().invoke(app, command)
    assert isinstance(outcome.exception, UserError)
    assert outcome.exception.code in ("SOURCE_MISSING", "SWEEP_INVALID")


def test_a_run_without_limits_asks_for_its_input(kept: tuple[str, Path, Path], tmp_path: Path) -> None:
    """Screening again into the folder without the option takes away what was kept."""
    name, source, folder = kept
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    command = ["screen", str(FILES[name]), str(source), "--as-of", AS_OF, "--out", str(copy)]
    CliRunner().invoke(app, command)
    assert not (copy / "limits.parquet").exists()
    with pytest.raises(UserError) as refused:
        KeptRun(read_run(copy), FILES[name])
    assert refused.value.code == "SOURCE_MISSING"


def test_limits_of_another_run_are_refused(kept: tuple[str, Path, Path], tmp_path: Path) -> None:
    name, _, folder = kept
    for place, change in enumerate(("numbers", "patients", "bytes")):
        copy = Path(shutil.copytree(folder, tmp_path / str(place)))
        path = copy / "limits.parquet"
        table = pq.read_table(path)
        if change == "numbers":
            states = [2 - state for state in table["if_true"].to_pylist()]
            at = table.schema.get_field_index("if_true")
            field = table.schema.field(at)
            pq.write_table(table.set_column(at, field, pa.array(states, field.type)), path)
        elif change == "patients":
            pq.write_table(table.slice(1), path)
        else:
            path.write_bytes(b"no table")
        with pytest.raises(UserError) as refused:
            KeptRun(read_run(copy), FILES[name])
        assert refused.value.code in ("RUN_INCONSISTENT", "RUN_UNREADABLE")
