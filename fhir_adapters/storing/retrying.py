"""Reads again what was refused, for example with a version of this program that can read more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fhir_adapters.storing.ingesting import read_all, settle
from fhir_adapters.storing.state import Store
from fhir_adapters.storing.workers import Doing


@dataclass(frozen=True, slots=True)
class Retried:
    """The store after it; how many partitions were read again, and what was refused before and is now."""

    store: Store
    partitions: int
    before: int
    after: int


def retry(path: Path, *, do: Doing, progress: Callable[[str, int, int], None]) -> Retried:
    """Read again the partitions that hold something refused, and no other. The caller holds the store.

    Where that changes nothing, no byte of the store changes. Raises StoreError, OSError.
    """
    store = Store.open(path)
    touched = [number for number in store.numbers() if store.rejects_of(number)]
    before = {number: store.rejects_of(number) for number in touched}
    count = sum(map(len, before.values()))
    if not touched:
        return Retried(store, 0, 0, 0)
    kept = dict(store.content.folders)
    times = 1
    while any(folder.endswith(f".{len(store.content.deliveries)}-{times}") for folder in kept.values()):
        times += 1
    name = f"{len(store.content.deliveries)}-{times}"
    for left in (path / "facts").glob(f"*.{name}"):
        shutil.rmtree(left)  # begun before, perhaps by another version
    read_all(store, touched, name, do, progress)
    after = {number: store.rejects_of(number) for number in touched}
    if after == before:
        for number in touched:
            shutil.rmtree(path / store.content.folders[number])
        store.content.folders = kept
    else:
        settle(store)
    return Retried(store, len(touched), count, sum(map(len, after.values())))
