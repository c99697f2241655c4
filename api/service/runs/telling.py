"""A run as Bulk Data tells it: how far it has come, and in the end a manifest of its files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.errors import UserError
from api.service.runs.orders import order_of
from api.store.tables import Job, ProtocolVersion, Run

RETRY_SECONDS = 5
Told = dict[str, Any]


def progress_of(job: Job) -> str:
    """How far a run has come, in less than a hundred characters."""
    told = job.progress or {}
    phase = str(told.get("phase", ""))
    if job.state == "queued":
        return "waiting" if job.attempt == 0 else f"waiting, attempt {job.attempt + 1} of {job.most_attempts}"
    if not phase:
        return "beginning"
    if phase == "reading":
        share = min(100 * int(told.get("read", 0)) // max(int(told.get("of", 0)), 1), 99)
        return f"reading, {share} %"
    if phase == "judging":
        return f"judging, {told.get('judged', 0)} of {told.get('patients', 0)} patients"
    return phase


def failure_of(job: Job) -> UserError:
    """Why a run failed."""
    told = job.outcome or {}
    code = str(told.get("code", "INTERNAL"))
    message = str(told.get("message", ""))
    if code == "ATTEMPTS_EXHAUSTED":
        message = f"given up after {told.get('attempts')} attempts"
    return UserError(code, str(told.get("place", "")), message)


def manifest_of(
    job: Job, versions: Sequence[ProtocolVersion], runs: Sequence[Run], address: str, query: str, token: bool
) -> Told:
    """The manifest of a run that is done. `address` is the run's own, `query` follows each file's.

    `token`: files are shown to those who send one.
    """
    order, outcome = order_of(job.order), job.outcome or {}
    output, error = [], []
    for file in outcome["files"]:
        number = file["number"]
        row = None if number is None or file["type"] == "patients" else versions[number]
        told = {
            "type": "OperationOutcome" if file["type"] == "errors" else file["type"],
            "url": f"{address}/{'identifying' if file['identifying'] else 'files'}/{file['name']}{query}",
            "count": file["count"],
            "extension": {
                "format": file["format"],
                "bytes": file["bytes"],
                "sha256": file["sha256"],
                **({} if row is None else {"protocol": row.protocol_id, "version": row.version}),
            },
        }
        if file["type"] == "errors":
            if file["count"]:
                error.append(told)
        else:
            output.append(told)
    return {
        "transactionTime": order.asked_at,
        "request": order.request,
        "requiresAccessToken": token,
        "output": output,
        "error": error,
        "extension": {
            "marked": outcome["marked"],
            "protocols": [
                {
                    "protocol": row.protocol_id,
                    "version": row.version,
                    "version_key": row.key,
                    "counts": run.counts,
                    "account": run.manifest,
                }
                for row, run in zip(versions, runs, strict=True)
            ],
        },
    }


def listed(job: Job, versions: Sequence[ProtocolVersion]) -> Told:
    """A run in a list."""
    order = order_of(job.order)
    state = "cancelled" if job.cancel_asked else job.state
    return {
        "run": job.key,
        "site": order.site,
        "state": "removed" if "taken_back" in (job.outcome or {}) else state,
        "progress": progress_of(job) if state in ("queued", "running") else None,
        "asked_by": order.asked_by,
        "asked_at": order.asked_at,
        "as_of": order.as_of,
        "protocols": [{"protocol": row.protocol_id, "version": row.version} for row in versions],
    }
