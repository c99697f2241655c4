"""Limits and places of runs over extracts."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings

from api.store import StoreSettings


class RunSettings(BaseSettings):
    """Part of the service's settings.

    extracts         folders of extracts that runs may name, by site and name
    extract_bytes    the longest extract that is read
    results          the folder of runs' files; without it, beside the store or in the user's data folder
    results_hours    how long a finished run's files stay
    runs             how many runs of one site may wait or be worked on
    run_workers      worker processes beside the service; 0: `eligibility work` is started elsewhere
    run_attempts     how often a run is begun before it is given up
    run_hours        how long one attempt may take
    lease_seconds    how long a worker that has gone silent keeps its run
    """

    extracts: dict[str, dict[str, Path]] = Field(default_factory=dict)
    extract_bytes: int = Field(default=20 << 30, ge=1)
    results: Path | None = None
    results_hours: float = Field(default=72.0, gt=0)
    runs: int = Field(default=20, ge=1)
    run_workers: int = Field(default=1, ge=0, le=64)
    run_attempts: int = Field(default=5, ge=1)
    run_hours: float = Field(default=12.0, gt=0)
    lease_seconds: float = Field(default=60.0, ge=0.2, le=3600)


def results_folder(settings: RunSettings, store: StoreSettings) -> Path:
    """Where files of runs are: as set, else beside an embedded store, else in the user's own data folder."""
    if settings.results is not None:
        return settings.results
    scheme, _, path = store.address.partition(":///")
    if scheme == "sqlite":
        return Path(path).parent / "results"
    return Path(platformdirs.user_data_dir("eligibility")) / "results"
