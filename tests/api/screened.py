"""Extracts screened by the command, and what it left on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from typer.testing import CliRunner

from api.cli import app

PROTOCOL = Path(__file__).resolve().parents[2] / "protocols" / "demo.elig"


@dataclass(frozen=True)
class Screened:
    verdicts: dict[str, str]
    findings: dict[tuple[str, str], dict[str, Any]]
    run: dict[str, Any]
    rejects: list[dict[str, Any]]
    exit_code: int


def screen(extract: Path, out: Path) -> Screened:
    command = ["screen", str(PROTOCOL), str(extract), "--as-of", "2026-06-01", "--out", str(out), "--json"]
    outcome = CliRunner().invoke(app, command)
    assert outcome.exit_code in (0, 1), outcome.output
    return Screened(
        {row["patient"]: row["verdict"] for row in pq.read_table(out / "verdicts.parquet").to_pylist()},
        {(r["patient"], r["criterion"]): r for r in pq.read_table(out / "findings.parquet").to_pylist()},
        json.loads((out / "run.json").read_text(encoding="utf-8")),
        [json.loads(line) for line in (out / "rejects.ndjson").read_text(encoding="utf-8").splitlines()],
        outcome.exit_code,
    )
