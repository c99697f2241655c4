"""The lock beside a protocol: which expansion of each value set it is judged with, by hash.

The hash is of codes and displays, since notes are looked through for displays. The lock names URL, hash,
count, source, version and date; it holds no code, so it can be shared. The codes themselves lie in a cache
that version control ignores, or come from files whose hash has to agree.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import msgspec

from eligibility.codesystems import ICD_10_CM
from eligibility.program import CodeRange, Program
from eligibility.terminology import ValueSet
from fhir_adapters.terminology.errors import ValueSetError

CACHE = ".eligibility-cache"


@dataclass(frozen=True, slots=True)
class Pin:
    """One value set as it was expanded. `sha256` is `ValueSet.digest`."""

    url: str
    sha256: str
    count: int
    source: str
    version: str
    date: str


@dataclass(frozen=True, slots=True)
class PinnedRange:
    """A range of ICD-10-CM as it was worked out; its codes are in the public domain, so they stand here."""

    written: str
    codes: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Lock:
    protocol: str
    version: str
    value_sets: tuple[Pin, ...]
    ranges: tuple[PinnedRange, ...] = ()

    def pin(self, url: str) -> Pin | None:
        return next((pin for pin in self.value_sets if pin.url == url), None)

    def range(self, written: str) -> PinnedRange | None:
        return next((pin for pin in self.ranges if pin.written == written), None)


class _Cached(msgspec.Struct):
    url: str
    name: str
    codes: list[tuple[str, str]]
    displays: list[str]


def lock_of(protocol: Path) -> Path:
    """Where the lock of a protocol stands."""
    return protocol.with_name(f"{protocol.stem}.lock.json")


def pinned(program: Program, value_sets: Mapping[str, ValueSet]) -> Lock:
    """The lock of a program with these expansions."""
    pins = tuple(
        Pin(url, held.digest(), len(held.codes), held.source, held.version, held.date)
        for url, held in sorted(value_sets.items())
    )
    ranges = tuple(PinnedRange(one.written, one.codes, one.edition) for one in ranges_of(program))
    return Lock(program.id, program.version, pins, ranges)


def ranges_of(program: Program) -> list[CodeRange]:
    """The ranges of codes that a program names, each once, in order."""
    held = {one.written: one for source in program.value_sets.values() for one in source.ranges}
    return [held[written] for written in sorted(held)]


def hold_ranges(path: Path, lock: Lock, program: Program) -> None:
    """Raises ValueSetError where the hierarchy at hand gives a range other codes than the lock names."""
    for one in ranges_of(program):
        pin = lock.range(one.written)
        if pin is None:
            message = f"the range {one.written} is not in the lock: run `eligibility lock`"
            raise ValueSetError("LOCK_OUTDATED", str(path), message)
        if pin.codes != one.codes:
            message = f"{one.written} has other codes than the lock: see `eligibility lock --check`"
            raise ValueSetError("LOCK_MISMATCH", str(path), message)


def written(lock: Lock) -> str:
    """A lock as text, the same for the same content."""
    return json.dumps(asdict(lock), ensure_ascii=False, indent=2) + "\n"


def read_lock(path: Path) -> Lock | None:
    """The lock at a path, None where there is none. Raises ValueSetError for a file that is no lock."""
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Lock)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueSetError("LOCK_INVALID", str(path), f"not a lock: {error}") from error


def keep(folder: Path, value_sets: Collection[ValueSet]) -> None:
    """Put expansions into the cache of a protocol's folder."""
    where = folder / CACHE / "value-sets"
    where.mkdir(parents=True, exist_ok=True)
    for held in value_sets:
        content = _Cached(held.url, held.name, sorted(held.codes), list(held.displays))
        file = where / f"{held.digest()}.json"
        part = file.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(content))
        part.replace(file)


def locked(
    path: Path, lock: Lock, wanted: Collection[str], given: Mapping[str, ValueSet]
) -> dict[str, ValueSet]:
    """The expansions that a lock names, from the cache or from what was given.

    Raises ValueSetError for a URL that the lock does not name, codes that nobody has, and codes that
    differ from the pinned ones.
    """
    found: dict[str, ValueSet] = {}
    for url in sorted(wanted):
        pin = lock.pin(url)
        if pin is None:
            raise ValueSetError(
                "LOCK_OUTDATED", str(path), f"{url} is not in the lock: run `eligibility lock`"
            )
        held = _cached(path.parent, pin)
        if held is None:
            held = given.get(url)
        if held is None:
            message = (
                f"the codes of {url} are not at hand: run `eligibility lock`, or give them by --value-sets"
            )
            raise ValueSetError("LOCK_CODES_MISSING", str(path), message)
        if held.digest() != pin.sha256:
            message = f"{url} has other codes or displays than the lock: see `eligibility lock --check`"
            raise ValueSetError("LOCK_MISMATCH", str(path), message)
        found[url] = held
    return found


def _cached(folder: Path, pin: Pin) -> ValueSet | None:
    file = folder / CACHE / "value-sets" / f"{pin.sha256}.json"
    if not file.is_file():
        return None
    try:
        held = msgspec.json.decode(file.read_bytes(), type=_Cached)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueSetError("LOCK_CACHE_DAMAGED", str(file), str(error)) from error
    return ValueSet(
        pin.url, frozenset(held.codes), held.name, tuple(held.displays), pin.source, pin.version, pin.date
    )


@dataclass(frozen=True, slots=True)
class Drift:
    """How a value set differs upstream from its pin; `added`, `removed` are codings.

    `known` is False where the pinned content is not in the cache, so that only the hash could be compared;
    `reworded`: its name or displays are others.
    """

    url: str
    added: tuple[tuple[str, str], ...]
    removed: tuple[tuple[str, str], ...]
    known: bool = True
    reworded: bool = False


def drifts(path: Path, lock: Lock, program: Program, fresh: Mapping[str, ValueSet]) -> list[Drift]:
    """What changed since the lock was made."""
    found = _of_ranges(lock, program)
    for url in sorted(fresh):
        pin, now = lock.pin(url), fresh[url].codes
        if pin is not None and pin.sha256 == fresh[url].digest():
            continue
        before = _cached(path.parent, pin) if pin is not None else None
        old = before.codes if before is not None else frozenset()
        known = pin is None or before is not None
        reworded = before is not None and replace(fresh[url], codes=old).digest() != before.digest()
        found.append(Drift(url, tuple(sorted(now - old)), tuple(sorted(old - now)), known, reworded))
    gone = (pin.url for pin in lock.value_sets if pin.url not in fresh)
    return [*found, *(Drift(url, (), (), known=False) for url in gone)]


def _of_ranges(lock: Lock, program: Program) -> list[Drift]:
    """Ranges that came, went, or have other codes."""
    now = {one.written: frozenset(one.codes) for one in ranges_of(program)}
    before = {one.written: frozenset(one.codes) for one in lock.ranges}
    found = []
    for written in sorted(now.keys() | before.keys()):
        new, old = now.get(written, frozenset()), before.get(written, frozenset())
        if new != old:
            came, went = (tuple((ICD_10_CM, code) for code in sorted(one)) for one in (new - old, old - new))
            found.append(Drift(f"ICD-10-CM {written}", came, went))
    return found
