"""The reference is what the compiler's tables say today."""

from __future__ import annotations

from pathlib import Path

from criteria_dsl.reference import reference

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"


def test_the_reference_is_up_to_date() -> None:
    """Write it anew with `python -m criteria_dsl.reference > docs/reference.md`."""
    assert REFERENCE.read_text(encoding="utf-8") == reference()
