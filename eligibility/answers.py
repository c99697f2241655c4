"""What an answer says that was given in words, a code, or a yes: one of the words asked for, or a date."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from eligibility.concepts import Concepts
from eligibility.instants import day_end, day_start

_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T.*)?)?)?")


def words_told(concepts: Concepts, concept: int, options: Sequence[str] = ()) -> str | None:
    """The one of the options (none given: "yes" or "no") that an answer is, whatever the case.

    An answer is known by its text, its display or its code. None where it is none of them ("unsure"), or
    two at once.
    """
    codes = [code for _, code in concepts.codings[concept]]
    said = {_plain(one) for one in (concepts.texts[concept], concepts.displays[concept], *codes)}
    known = {_plain(one): one for one in options} or _YES_NO
    found = {known[one] for one in said if one in known}
    return found.pop() if len(found) == 1 else None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def date_told(concepts: Concepts, concept: int) -> tuple[int, int] | None:
    """First and last instant of the day, month or year that an answer names; None where it names none."""
    match = _DATE.fullmatch(concepts.texts[concept].strip())
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        first = date(year, month or 1, day or 1)
        last = date(year, month or 12, day or monthrange(year, month or 12)[1])
    except ValueError:
        return None
    return day_start(first), day_end(last)
