"""The table of words around dates, as one pattern per kind."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.resources import files


@cache
def words(what: str) -> frozenset[str]:
    """The words of one kind. Raises KeyError for a kind that the table does not have."""
    return _table()[what]


@cache
def pattern(what: str, behind: str = "") -> re.Pattern[str]:
    """Whole words of one kind; `behind` is a pattern that must follow them."""
    longest_first = sorted(words(what), key=len, reverse=True)
    joined = "|".join(re.escape(word).replace("\\ ", r"\s") for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w){behind}")


@cache
def _table() -> dict[str, frozenset[str]]:
    rows: dict[str, set[str]] = {}
    text = files("nlp.dating").joinpath("cues.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        rows.setdefault(row["what"], set()).add(row["words"])
    return {what: frozenset(found) for what, found in rows.items()}
