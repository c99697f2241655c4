"""From the text of a unit to a `Unit`: table, spellings, then the UCUM grammar; else None.

It never raises and never guesses: a text with two readings in clinical data has none here.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from eligibility.units import spelling, tables
from eligibility.units.errors import UnitError
from eligibility.units.expression import NotAUnitError, weigh
from eligibility.units.unit import Unit, make

UCUM_SYSTEMS = frozenset(
    {
        "http://unitsofmeasure.org",
        "https://unitsofmeasure.org",
        "http://www.unitsofmeasure.org",
        "http://ucum.org",
        "https://ucum.org",
        "urn:oid:2.16.840.1.113883.6.8",
    }
)
_MAX_LENGTH = 120
# `103/uL` is what is left of 10³/µL once a system has dropped the superscript.
_LOST_CARET = re.compile(r"10[1-9][0-9]?(?![0-9])")
# The grammar reads 1.73 as 1 times 73.
_DECIMAL = re.compile(r"[0-9]\.(?!10[*^])[0-9]")
# `MV` and `Mm` are slips for mV and mm; the large units that records do use are in the table.
_LARGE_PREFIX = re.compile(r"(?:^|[/.(])[MGTPEZY](?![ay](?![A-Za-z]))[A-Za-z\[]")
_UNCLEAR_PRODUCT = re.compile(r"/[^(]*\.")
_SYMBOL = re.compile(r"\{[^{}]*\}")


def resolve(code: str | None, system: str | None = None) -> Unit | None:
    """The unit that a code or a common spelling stands for, None when it has no safe reading.

    A system other than UCUM is believed only for texts in the tables: a numeric code of another
    terminology is a valid UCUM factor. An absent or empty code is None; ask for `1` to mean a number.
    """
    if not isinstance(code, str) or not code or len(code) > _MAX_LENGTH:
        return None
    if system is None:
        return _resolve(code, True, False)
    ucum = system.rstrip("/").lower() in UCUM_SYSTEMS
    return _resolve(code, ucum, ucum)


@lru_cache(maxsize=16_384)
def _resolve(code: str, grammar: bool, declared: bool) -> Unit | None:
    """`grammar`: codes outside the tables may be parsed; `declared`: the sender said it is UCUM."""
    try:
        text = spelling.tidy(code)
        if text in tables.refused():
            # To the letter or not at all: no alias, no other case.
            return (_table(text) or _parsed(text, True)) if declared else None
        return _table(code) or _spelt(text, grammar, declared)
    except (NotAUnitError, UnitError):
        return None


def _spelt(text: str, grammar: bool, declared: bool) -> Unit | None:
    alias = spelling.whole_alias(text)
    if alias is not None:
        return _coded(alias)
    for candidate in dict.fromkeys((text, spelling.rewrite(text))):
        found = _table(candidate) or _any_case(candidate)
        if found is not None:
            return found
    for candidate in dict.fromkeys((spelling.rewrite(text), text)):
        plain = spelling.plain(candidate)
        if plain is None:
            continue
        found = _table(plain) or _any_case(plain) or (_parsed(plain, declared) if grammar else None)
        if found is not None:
            return found
    return None


def _coded(code: str) -> Unit | None:
    """A code that one of our own tables names."""
    found = _table(code)
    if found is None:
        plain = spelling.plain(code)
        found = None if plain is None else _table(plain) or _parsed(plain, True)
    return found


def _table(code: str) -> Unit | None:
    row = tables.units().get(code)
    return None if row is None else make(row.canonical, row.factor, row.offset, row.code)


def _any_case(text: str) -> Unit | None:
    code = tables.units_any_case().get(text.replace(" ", "").lower())
    return None if code is None else _table(code)


def _parsed(code: str, declared: bool) -> Unit | None:
    """A code read by the grammar, to the letter only where the sender says it is UCUM.

    UCUM reads `mg/kg.h` as milligram hours per kilogram, and whoever writes it means `mg/kg/h`.
    """
    bare = _SYMBOL.sub("", code)
    if _LOST_CARET.match(bare) or _DECIMAL.search(bare):
        return None
    if not declared and (_UNCLEAR_PRODUCT.search(bare) or _LARGE_PREFIX.search(bare)):
        return None
    try:
        canonical, factor = weigh(code)
    except NotAUnitError:
        return None
    return make(canonical, factor, Fraction(0), code)
