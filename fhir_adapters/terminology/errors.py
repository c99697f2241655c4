"""What can be wrong with a value set, or with where it comes from."""

from __future__ import annotations


class ValueSetError(Exception):
    """A value set that cannot be used. `code`, and `place` (a file with its line, or an address)."""

    def __init__(self, code: str, place: str, message: str) -> None:
        self.code, self.place = code, place
        super().__init__(f"{place}: {message}")
