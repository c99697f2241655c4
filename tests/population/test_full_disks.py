"""A disk that is really full, at any point of a run: told in one line, and the same command goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ALONE = ["unshare", "--mount"]


@pytest.mark.parametrize("points", [2, pytest.param(30, marks=pytest.mark.slow)])
def test_a_full_disk(points: int, merged: Path, protocol: Path, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    words = [*_ALONE, "mount", "-t", "tmpfs", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(words, check=False, capture_output=True).returncode != 0:
        pytest.skip("NOT RUN: no file system can be mounted here")
    words = [*_ALONE, sys.executable, "-m", "tests.population.full_disk", str(tmp_path), str(points)]
    settings = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=ROOT, env=settings, check=False, capture_output=True, text=True)
    assert done.stdout == "went on each time\n", done.stderr
