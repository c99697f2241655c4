"""The commands over populations: `ingest` fills a store, `screen` asks a store or an extract."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api import screening
from api.errors import UserError
from api.loading import check_zone, read_extract, refuse_store
from api.outputs import print_json
from api.population.doing import output_held, resumable, store_held, told_as_user_errors, watched
from api.population.engines import Crew, Engine
from api.population.questions import Asked, folder_of, question_of, reader_of, shared_reader_of
from api.population.screening import Screened, screen_store
from api.progress import reading
from api.report import print_record
from fhir_adapters.storing import Store, ingest, is_store, retry


def ingest_into(
    source: Path,
    store: Path,
    zone: str,
    complete: bool,
    crew: Crew,
    partitions: int | None,
    json: bool,
) -> bool:
    """Take a delivery into a store; answers whether it is marked. Raises UserError."""
    check_zone(zone)
    refuse_store(source)
    if store.exists() and not is_store(store) and any(store.iterdir()):
        raise UserError("STORE_NOT_EMPTY", str(store), "this folder holds other things than a store")
    with resumable(), told_as_user_errors(), store_held(store, shared=False), watched(json) as progress:
        done = ingest(
            source,
            store,
            zone=zone,
            complete=complete,
            do=crew.doing(),
            partitions=partitions,
            progress=progress,
        )
    told = done.store.content.manifest
    content = {
        "store": str(store),
        "files": done.files,
        "known_files": done.known,
        "partitions_read": done.partitions,
        "partitions": done.store.content.partitions,
        "patients": told["patients"],
        "facts": told["facts"],
        "lines": told["lines"],
        "rejected_without_patient": told["unattributed"],
    }
    if json:
        print_json(sys.stdout, content)
    else:
        _print_ingested(content)
    return bool(told["unattributed"])


def retry_refused(store: Path, crew: Crew, json: bool) -> bool:
    """Read again what was refused; answers whether the store is marked. Raises UserError."""
    if not is_store(store):
        raise UserError("NO_STORE", str(store), "this is no fact store")
    with resumable(), told_as_user_errors(), store_held(store, shared=False), watched(json) as progress:
        done = retry(store, do=crew.doing(), progress=progress)
    content = {
        "store": str(store),
        "partitions_read": done.partitions,
        "rejected_before": done.before,
        "rejected": done.after,
    }
    if json:
        print_json(sys.stdout, content)
    else:
        sys.stdout.write(
            f"{store}: {done.partitions} partitions read again; rejected {done.before:,} before, "
            f"{done.after:,} now\n"
        )
    return bool(done.store.content.manifest["unattributed"])


def _print_ingested(told: dict[str, Any]) -> None:
    if not told["partitions_read"]:
        sys.stdout.write("nothing new: every file was delivered before\n")
    lines = told["lines"]
    total = sum(lines.values())
    sys.stdout.write(
        f"{told['store']}: {told['patients']:,} patients, {told['facts']:,} facts in {told['partitions']} "
        f"partitions\n"
        f"input: {total:,} lines or entries = {lines['accepted']:,} accepted + {lines['ignored']:,} of types "
        f"not asked about + {lines['blank']:,} blank + {lines['rejected']:,} rejected\n"
    )
    if told["rejected_without_patient"]:
        sys.stdout.write(
            f"marked: {told['rejected_without_patient']:,} rejected line(s) name no readable patient\n"
        )


def screen(
    asked: Sequence[Asked],
    source: str,
    out: Path,
    *,
    zone: str,
    complete: bool,
    strict: bool,
    csv_findings: bool,
    all_evidence: bool,
    keep_limits: bool,
    crew: Crew,
    json: bool,
) -> bool:
    """Judge everybody and write the results; answers whether a run is marked. Raises UserError."""
    with resumable(), told_as_user_errors(), output_held(out):
        if is_store(source):
            store = Path(source)
            _refuse_options(store, zone, complete, strict)
            with store_held(store, shared=True), watched(json) as progress:
                done = screen_store(
                    store,
                    asked,
                    out,
                    csv_findings=csv_findings,
                    all_evidence=all_evidence,
                    keep_limits=keep_limits,
                    do=crew.doing(asked),
                    progress=progress,
                )
        else:
            if crew.engine is Engine.SPARK:
                text = "a cluster screens a store: eligibility ingest --engine spark makes one"
                raise UserError("ENGINE_NEEDS_STORE", source, text)
            done = _screen_extract(
                source,
                asked,
                out,
                zone,
                complete,
                strict,
                csv_findings,
                all_evidence,
                keep_limits,
                crew.processes,
                json,
            )
    if json:
        told = [one.told for one in done]
        print_json(sys.stdout, told[0] if len(told) == 1 else told)
    else:
        for one in done:
            print_record(one.told, one.rejected, one.out)
    return any(one.marked for one in done)


def _refuse_options(store: Path, zone: str, complete: bool, strict: bool) -> None:
    content = Store.open(store).content
    if strict:
        raise UserError("OPTION_OF_INGEST", "--strict", "a store holds what was read already")
    if zone not in ("UTC", content.zone):
        raise UserError("OPTION_OF_INGEST", "--zone", f"the store was read in the zone {content.zone}")
    if complete and not content.complete:
        raise UserError("OPTION_OF_INGEST", "--complete", "say so when the store is made")


def _screen_extract(
    source: str,
    asked: Sequence[Asked],
    out: Path,
    zone: str,
    complete: bool,
    strict: bool,
    csv_findings: bool,
    all_evidence: bool,
    keep_limits: bool,
    workers: int,
    quiet: bool,
) -> list[Screened]:
    """An extract as it is: read once for all protocols that heed no notes, once for each other."""
    silent = [one for one in asked if reader_of(one) is None]
    groups = [*([silent] if silent else []), *([one] for one in asked if reader_of(one) is not None)]
    if source == "-" and len(groups) > 1:
        text = "standard input is read once; protocols that heed notes need a reading each"
        raise UserError("INPUT_READ_ONCE", "-", text)
    done: dict[Asked, Screened] = {}
    for group in groups:
        with (
            shared_reader_of(group[0], workers) as reader,
            reading(source, quiet=quiet) as progress,
        ):
            extract = read_extract(source, zone, complete, progress=progress, strict=strict, notes=reader)
        rejected = Counter(reject.code for reject in extract.rejects)
        for one in group:
            folder = out if len(asked) == 1 else out / folder_of(one)
            run = screening.run(question_of(one), extract)
            screening.write(run, folder, csv_findings, all_evidence, keep_limits)
            done[one] = Screened(folder, screening.record(run), rejected)
        del extract
    return [done[one] for one in asked]
