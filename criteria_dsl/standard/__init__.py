"""Libraries that come with the language, found by name where no file of that name stands beside the user."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def standard_names() -> tuple[str, ...]:
    """The names of these libraries."""
    return tuple(sorted(file.stem for file in _HERE.glob("*.elig")))


def standard_file(name: str) -> Path | None:
    """The file of a library, None for a name that is not one of these."""
    return _HERE / f"{name}.elig" if name in standard_names() else None


def standard_library(name: str) -> str | None:
    """The text of a library, None for a name that is not one of these."""
    file = standard_file(name)
    return None if file is None else file.read_text(encoding="utf-8")
