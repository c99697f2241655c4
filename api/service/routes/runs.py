"""Runs over an extract, in the asynchronous pattern of Bulk Data: begun, looked at, collected, cancelled."""

from __future__ import annotations

from email.utils import format_datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request, Response
from starlette.responses import FileResponse, JSONResponse

from api.growing import FORMATS
from api.service.access.who import SiteAsked, Who
from api.service.errors import MEDIA_TYPE, issue, outcome, status_of
from api.service.routes.addresses import address_of, query_of
from api.service.routes.inputs import KEY
from api.service.routes.paging import Limit, page_size
from api.service.runs.described import (
    PatientVerdicts,
    RunList,
    RunManifest,
    RunProgress,
    RunVerdicts,
)
from api.service.runs.listing import history_of, told, verdicts_of_runs
from api.service.runs.orders import order_of
from api.service.runs.room import expiry
from api.service.runs.telling import RETRY_SECONDS, failure_of, listed, manifest_of, progress_of
from api.service.service import Service
from api.store import NotStoredError
from api.store.tables import Job

RunKey = Annotated[str, Path(pattern=KEY, description="A run's key.")]
FileName = Annotated[str, Path(pattern=r"^[a-z]+(-\d+)?\.[a-z]+$", description="A file of the manifest.")]
_CONTENTS = {kind: {"schema": {"type": "string"}, "example": "…"} for kind in FORMATS.values()}
_FILE: dict[int | str, dict[str, Any]] = {200: {"description": "The file.", "content": _CONTENTS}}
# Statuses of failures that the extract or the question brought about.
_LASTING = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY})
_CANCELLED = issue("RUN_CANCELLED", "", "the run is cancelled, its files are removed", 202, "information")
_TOLD_CANCELLED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "It ends at once, or as soon as its worker looks up.",
        "content": {
            MEDIA_TYPE: {
                "schema": {"type": "object"},
                "example": {"resourceType": "OperationOutcome", "issue": [_CANCELLED]},
            }
        },
    }
}


def add(app: FastAPI, service: Service) -> None:
    runs = service.runs

    @app.get(
        "/runs",
        operation_id="list_runs",
        summary="Runs, the newest first",
        response_model=None,
        responses={200: {"model": RunList}},
    )
    def newest(
        who: Who,
        before: Annotated[str | None, Query(pattern=KEY, description="`next` of the page before.")] = None,
        limit: Limit = None,
        site: SiteAsked = None,
    ) -> dict[str, Any]:
        size = page_size(limit, service.settings)
        found = runs.newest(who.site(site), before, size)
        versions = runs.versions_of(found)
        return {
            "runs": [listed(job, own) for job, own in zip(found, versions, strict=True)],
            "next": found[-1].key if len(found) == size else None,
        }

    @app.get(
        "/runs/{run}",
        operation_id="read_run",
        summary="How far a run is, or its files",
        response_model=None,
        responses={200: {"model": RunManifest}, 202: {"model": RunProgress}},
    )
    def status(who: Who, request: Request, run: RunKey, site: SiteAsked = None) -> Response:
        job = runs.find_shown(who.site(site), run)
        if job.state == "failed":
            return _failed(job)
        if job.state != "done":
            told = {"run": job.key, "state": job.state, "progress": progress_of(job)}
            headers = {"X-Progress": told["progress"], "Retry-After": str(RETRY_SECONDS)}
            return JSONResponse(told, 202, headers)
        address = f"{address_of(service, request)}/runs/{run}"
        (versions,) = runs.versions_of([job])
        told = manifest_of(job, versions, runs.runs_of(job), address, query_of(site), not who.developer)
        ends = format_datetime(expiry(job, service.settings), usegmt=True)
        return JSONResponse(told, 200, {"Expires": ends})

    @app.delete(
        "/runs/{run}",
        operation_id="cancel_run",
        summary="Cancel a run, or take its files away",
        status_code=202,
        response_model=None,
        responses=_TOLD_CANCELLED,
    )
    def cancel(who: Who, run: RunKey, site: SiteAsked = None) -> Response:
        runs.take_back(who.actor("cancel_run", site), who.site(site), run)
        return outcome([_CANCELLED], 202)

    @app.get(
        "/runs/{run}/files/{name}",
        operation_id="read_run_file",
        summary="Verdicts and findings of a run",
        response_class=Response,
        responses=_FILE,
    )
    def file(who: Who, run: RunKey, name: FileName, site: SiteAsked = None) -> Response:
        return _file(service, runs.find_shown(who.site(site), run), name, identifying=False)

    @app.get(
        "/runs/{run}/identifying/{name}",
        operation_id="read_run_identities",
        summary="Whose the pseudonyms of a run are, and what was rejected; it is noted who asked",
        response_class=Response,
        responses=_FILE,
    )
    def identifying(who: Who, run: RunKey, name: FileName, site: SiteAsked = None) -> Response:
        job = runs.find_shown(who.site(site), run)
        answer = _file(service, job, name, identifying=True)
        with service.store.write(who.actor("read_run_identities", site)) as unit:
            unit.note("identities.revealed", f"jobs/{run}", {"file": name, "purpose": "the run's results"})
        return answer

    @app.get(
        "/runs/{run}/verdicts",
        operation_id="list_run_verdicts",
        summary="Verdicts of a run",
        response_model=None,
        responses={200: {"model": RunVerdicts}},
    )
    def verdicts(
        who: Who,
        run: RunKey,
        after: Annotated[
            str | None, Query(pattern=r"^\d{1,3}-[0-9a-f]{32}$", description="`next` of the page before.")
        ] = None,
        limit: Limit = None,
        site: SiteAsked = None,
    ) -> dict[str, Any]:
        size = page_size(limit, service.settings)
        keys = order_of(runs.find(who.site(site), run).order).runs
        place = None
        if after is not None:
            number, _, patient = after.partition("-")
            place = (int(number), patient)
        with service.store.read() as session:
            found = verdicts_of_runs(session, keys, place, size)
            rows = told(session, [verdict for _, verdict in found])
        following = f"{found[-1][0]}-{found[-1][1].patient_key}" if len(found) == size else None
        return {"verdicts": rows, "next": following}

    @app.get(
        "/patients/{patient}/verdicts",
        operation_id="list_patient_verdicts",
        summary="Verdicts of a patient, oldest first",
        response_model=None,
        responses={200: {"model": PatientVerdicts}},
    )
    def history(
        who: Who,
        patient: Annotated[str, Path(pattern=KEY, description="The pseudonym.")],
        after: Annotated[str | None, Query(pattern=KEY, description="`next` of the page before.")] = None,
        limit: Limit = None,
        site: SiteAsked = None,
    ) -> dict[str, Any]:
        size = page_size(limit, service.settings)
        with service.store.read() as session:
            found = history_of(session, patient, who.site(site), after, size)
        following = found[-1]["verdict_key"] if len(found) == size else None
        return {"patient": patient, "verdicts": found, "next": following}


def _failed(job: Job) -> Response:
    """Why a run failed. It is there, and asking again mends nothing: neither 404 nor 503 would be true."""
    error = failure_of(job)
    status = status_of(error)
    status = status if status in _LASTING else HTTPStatus.INTERNAL_SERVER_ERROR
    return outcome([issue(error.code, error.place, error.message, status)], status)


def _file(service: Service, job: Job, name: str, identifying: bool) -> Response:
    """A file that the manifest names, from the disk."""
    files = (job.outcome or {}).get("files", []) if job.state == "done" else []
    known = any((one["name"], one["identifying"]) == (name, identifying) for one in files)
    path = service.runs.files.file(job.key, name) if known else None
    if path is None:
        raise NotStoredError("runs", f"{job.key}/{name}")
    return FileResponse(path, media_type=FORMATS[path.suffix[1:]], filename=name)
