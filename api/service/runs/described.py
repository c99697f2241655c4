"""What is answered about runs, as OpenAPI shows it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.service.told import Hash, Key, Moment, Shape, Truth, Verdict

_ADDRESS = "http://127.0.0.1:8765/runs/7f3c0e4b9a6d4f7c8e21d05b6a9c3f10"


class RunStarted(Shape):
    """A run that waits for a worker, and the address that says how far it is."""

    run: Key
    status: str = Field(examples=[_ADDRESS])


class RunProgress(Shape):
    """How far a run is."""

    run: Key
    state: Literal["queued", "running"] = Field(examples=["running"])
    progress: str = Field(max_length=100, examples=["reading, 45 %"])


class FileTold(Shape):
    """What a file is besides what Bulk Data says of one."""

    format: Literal["ndjson", "csv", "parquet"] = Field(examples=["ndjson"])
    bytes: int = Field(ge=0, examples=[198067])
    sha256: Hash = Field(examples=["ab" * 32])
    protocol: str | None = Field(None, examples=["DEMO-CALL"])
    version: str | None = Field(None, examples=["1.0"])


class RunFile(Shape):
    """A file of a run."""

    type: Literal["verdicts", "findings", "patients", "rejects", "OperationOutcome"] = Field(
        examples=["verdicts"]
    )
    url: str = Field(examples=[f"{_ADDRESS}/files/verdicts-1.ndjson"])
    count: int = Field(ge=0, description="Rows, or lines.", examples=[1000])
    extension: FileTold


class ProtocolOfRun(Shape):
    """What one protocol came to: counts, and what makes the run repeatable."""

    protocol: str = Field(examples=["DEMO-CALL"])
    version: str = Field(examples=["1.0"])
    version_key: Key
    counts: dict[str, Any] = Field(examples=[{"patients": 1000}])
    account: dict[str, Any] = Field(examples=[{"as_of": "2026-06-01", "zone": "UTC"}])


class RunTold(Shape):
    """What a run came to."""

    marked: bool = Field(description="Records were lost whose patient is not known.", examples=[False])
    protocols: list[ProtocolOfRun]


class RunManifest(Shape):
    """The files of a run that is done, as Bulk Data tells them."""

    transactionTime: Moment  # noqa: N815 - Bulk Data's name
    request: str = Field(examples=["http://127.0.0.1:8765/runs"])
    requiresAccessToken: bool = Field(examples=[False])  # noqa: N815 - Bulk Data's name
    output: list[RunFile]
    error: list[RunFile] = Field(examples=[[]])
    extension: RunTold


class NamedProtocol(Shape):
    """A version of a protocol by its names."""

    protocol: str = Field(examples=["DEMO-CALL"])
    version: str = Field(examples=["1.0"])


class ListedRun(Shape):
    """A run in a list."""

    run: Key
    site: str = Field(examples=["local"])
    state: Literal["queued", "running", "done", "failed", "cancelled", "removed"] = Field(examples=["done"])
    progress: str | None = Field(examples=[None])
    asked_by: str = Field(examples=["developer"])
    asked_at: Moment
    as_of: str = Field(examples=["2026-06-01"])
    protocols: list[NamedProtocol]


class RunList(Shape):
    """A page of runs; `next` is what to give as `before` for the next one."""

    runs: list[ListedRun] = Field(examples=[[]])
    next: str | None = Field(examples=[None])


class KeptCriterion(Shape):
    """What was found of one criterion."""

    id: str = Field(examples=["I3"])
    outcome: Literal["met", "not met", "unknown", "not applicable"] = Field(examples=["met"])
    reason: str = Field(examples=["MET_EVIDENCE"])


class KeptVerdict(Shape):
    """A verdict as it is kept."""

    verdict_key: Key
    patient: Key
    protocol: str = Field(examples=["DEMO-CALL"])
    version: str = Field(examples=["1.0"])
    version_key: Key
    as_of: str = Field(examples=["2026-06-01"])
    judged_at: Moment
    verdict: Verdict | None = Field(examples=["pass"])
    cohorts: dict[str, Verdict] = Field(examples=[{}])
    deceased: Truth = Field(examples=["false"])
    criteria: list[KeptCriterion]


class RunVerdicts(Shape):
    """A page of a run's verdicts; `next` is what to give as `after` for the next one."""

    verdicts: list[KeptVerdict] = Field(examples=[[]])
    next: str | None = Field(examples=[None])


class PatientVerdicts(Shape):
    """Verdicts of a patient, oldest first."""

    patient: Key
    verdicts: list[KeptVerdict] = Field(examples=[[]])
    next: Key | None = Field(description="The next page's `after`.", examples=[None])
