"""Whatever stops a run, the same command goes on and ends with the bytes that it would have had."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.errors import UserError
from tests.population.extracts import HARD, files_in

ROOT = Path(__file__).parents[2]
PROTOCOL = """protocol KEPT version 1.0 "Kept"
  notes ignored

diagnosis type-2-diabetes: ICD-10-CM E11*

include I1 "Type 2 diabetes"
  type-2-diabetes starting at least 30 days before index
"""


class Stop(BaseException):
    """The end of a process, as far as it can be had within one."""


def full() -> BaseException:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    HARD["merged"](source)
    return source


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    path = tmp_path / "kept.elig"
    path.write_text(PROTOCOL)
    return path


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


def stopping_at(point: int, monkeypatch: pytest.MonkeyPatch, make: Callable[[], BaseException]) -> list[int]:
    """From now on the file with this number ends the run as it is written to disk; -1 for none."""
    count = [0]
    whole = os.fsync

    def fsync(handle: int) -> None:
        count[0] += 1
        if count[0] == point:
            raise make()
        whole(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return count


def check(
    words: Callable[[Path], list[str]],
    folder: Path,
    points: int,
    make: Callable[[], BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stop a command at some points of its way; going on leads to the same end each time."""
    with monkeypatch.context() as patch:
        count = stopping_at(-1, patch, make)
        assert run(words(folder / "reference")) is None
    reference = files_in(folder / "reference")
    chosen = sorted(random.Random(3).sample(range(1, count[0] + 1), min(points, count[0])))
    for point in chosen:
        target = folder / f"at{point}"
        with monkeypatch.context() as patch:
            stopping_at(point, patch, make)
            stopped = run(words(target))
            assert stopped is not None
            if isinstance(stopped, UserError):
                assert stopped.code == "OUTPUT_UNWRITABLE"
        assert run(words(target)) is None
        assert files_in(target) == reference, point


@pytest.mark.parametrize("points", [5, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("make", [full, Stop])
def test_an_ingest_goes_on(
    points: int,
    make: Callable[[], BaseException],
    extract: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check(lambda store: ingest_words(extract, store), tmp_path / "stores", points, make, monkeypatch)


@pytest.mark.parametrize("points", [5, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("make", [full, Stop])
def test_a_screening_goes_on(
    points: int,
    make: Callable[[], BaseException],
    extract: Path,
    protocol: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = tmp_path / "store"
    assert run(ingest_words(extract, store)) is None
    check(lambda out: screen_words(protocol, store, out), tmp_path / "outs", points, make, monkeypatch)


def test_another_question_begins_anew(
    extract: Path, protocol: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, out = tmp_path / "store", tmp_path / "out"
    assert run(ingest_words(extract, store)) is None
    with monkeypatch.context() as patch:
        stopping_at(6, patch, Stop)
        assert run(screen_words(protocol, store, out)) is not None
    protocol.write_text(PROTOCOL.replace("30 days", "3000 days"))
    assert run(screen_words(protocol, store, out)) is None
    assert run(screen_words(protocol, store, tmp_path / "fresh")) is None
    assert files_in(out) == files_in(tmp_path / "fresh")


def command(words: list[str]) -> subprocess.Popen[bytes]:
    code = "import sys; sys.argv[0] = 'eligibility'; from api.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], env=environment, cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def wait_until(seen: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not seen() and process.poll() is None:
        os.sched_yield()


@pytest.mark.parametrize("kills", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_killed_processes_leave_nothing_half(kills: int, extract: Path, tmp_path: Path) -> None:
    """Killed when so many files are there, two processes at work."""
    reference = tmp_path / "reference"
    assert run(ingest_words(extract, reference)) is None
    whole = files_in(reference)
    dice = random.Random(5)
    for number in range(kills):
        store = tmp_path / f"store{number}"
        words = ["2" if word == "1" else word for word in ingest_words(extract, store)]
        files = dice.randrange(1, len(whole))
        process = command(words)
        wait_until(lambda: sum(path.is_file() for path in store.rglob("*")) >= files, process)  # noqa: B023
        process.send_signal(signal.SIGKILL)
        process.communicate()
        while run(ingest_words(extract, store)) is not None:
            os.sched_yield()  # those who worked for it have not left yet
        assert files_in(store) == whole


def test_an_interruption_tells_how_to_go_on(extract: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    process = command(ingest_words(extract, store))
    wait_until(lambda: (store / "lines" / "0001" / "plan.json").exists(), process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    if process.returncode == 130:  # it was not done before
        assert f"eligibility ingest {extract} --into {store}" in told.decode()
    assert run(ingest_words(extract, store)) is None
