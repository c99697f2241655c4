"""How pieces and keys lie on disk: the same whatever portions they are written in, and found by stretches."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fhir_adapters.routing import part_writing, record_keys
from fhir_adapters.storing import Store, StoreError, ingest
from tests.population.extracts import HARD, files_in


def test_the_portions_in_which_pieces_are_written_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "in"
    HARD["synthetic"](source)
    found = []
    for room in (1, 40_000, 1 << 30):
        monkeypatch.setattr(part_writing, "_ROOM", room)
        store = tmp_path / f"store{room}"
        store.mkdir()
        done = ingest(source, store, partitions=4).store
        facts = {name: data for name, data in files_in(store).items() if name.startswith("facts/")}
        pieces = [(group, part.pieces(group)) for part in done.parts() for group in part.groups()]
        found.append((facts, pieces))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("at_once", [1, 300, 1 << 20])
def test_equal_keys_are_in_one_stretch_and_none_is_lost(
    at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_keys, "_AT_ONCE", at_once)
    dice = np.random.default_rng(7)
    written = [dice.choice(dice.integers(0, 1 << 64, 400, np.uint64), size) for size in (0, 1, 900)]
    paths = [tmp_path / f"{number}.arrow" for number in range(len(written))]
    for path, keys in zip(paths, written, strict=True):
        record_keys.write_keys(path, keys, np.arange(len(keys)), keys % np.uint64(2) == 1)
    held = [np.concatenate([one.key for one in some]) for some in record_keys.stretches(paths)]
    assert len(held) == {1: 256, 300: 4, 1 << 20: 1}[at_once]
    assert sorted(np.concatenate(held).tolist()) == sorted(np.concatenate(written).tolist())
    assert sum(len(set(one.tolist())) for one in held) == len(set(np.concatenate(written).tolist()))
    asked = written[2][:5]
    (near,) = [pieces for pieces in [list(record_keys.keys_near(paths[2], asked))] if pieces]
    rows = {pair for one in near for pair in zip(one.key.tolist(), one.owner.tolist(), strict=True)}
    assert rows >= {(int(key), row) for row, key in enumerate(written[2]) if key in asked}


def test_a_store_of_another_version_is_told(tmp_path: Path) -> None:
    source, store = tmp_path / "in.ndjson", tmp_path / "store"
    source.write_text('{"resourceType":"Patient","id":"a"}\n')
    store.mkdir()
    ingest(source, store)
    content = json.loads((store / "store.json").read_text())
    (store / "store.json").write_text(json.dumps({**content, "version": 2}))
    with pytest.raises(StoreError, match="ingest its deliveries into a new store") as raised:
        Store.open(store)
    assert raised.value.code == "STORE_VERSION"


def test_what_another_version_began_is_begun_anew(tmp_path: Path) -> None:
    """Nothing of it is read, since nothing says how it was written."""
    source, store, whole = tmp_path / "in", tmp_path / "store", tmp_path / "whole"
    HARD["synthetic"](source)
    for one in (store, whole):
        one.mkdir()
        ingest(source, one, partitions=3)
    (store / "store.json").unlink()
    begun = store / "lines" / "0001"
    plan = json.loads((begun / "plan.json").read_text())
    del plan["version"]
    (begun / "plan.json").write_text(json.dumps(plan))
    for path in begun.glob("*.arrow"):
        path.write_bytes(b"in another form")
    ingest(source, store, partitions=3)
    assert files_in(store) == files_in(whole)
