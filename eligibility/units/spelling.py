"""Turns a spelling seen in real data into the text of a UCUM code, by table and by a few rewrites.

It never decides what a unit means: its output still has to be found in a table or to parse.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from eligibility.units import tables

_CHARACTERS = str.maketrans(
    {
        "\u00b5": "u",  # micro sign
        "\u03bc": "u",  # Greek mu
        "\u00d7": "x",
        "\u00b7": ".",
        "\u22c5": ".",
        "\u2219": ".",
        "\u2212": "-",
        "\u2013": "-",
        "\u2215": "/",
        "\u2044": "/",
        "\u00ba": "\u00b0",  # ordinal indicator typed for the degree sign
        "\u2103": "\u00b0C",
        "\u2109": "\u00b0F",
        "\u03a9": "Ohm",
        "\u2126": "Ohm",
        "\u2113": "L",
        "\uff05": "%",
    }
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_PER = re.compile(r"\s+per\s+", re.IGNORECASE)
_AROUND_SLASH = re.compile(r"\s*/\s*")
# 10^3, x10^3, 10**3, 10*3, 10E3, 10e3 and 10(3) all stand for UCUM's 10*3 in laboratory systems.
_POWER_OF_TEN = re.compile(
    r"(?:^|(?<=/))(?:[xX]\s?)?10\s?(?:(?:\^|\*\*?|[eE])\s?\+?(-?[0-9]{1,2})|\(([0-9]{1,2})\))(?=$|[\s/A-Za-z{])\s?"
)
_CARET = re.compile(r"(?<=[A-Za-z\]])\^\+?(?=-?[0-9])")
# Never the 1 of a decimal such as 1.73 or 2.1.
_FACTOR_ONE = re.compile(r"(?<=.)(?:/|(?<![0-9])\.)1(?=$|[/)]|\.(?![0-9]))")
_ANNOTATION = re.compile(r"\{([^{}]*)\}")


def tidy(text: str) -> str:
    """One alphabet: ASCII letters for micro signs and the like, carets for superscripts, single spaces."""
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^" + run.group().translate(_SUPERSCRIPTS), text)
    text = " ".join(text.translate(_CHARACTERS).split())
    return _AROUND_SLASH.sub("/", text)


def whole_alias(text: str) -> str | None:
    """The UCUM code of a whole spelling in the alias table, spaces aside."""
    key = text.replace(" ", "")
    return tables.aliases("whole").find(key) or tables.aliases("part").find(key)


def rewrite(text: str) -> str:
    """The text with powers of ten, carets and the parts between slashes written the UCUM way."""
    text = _PER.sub("/", text)
    text = _POWER_OF_TEN.sub(lambda hit: f"10*{hit.group(1) or hit.group(2)} ", text).strip()
    text = _CARET.sub("", text)
    first, *below = text.split("/")
    return "/".join([_part(first), *(_part_below(part) for part in below)])


def plain(text: str) -> str | None:
    """The text without annotations that carry no meaning; None where one forbids reading it.

    An annotation that stands for a whole component becomes `1`; one that carries meaning becomes
    the symbol that the table of annotations gives it.
    """
    pieces: list[str] = []
    end = 0
    for hit in _ANNOTATION.finditer(text):
        before = text[: hit.start()][-1:]
        after = text[hit.end() : hit.end() + 1]
        if after and after not in "/.){":
            return None
        symbol = _meaning(hit.group(1))
        standing = before in ("", "/", ".", "(")
        if symbol == "" or (symbol and not symbol.startswith("{") and not standing):
            return None
        pieces.append(text[end : hit.start()])
        pieces.append(symbol or ("1" if standing else ""))
        end = hit.end()
    pieces.append(text[end:])
    return _without_ones("".join(pieces))


def _meaning(annotation: str) -> str | None:
    """None for an annotation without meaning, else its symbol, empty where the unit is refused."""
    key = annotation.replace(" ", "").lower()
    for pattern, symbol in tables.meanings():
        if fnmatchcase(key, pattern):
            return symbol
    return None


def _without_ones(text: str) -> str:
    """Drops factors of one, so that `1/min` and `mg/1` are found as `/min` and `mg`."""
    text = _FACTOR_ONE.sub("", text)
    if text == "/1":
        return "1"
    return re.sub(r"^1(?=/)|^1\.(?=.)", "", text)


def _part(part: str) -> str:
    """One part between slashes, as UCUM writes it where the table knows it."""
    known = tables.aliases("part").find(part.replace(" ", ""))
    return known or _counted(part.strip())


def _part_below(part: str) -> str:
    return tables.aliases("below").find(part.replace(" ", "")) or _part(part)


def _counted(part: str) -> str:
    """A power of ten before a spelt part, as in `10*3 cells`."""
    hit = re.fullmatch(r"(10\*-?[0-9]{1,2})[ .]+(\S+)", part)
    if not hit:
        return part
    counted = tables.aliases("part").find(hit.group(2)) or hit.group(2)
    return hit.group(1) + (counted if counted.startswith("{") else f".{counted}")
