"""Neither the order of files, nor the host's time zone, nor the seed of Python's hashes changes a result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from api.cli import app
from tests.population.extracts import HARD, files_in

ROOT = Path(__file__).parents[2]
PROTOCOL = """protocol SAME version 1.0 "Same"
  notes ignored

diagnosis type-2-diabetes: ICD-10-CM E11*
measurement HbA1c in %: LOINC 4548-4
medication metformin: RxNorm 860975

include I1 "Type 2 diabetes"
  type-2-diabetes starting at least 30 days before index
include I2 "HbA1c"
  most recent HbA1c within 200 days before index is 7.0 to 10.5 %
exclude E1 "Metformin"
  metformin overlapping the 60 days before index
"""
# Ingests and screens in one process: folder of the extract, of the store, protocol, folder of results.
BOTH = """
import sys
from typer.testing import CliRunner
from api.cli import app

source, store, protocol, out, workers = sys.argv[1:]
for words in (
    ["ingest", source, "--into", store, "--partitions", "4"],
    ["screen", protocol, store, "--as-of", "2026-06-01", "--out", out, "--all-evidence"],
):
    done = CliRunner().invoke(app, [*words, "--workers", workers, "--json"])
    assert done.exit_code in (0, 1), done.output
"""
# Time zone of the host, seed of Python's hashes, processes.
ELSEWHERE = (
    ("Asia/Tokyo", "1", "1"),
    ("America/St_Johns", "77", "1"),
    ("Pacific/Kiritimati", "4000000000", "2"),
    ("Europe/Berlin", "0", "4"),
)


def _rows(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in pq.read_table(path).to_pylist():
        found.setdefault(row["patient"], []).append(repr(row))
    return found


def _invoke(*words: object) -> None:
    done = CliRunner().invoke(app, [*map(str, words), "--workers", "1", "--json"])
    assert done.exit_code in (0, 1), done.output


@pytest.mark.parametrize("surroundings", [ELSEWHERE[:2], pytest.param(ELSEWHERE, marks=pytest.mark.slow)])
def test_zones_seeds_and_processes_change_no_byte(
    surroundings: tuple[tuple[str, str, str], ...], tmp_path: Path
) -> None:
    HARD["synthetic"](tmp_path / "in")
    protocol = tmp_path / "same.elig"
    protocol.write_text(PROTOCOL)
    found = []
    for zone, seed, workers in surroundings:
        store, out = tmp_path / f"store{seed}", tmp_path / f"out{seed}"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": zone, "PYTHONHASHSEED": seed}
        words = [sys.executable, "-c", BOTH, *map(str, (tmp_path / "in", store, protocol, out)), workers]
        subprocess.run(words, env=environment, cwd=ROOT, check=True)
        found.append((files_in(store), files_in(out)))
    assert all(one == found[0] for one in found)


def test_the_order_of_files_changes_no_finding(tmp_path: Path) -> None:
    HARD["synthetic"](tmp_path / "in")
    protocol = tmp_path / "same.elig"
    protocol.write_text(PROTOCOL)
    files = sorted(path for path in (tmp_path / "in").iterdir() if path.is_file())
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    for number, path in enumerate(reversed(files)):
        (shuffled / f"{number:02d}-{path.name}").write_bytes(path.read_bytes())
    found = []
    for source in (tmp_path / "in", shuffled):
        store = tmp_path / f"store-{source.name}"
        _invoke("ingest", source, "--into", store, "--partitions", 3)
        for asked in (source, store):
            out = tmp_path / f"out-{source.name}-{asked.name}"
            words = ("--as-of", "2026-06-01", "--out", out, "--all-evidence")
            _invoke("screen", protocol, asked, *words)
            found.append([_rows(out / f"{name}.parquet") for name in ("verdicts", "findings", "people")])
    assert all(one == found[0] for one in found)
