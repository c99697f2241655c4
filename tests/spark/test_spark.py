"""A Spark on this machine screens as processes do: the same stores, verdicts, findings, to the byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fixtures.synthetic_fhir.write import write_ndjson
from tests.spark.java import require_java

ROOT = Path(__file__).parents[2]
PROTOCOL = ROOT / "protocols" / "demo.elig"
AS_OF = date(2026, 6, 1)
MAIN = "from api.cli import main; main()"


def run(folder: Path, extract: Path, master: str = "local[2]") -> dict[str, Any]:
    """What the inside told; its output and that of Spark is in its log."""
    require_java()
    words = [sys.executable, "-m", "tests.spark.inside", folder, extract, PROTOCOL, AS_OF.isoformat(), master]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"}
    with (folder / "log").open("wb") as log:
        subprocess.run(
            [str(one) for one in words], cwd=ROOT, env=settings, stdout=log, stderr=log, check=False
        )
    told: dict[str, Any] = json.loads((folder / "told.json").read_bytes())
    told["log"] = (folder / "log").read_text("utf-8", "replace")
    return told


def by_processes(folder: Path, extract: Path) -> None:
    """The same commands without Spark."""
    store, out = folder / "store", folder / "out"
    question = ["--as-of", AS_OF.isoformat(), "--csv-findings", "--out", out]
    for words in (
        ["ingest", extract, "--into", store, "--partitions", "4", "--workers", "1"],
        ["screen", PROTOCOL, store, *question, "--workers", "1"],
    ):
        command = [sys.executable, "-c", MAIN, *map(str, words)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def compare(tmp_path: Path, patients: int) -> dict[str, Any]:
    """Both engines over as many patients; what Spark's told."""
    extract = tmp_path / "extract"
    write_ndjson(extract, patients, 7, AS_OF)
    here, there = tmp_path / "processes", tmp_path / "spark"
    here.mkdir()
    there.mkdir()
    by_processes(here, extract)
    told = run(there, extract)
    assert (told["ingest"], told["screen"]) == (0, 0), told["log"]
    assert content(there / "store") == content(here / "store")
    assert content(there / "out") == content(here / "out")
    assert told["limits"]
    verdicts, findings, _ = told["frame"]
    assert verdicts == pq.read_metadata(here / "out" / "verdicts.parquet").num_rows == patients
    assert findings == pq.read_metadata(here / "out" / "findings.parquet").num_rows
    return told


def test_spark_judges_to_the_byte_as_processes_do(tmp_path: Path) -> None:
    told = compare(tmp_path, 60)
    # What is wrong with a call is told as ever, without a trace of Spark's.
    assert (told["extract"], told["missing"]) == (2, 2)
    assert "ENGINE_NEEDS_STORE" in told["log"]
    assert "NOT_FOUND" in told["log"]
    assert "Traceback" not in told["log"]


@pytest.mark.slow
def test_fifty_thousand_patients_on_spark(tmp_path: Path) -> None:
    compare(tmp_path, 50_000)
