"""Places as people write them: whether what a record says is one of the places asked for.

A country or a state is written as two letters, three letters, or a name. Two spellings of one kind that
differ are two places; a name beside letters may be the same place, and nobody can tell here. Postal
codes are compared without spaces and dashes; a shorter one may lie in the longer one asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

NO, PERHAPS, YES = 0, 1, 2
_SEPARATORS = str.maketrans("", "", " -")
_ZIP, _ZIP_PLUS_4 = 5, 9


def could_be(column: str, written: str, wanted: Sequence[str]) -> int:
    """YES, NO or PERHAPS: whether `written` is one of the wanted places. A `*` ends a beginning."""
    if column == "postal_code":
        return max((_postal(written, one) for one in wanted), default=NO)
    return max((_named(written, one) for one in wanted), default=NO)


def _postal(written: str, wanted: str) -> int:
    held, asked = (_folded(text).translate(_SEPARATORS) for text in (written, wanted.rstrip("*")))
    within = wanted.endswith("*") or (_is_number(asked, _ZIP) and _is_number(held, _ZIP_PLUS_4))
    if held == asked or (within and held.startswith(asked)):
        return YES
    return PERHAPS if asked.startswith(held) else NO


def _named(written: str, wanted: str) -> int:
    held, asked = _folded(written), _folded(wanted.rstrip("*"))
    if held == asked or (wanted.endswith("*") and held.startswith(asked)):
        return YES
    return NO if _form(held) == _form(asked) else PERHAPS


def _form(text: str) -> int:
    """2 or 3 for so many letters, 0 for a name."""
    return len(text) if text.isalpha() and len(text) in (2, 3) else 0


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_number(text: str, digits: int) -> bool:
    return len(text) == digits and text.isdecimal()
