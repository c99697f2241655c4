"""Commands over populations as the tests of interruptions run them, and what is compared of their ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from api.cli import app
from api.errors import UserError

ROOT = Path(__file__).parents[2]
PROTOCOL = """protocol KEPT version 1.0 "Kept"
  notes ignored

diagnosis type-2-diabetes: ICD-10-CM E11*

include I1 "Type 2 diabetes"
  type-2-diabetes starting at least 30 days before index
"""


class Stop(BaseException):
    """The end of a process, as far as it can be had within one."""


def ingest_words(source: Path, store: Path) -> list[str]:
    return ["ingest", str(source), "--into", str(store), "--workers", "1", "--partitions", "3", "--json"]


def screen_words(protocol: Path, store: Path, out: Path) -> list[str]:
    words = ["screen", str(protocol), str(store), "--as-of", "2026-06-01", "--out", str(out)]
    return [*words, "--workers", "1", "--json"]


def run(words: list[str]) -> BaseException | None:
    """Run a command in this process; answers what stopped it."""
    try:
        done = CliRunner().invoke(app, words)
    except Stop as stopped:
        return stopped
    if done.exit_code not in (0, 1) or isinstance(done.exception, UserError):
        return done.exception
    return None


def command(words: list[str]) -> subprocess.Popen[bytes]:
    code = "import sys; sys.argv[0] = 'eligibility'; from api.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], env=environment, cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
