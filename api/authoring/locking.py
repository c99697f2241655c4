"""`eligibility lock`: pin the expansion of every value set that a protocol names, or see what moved."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.errors import UserError
from api.loading import compiled_program
from api.outputs import write_text
from eligibility.program import Program
from eligibility.terminology import ValueSet
from fhir_adapters.terminology import ValueSetError, read_value_sets
from fhir_adapters.terminology.lock import Drift, Lock, drifts, keep, lock_of, pinned, read_lock, written
from fhir_adapters.terminology.server import TerminologyServer

# The environment variable that holds the value of the Authorization header, so that it is never typed.
AUTHORIZATION = "ELIGIBILITY_TERMINOLOGY_AUTHORIZATION"


def make_lock(protocol: Path, value_sets: Sequence[Path], server: str) -> Lock:
    """Expand every value set, write the lock beside the protocol and the codes into the cache."""
    program = compiled_program(protocol)
    fresh = _expanded(program, value_sets, server)
    lock = pinned(program, fresh)
    try:
        keep(protocol.parent, list(fresh.values()))
    except OSError as error:
        raise UserError("OUTPUT_UNWRITABLE", str(protocol.parent), str(error)) from error
    write_text(lock_of(protocol), written(lock))
    return lock


def check_lock(protocol: Path, value_sets: Sequence[Path], server: str) -> list[Drift]:
    """What differs between the lock and its sources as they are now."""
    program = compiled_program(protocol)
    path = lock_of(protocol)
    try:
        lock = read_lock(path)
        if lock is None:
            raise UserError("LOCK_MISSING", str(path), "there is no lock yet: run `eligibility lock`")
        return drifts(path, lock, program, _expanded(program, value_sets, server))
    except ValueSetError as error:
        raise UserError(error.code, "", str(error)) from error


def _expanded(program: Program, value_sets: Sequence[Path], server: str) -> dict[str, ValueSet]:
    """All value sets of a program: from files first, the rest from the server."""
    wanted = sorted({url for source in program.value_sets.values() for url in source.urls})
    try:
        given = read_value_sets(value_sets, wanted)
        found = {url: given[url] for url in wanted if url in given}
        lacking = [url for url in wanted if url not in found]
        if lacking and not server:
            listed = "\n  ".join(lacking)
            raise UserError("VALUE_SET_MISSING", "--value-sets", f"nobody gave these value sets:\n  {listed}")
        if lacking:
            with TerminologyServer(server, os.environ.get(AUTHORIZATION, "")) as asked:
                found |= {url: asked.expand(url) for url in lacking}
    except ValueSetError as error:
        raise UserError(error.code, "", str(error)) from error
    return found


def lock_as_data(lock: Lock) -> dict[str, Any]:
    """The pins of a lock as plain data."""
    return {
        "protocol": lock.protocol,
        "value_sets": [{"url": p.url, "count": p.count, "sha256": p.sha256} for p in lock.value_sets],
        "ranges": [{"range": one.written, "codes": list(one.codes)} for one in lock.ranges],
    }


def drifts_as_data(found: Sequence[Drift]) -> list[dict[str, Any]]:
    """What changed as plain data."""
    return [
        {
            "url": one.url,
            "added": [list(coding) for coding in one.added],
            "removed": [list(coding) for coding in one.removed],
            "codes_known": one.known,
            "reworded": one.reworded,
        }
        for one in found
    ]


def print_lock(lock: Lock) -> None:
    """One line for each pinned value set."""
    for pin in lock.value_sets:
        sys.stdout.write(f"{pin.count:6}  {pin.url}\n")
    for one in lock.ranges:
        sys.stdout.write(f"{len(one.codes):6}  ICD-10-CM {one.written}, each with all below it\n")
    sys.stdout.write(f"{len(lock.value_sets)} value sets pinned\n")


def print_drifts(found: Sequence[Drift]) -> None:
    """What came and what went, by value set."""
    for one in found:
        sys.stdout.write(f"{one.url}: {len(one.added)} codes added, {len(one.removed)} removed\n")
        if one.reworded:
            sys.stdout.write("  its displays are others: other words would be found in notes\n")
        if not one.known:
            sys.stdout.write("  its pinned codes are not in the cache, or it is no longer named\n")
        for sign, codings in (("+", one.added), ("-", one.removed)):
            sys.stdout.write("".join(f"  {sign} {system} {code}\n" for system, code in codings[:20]))
    sys.stdout.write(f"{len(found)} value sets differ from the lock\n")
