"""Counts as they may be shown: whole, or without small cells that could point to a person.

With a least number n, counts of 1 to n - 1 are shown as "<n" and all others are rounded to multiples of n.
Rounding is what keeps a small count from being worked out as the difference of two that are shown; the
shown counts then no longer sum exactly, and reports say so.
"""

from __future__ import annotations

from dataclasses import dataclass

Cell = int | float | str


@dataclass(frozen=True, slots=True)
class Cells:
    """`at_least` 0 or 1: every count is shown as it is."""

    at_least: int = 0

    @property
    def hides(self) -> bool:
        return self.at_least > 1

    def count(self, number: int) -> Cell:
        """A number of patients."""
        if not self.hides or not number:
            return number
        return f"<{self.at_least}" if number < self.at_least else self._rounded(number)

    def share(self, number: float) -> Cell:
        """Patients shared out in parts, to a tenth."""
        if not self.hides or not number:
            return round(number, 1)
        return f"<{self.at_least}" if number < self.at_least else self._rounded(number)

    def _rounded(self, number: float) -> int:
        return int(number / self.at_least + 0.5) * self.at_least


def number(cell: Cell) -> str:
    """A count as text: thousands apart, "<5" as it is."""
    return cell if isinstance(cell, str) else f"{cell:,}"


def size(cell: Cell) -> float:
    """For ordering and drawing: a hidden count is the least there is."""
    return 0.0 if isinstance(cell, str) else float(cell)
