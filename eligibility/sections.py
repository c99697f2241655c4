"""Sections of notes: their usual names, and the headings that open them.

The one table that says so (`sections.csv`) is read by what finds sections in a note and by what checks the
names that a protocol asks for: a name that no note's section ever gets would match nothing, unseen.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from eligibility.stated import stated_form


def section_rows() -> Iterator[dict[str, str]]:
    """The rows of the table: `header` (alternatives), `name`, `default` and `part`."""
    text = files(__package__).joinpath("sections.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def section_names() -> tuple[str, ...]:
    """The usual names, in order of the table. Organ systems of an examination have none."""
    return tuple(dict.fromkeys(row["name"] for row in section_rows() if row["name"]))


@cache
def section_headings() -> Mapping[str, str]:
    """The usual name of the section that each heading opens, by the heading's stated form."""
    named = {stated_form(name): name for name in section_names()}
    for row in section_rows():
        for heading in row["header"].split("|"):
            if row["name"]:
                named.setdefault(stated_form(heading), row["name"])
    return named
