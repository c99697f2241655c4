"""Tables of phrases: rows of a CSV file with comments, groups of words, and alternatives spelled out.

`(a|b|)` in a phrase are alternatives, `{name}` is a group of `words.csv`, a hyphen counts as a space.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

_CHOICE = re.compile(r"\(([^()]*)\)")


def rows_of(package: str, name: str) -> Iterator[dict[str, str]]:
    """Rows of a table that lies in a package, without its comments."""
    text = (files(package) / name).read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def groups() -> Mapping[str, str]:
    """Groups of words by name, as alternatives."""
    return {row["group"]: row["words"] for row in rows_of("nlp", "words.csv")}


@cache
def shapes() -> Mapping[str, str]:
    """Regular expressions of `assertion/shapes.csv` by name."""
    return {row["name"]: row["pattern"] for row in rows_of("nlp.assertion", "shapes.csv")}


@cache
def relatives() -> frozenset[str]:
    """Words for relatives, lower case."""
    return frozenset(spelled("{relative}"))


def spelled(phrase: str) -> list[str]:
    """All forms of a phrase, in order of the alphabet."""
    for name, group in groups().items():
        phrase = phrase.replace("{" + name + "}", group)
    parts = _CHOICE.split(phrase)
    choices = [part.split("|") if at % 2 else [part] for at, part in enumerate(parts)]
    forms = {" ".join("".join(chosen).replace("-", " ").split()) for chosen in itertools.product(*choices)}
    return sorted(forms - {""})
