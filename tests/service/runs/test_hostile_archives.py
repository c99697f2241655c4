"""Archives that are made to hurt, as extracts of runs: nothing is unpacked to disk, none fills the memory."""

from __future__ import annotations

import resource
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service.runs.conftest import ASYNC, Runner, people

PATIENTS = 2


def _names(path: Path) -> set[str]:
    return {str(one.relative_to(path)) for one in path.rglob("*")}


def _add(packed: zipfile.ZipFile, folder: Path, prefix: str) -> None:
    for one in sorted(folder.iterdir()):
        packed.writestr(f"{prefix}{one.name}", one.read_bytes())


def _link(packed: zipfile.ZipFile, folder: Path) -> None:
    """A member that says it is a link to a file of the machine."""
    _add(packed, folder, "")
    info = zipfile.ZipInfo("Encounter.ndjson")
    info.external_attr = 0o120777 << 16
    packed.writestr(info, "/etc/passwd")


SLIPS: dict[str, Callable[[zipfile.ZipFile, Path], None]] = {
    "up": lambda packed, folder: _add(packed, folder, "../../../slipped/"),
    "absolute": lambda packed, folder: _add(packed, folder, "/slipped/"),
    "other slashes": lambda packed, folder: _add(packed, folder, "..\\..\\slipped\\"),
    "drive": lambda packed, folder: _add(packed, folder, "C:/slipped/"),
    "link": _link,
}


@pytest.mark.parametrize("how", SLIPS)
def test_no_name_in_an_archive_leads_out_of_it(runner: Runner, tmp_path: Path, how: str) -> None:
    people(tmp_path / "source", PATIENTS)
    with zipfile.ZipFile(tmp_path / "ehr" / "slip.zip", "w") as packed:
        SLIPS[how](packed, tmp_path / "source")
    address = runner.started("ehr/slip.zip")
    before = _names(tmp_path)
    runner.worker().once()
    told = runner.get(address)
    made = {name for name in _names(tmp_path) - before if "results" not in name}
    assert {name for name in made if "store" not in name} == set()
    assert not Path("/slipped").exists()
    assert "root:" not in told.text
    assert told.status_code in (200, 422)


@pytest.mark.slow
@pytest.mark.parametrize("inner", [False, True])
def test_an_archive_that_grows_without_end_is_given_up(runner: Runner, tmp_path: Path, inner: bool) -> None:
    """A megabyte that would be a gigabyte; and the same within an archive."""
    bomb = tmp_path / "ehr" / "bomb.zip"
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed,
        packed.open("Patient.ndjson", "w", force_zip64=True) as member,
    ):
        for _ in range(1024):
            member.write(b" " * (1 << 20))
    if inner:
        content = bomb.read_bytes()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("Patient.zip", content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _refused(runner, runner.started("ehr/bomb.zip"), before)
    assert not list(tmp_path.rglob("Patient.ndjson*.tmp"))


@pytest.mark.slow
def test_packed_data_that_grows_without_end_is_given_up(runner: Runner) -> None:
    """Sent along: a document of a gigabyte in a megabyte."""
    packing = zlib.compressobj(9, wbits=31)
    parts = [packing.compress(b'{"resourceType": "Bundle", "entry": [')]
    parts += [packing.compress(b" " * (1 << 20)) for _ in range(1024)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = runner.post(
        "/uploads?as_of=2026-06-01",
        content=b"".join(parts) + packing.flush(),
        headers={**ASYNC, "Content-Type": "application/gzip"},
    )
    _refused(runner, begun.headers["Content-Location"], before)


def _refused(runner: Runner, address: str, before: int) -> None:
    """A run that fails before much is held; `before` is the most that was held until then, in kilobytes."""
    runner.worker().once()
    told: Any = runner.get(address)
    assert told.status_code == 422, told.text
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10 < 400 << 20
