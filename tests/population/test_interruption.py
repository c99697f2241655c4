"""Whatever stops a run, the same command goes on and ends with the bytes that it would have had."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from api.errors import UserError
from tests.population.commands import PROTOCOL, Stop, command, ingest_words, run, screen_words
from tests.population.extracts import files_in


def full() -> BaseException:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


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
    merged: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check(lambda store: ingest_words(merged, store), tmp_path / "stores", points, make, monkeypatch)


@pytest.mark.parametrize("points", [5, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("make", [full, Stop])
def test_a_screening_goes_on(
    points: int,
    make: Callable[[], BaseException],
    merged: Path,
    protocol: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = tmp_path / "store"
    assert run(ingest_words(merged, store)) is None
    check(lambda out: screen_words(protocol, store, out), tmp_path / "outs", points, make, monkeypatch)


def test_another_question_begins_anew(
    merged: Path, protocol: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, out = tmp_path / "store", tmp_path / "out"
    assert run(ingest_words(merged, store)) is None
    with monkeypatch.context() as patch:
        stopping_at(6, patch, Stop)
        assert run(screen_words(protocol, store, out)) is not None
    protocol.write_text(PROTOCOL.replace("30 days", "3000 days"))
    assert run(screen_words(protocol, store, out)) is None
    assert run(screen_words(protocol, store, tmp_path / "fresh")) is None
    assert files_in(out) == files_in(tmp_path / "fresh")


def wait_until(seen: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not seen() and process.poll() is None:
        os.sched_yield()


def test_an_interruption_tells_how_to_go_on(merged: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    process = command(ingest_words(merged, store))
    wait_until(lambda: (store / "lines" / "0001" / "plan.json").exists(), process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate()
    if process.returncode == 130:  # it was not done before
        assert f"eligibility ingest {merged} --into {store}" in told.decode()
    assert run(ingest_words(merged, store)) is None
