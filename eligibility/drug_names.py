"""Names of drugs, to notice that a record in words, or of a product, may be of a drug that a term lists.

`drugs.csv` holds ingredients with other names and brands, and RxNorm's code of some (NLM, public domain).
What is found here is a question, never an answer: names are not compared for membership.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files

from eligibility.codesystems import RXNORM
from eligibility.concepts import Coding

_SHORTEST = 4  # signs of a name that is told from an abbreviation


def rows() -> Iterator[dict[str, str]]:
    """The rows of the table by column: label, names (parted by semicolons), codes, members."""
    text = files("eligibility").joinpath("drugs.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


def words_of_drugs(codes: Collection[Coding], words: Collection[str]) -> frozenset[str]:
    """Single words that name one of the drugs with these codes, or that one of these words names."""
    by_code, by_name = _drugs()
    found: set[str] = set()
    for system, code in codes:
        if system == RXNORM:
            found |= by_code.get(code, frozenset())
    for word in words:
        found |= by_name.get(word, frozenset())
    return frozenset(found)


def is_another_drug(words: Collection[str], codes: Collection[Coding]) -> bool:
    """Whether these words name drugs of the table, and none that codes of RxNorm are of.

    Sure only where the codes of all the drugs named are known, and what each code listed is of: a product
    that is listed, or a second drug without a code, may be the same.
    """
    by_code, by_name = _drugs()
    listed = {code for system, code in codes if system == RXNORM}
    named = {by_name[word] for word in words if word in by_name}
    known = {names: code for code, names in by_code.items() if names in named}
    sure = bool(listed) and bool(named) and listed <= by_code.keys() and named == known.keys()
    return sure and listed.isdisjoint(known.values())


@cache
def _drugs() -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
    by_code: dict[str, frozenset[str]] = {}
    by_name: dict[str, frozenset[str]] = {}
    for row in rows():
        names = [row["label"], *row["names"].split(";")]
        plain = (name.strip().lower() for name in names if not name.endswith("?"))
        words = frozenset(name for name in plain if name.isalpha() and len(name) >= _SHORTEST)
        for coding in row["codes"].split():
            by_code[coding.removeprefix("rxnorm:")] = words
        for word in words:
            by_name[word] = words
    return by_code, by_name
