"""Processes killed (SIGKILL) at any moment: the same command goes on, nothing is lost and nothing doubled."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.population.commands import command, ingest_words, run, screen_words
from tests.population.extracts import files_in
from tests.population.killing import Killer, killer

KILLS = pytest.mark.parametrize("kills", [2, pytest.param(200, marks=pytest.mark.slow)])
_DONE = (0, 1)  # 1: done, and something was rejected


@pytest.fixture
def knife() -> Iterator[Killer]:
    with killer() as made:
        yield made


def check(words: Callable[[Path], list[str]], folder: Path, kills: int, knife: Killer) -> None:
    """Kill at random moments, now and then the one that goes on as well; every tenth time two work."""
    whole = knife.run(words(folder / "reference"))
    assert whole.status in _DONE
    reference, dice, seconds = files_in(folder / "reference"), random.Random(5), whole.seconds
    done = 0
    while done < kills:
        target = folder / "killed"
        asked = [("2" if before == "--workers" and done % 10 == 0 else word)
                 for before, word in zip(["", *words(target)], words(target), strict=False)]  # fmt: skip
        while done < kills:
            ended = knife.run(asked, after=dice.uniform(0, seconds))
            if ended.status in _DONE:
                seconds = min(seconds, ended.seconds)
                break
            assert ended.status == -9
            done += 1
            if dice.random() < 0.7:
                break
        while (ended := knife.run(words(target))).status not in _DONE:
            assert ended.status == 2  # busy: who worked for the killed one has not left yet
        assert files_in(target) == reference
        shutil.rmtree(target)


@KILLS
def test_an_ingest_that_is_killed_goes_on(kills: int, merged: Path, tmp_path: Path, knife: Killer) -> None:
    check(lambda store: ingest_words(merged, store), tmp_path / "stores", kills, knife)


@KILLS
def test_a_screening_that_is_killed_goes_on(
    kills: int, merged: Path, protocol: Path, tmp_path: Path, knife: Killer
) -> None:
    store = tmp_path / "store"
    assert run(ingest_words(merged, store)) is None
    before = files_in(store)
    check(lambda out: screen_words(protocol, store, out), tmp_path / "outs", kills, knife)
    assert files_in(store) == before


def test_two_at_once_never_mix(merged: Path, protocol: Path, tmp_path: Path) -> None:
    """Whoever comes second is refused, or finds everything done."""
    store, out = tmp_path / "store", tmp_path / "out"
    for words, folder, code in (
        (ingest_words(merged, store), store, b"STORE_BUSY"),
        (screen_words(protocol, store, out), out, b"OUTPUT_BUSY"),
    ):
        alone = tmp_path / f"alone-{folder.name}"
        assert run([str(alone) if word == str(folder) else word for word in words]) is None
        both = [command([word for word in words if word != "--json"]) for _ in range(2)]
        told = [(process.communicate()[1], process.returncode) for process in both]
        assert any(status in _DONE for _, status in told)
        assert all(status in _DONE or code in text for text, status in told), told
        assert files_in(folder) == files_in(alone)
