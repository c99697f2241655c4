"""Where the store is and how long it waits. Read from the environment; the defaults are safe."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from api.store.errors import StoreError

ADDRESS = "ELIGIBILITY_STORE"
BUSY_SECONDS = "ELIGIBILITY_STORE_BUSY_SECONDS"
CONNECTIONS = "ELIGIBILITY_STORE_CONNECTIONS"


def default_address() -> str:
    """A SQLite file in the user's own data folder."""
    return f"sqlite:///{Path(platformdirs.user_data_dir('eligibility')) / 'store.db'}"


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Address and limits of one store.

    address      `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`
    busy_seconds how long a write waits for another one's lock before it gives up
    connections  how many connections one process holds at most
    durable      False only for tests: SQLite then leaves the order of writes to the operating system
    """

    address: str
    busy_seconds: float = 20.0
    connections: int = 10
    durable: bool = True


def settings_from(environment: Mapping[str, str] = os.environ) -> StoreSettings:
    """Settings of the environment; raises StoreError where a number is none."""
    return StoreSettings(
        address=environment.get(ADDRESS) or default_address(),
        busy_seconds=_positive(environment, BUSY_SECONDS, 20.0),
        connections=int(_positive(environment, CONNECTIONS, 10)),
    )


def settings_of_folder(folder: Path, environment: Mapping[str, str] = os.environ) -> StoreSettings:
    """The same for a SQLite store in a folder."""
    return replace(settings_from(environment), address=f"sqlite:///{folder.absolute() / 'store.db'}")


def _positive(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 10_000:
        raise StoreError("SETTING_INVALID", name, f"expected a positive number, found {text!r}")
    return value
