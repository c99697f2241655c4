"""What several tests of populations begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.population.commands import PROTOCOL
from tests.population.extracts import HARD


@pytest.fixture
def merged(tmp_path: Path) -> Path:
    """A dozen patients, some of whom are one person."""
    source = tmp_path / "in"
    HARD["merged"](source)
    return source


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    """One that reads their diagnoses."""
    path = tmp_path / "kept.elig"
    path.write_text(PROTOCOL)
    return path
