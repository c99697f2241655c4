"""The table of names under which notes tell numbers, and how to find them in a text."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from eligibility.units import resolve, to_canonical
from nlp.document import Span
from nlp.scanning import Need, Scanner
from nlp.values.cues import cues
from nlp.values.grades import tnm

_FIRST = re.compile(r"[a-z]+")
# Names of one or two letters that mean something else too: in small letters only with a mark behind, only
# with separators before the number, and only with a number that a person can have.
AMBIGUOUS = cues().ambiguous
_TNM_WORDS = frozenset(["t", "pt", "ct", "yt", "ypt", "yct", "rt", "rpt", "tis", "ptis", "ctis", "tx", "ptx"])
_ANY_NUMERAL = frozenset({"grade", "stage", "ckd", "letter", "gleason", "tnm", "height", "plus"})


_NEAR = 3.0  # the table's limits tell units apart; results lie beyond them now and then


class Bounds(NamedTuple):
    """A unit that results come in, and what a person's results lie between; None where it says nothing."""

    unit: str
    least: float | None = None
    most: float | None = None


class Name(NamedTuple):
    """One quantity. `canonical`: canonical units its results may have, empty for any.

    `kind` is that of names.csv; "" for a name of which nothing is known.
    """

    label: str
    kind: str = ""
    loinc: str = ""
    units: tuple[Bounds, ...] = ()
    canonical: frozenset[str] = frozenset()
    surfaces: tuple[str, ...] = ()

    def can_be(self, written: tuple[float, ...], unit: str) -> bool:
        """Whether one of the numbers in a unit is anywhere near to what a person can have."""
        known = resolve(unit)
        comparable = [] if known is None else _limits(self.units, known.dimension)
        if known is None or not comparable:
            return True
        numbers = [to_canonical(number, known) for number in written]
        return any(least / _NEAR <= n <= most * _NEAR for least, most in comparable for n in numbers)


@cache
def _limits(units: tuple[Bounds, ...], dimension: int) -> list[tuple[float, float]]:
    """What results lie between, in the canonical unit of a dimension."""
    found = []
    for bounds in units:
        unit = resolve(bounds.unit)
        if unit is None or unit.dimension != dimension or bounds.least is None or bounds.most is None:
            continue
        found.append((to_canonical(bounds.least, unit), to_canonical(bounds.most, unit)))
    return found


@cache
def names() -> Sequence[Name]:
    """The table in file order."""
    found = []
    text = files("nlp.values").joinpath("names.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        units = tuple(_bounds(unit) for unit in row["units"].split())
        resolved = (resolve(unit.unit) for unit in units)
        canonical = frozenset(unit.canonical for unit in resolved if unit is not None)
        surfaces = tuple(row["surfaces"].split("|"))
        found.append(Name(row["label"], row["kind"], row["loinc"], units, canonical, surfaces))
    return found


def _bounds(text: str) -> Bounds:
    unit, _, rest = text.partition(":")
    if not rest:
        return Bounds(unit)
    least, most = rest.split(":")
    return Bounds(unit, float(least), float(most))


class Named(NamedTuple):
    """A name in the text."""

    start: int
    end: int
    what: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class Finder:
    """Finds names. `surfaces`: lower-case name → its number in the caller's table of names."""

    def __init__(self, table: Sequence[Name], surfaces: Mapping[str, int], always: bool = False) -> None:
        self.table = table
        self._surfaces = {" ".join(re.split(r"[\s-]+", surface)): what for surface, what in surfaces.items()}
        starts: dict[str, list[str]] = {}
        needs: dict[str, Need] = {}
        for surface, what in surfaces.items():
            first = _FIRST.search(surface)
            if first is None:
                continue
            word = first.group()
            starts.setdefault(word, []).append(surface)
            need = Need.NOTHING if always else _need(word, surface, table[what].kind)
            needs[word] = min(need, needs.get(word, need))
        # The classification of a tumour is its own name.
        self._tnm = next((what for what, name in enumerate(table) if name.kind == "tnm"), -1)
        if self._tnm >= 0:
            for word in _TNM_WORDS:
                starts.setdefault(word, [])
                needs[word] = min(needs.get(word, Need.DIGIT_AT_ONCE), Need.DIGIT_AT_ONCE)
        self._leads = {
            word: max((_lead(surface) for surface in group), default=0) for word, group in starts.items()
        }
        self.scanner = Scanner(needs)
        self._patterns = [re.compile(_pattern(starts[word])) for word in self.scanner.words]

    def find(self, text: str, low: str) -> list[Named]:
        """Names in order, the longest where several begin; those that end inside another are left out."""
        found: list[Named] = []
        done = 0
        for start, _, word in self.scanner.runs(text):
            if word < 0 or start < done:
                continue
            if self._tnm >= 0 and self.scanner.words[word] in _TNM_WORDS:
                told = tnm(text, low, start)
                if told is not None:
                    found.append(Named(start, told.end, self._tnm))
                    done = told.end
                    continue
            match = self._patterns[word].match(low, start - self._leads[self.scanner.words[word]])
            if match is None:
                continue
            begins, ends = match.span()
            what = self._surfaces[" ".join(re.split(r"[\s-]+", match.group()))]
            if match.group() in AMBIGUOUS and not _short_holds(text, low, begins, ends):
                continue
            found.append(Named(begins, ends, what))
            done = ends
        return found


# In small letters among other results: "bp 130/80 p 72", "vs: t 98.6".
_LISTED = re.compile(r"(?:[/\s-]\d[\d.]{0,5}[%f]?[,;]?|\bvs|\bvitals|\bsigns|\blabs|\blytes)[:,-]?\s\Z")


def _short_holds(text: str, low: str, start: int, end: int) -> bool:
    """Whether an ambiguous name is meant as a name: not a unit, not a word in small letters."""
    if low[end : end + 1] == "/" or (low[start:end] in ("mg", "g") and not text[start].isupper()):
        return False
    ahead = low[start - 1] if start else " "
    if ahead in "0123456789.+" or (ahead == "/" and not low[max(0, start - 2) : start - 1].isalpha()):
        return False
    if text[start].isupper() or (start and _LISTED.search(low, max(0, start - 16), start)):
        return True
    return low[end : end + 1] in (":", "=", "-") or low[end : end + 2] in (" =", " :")


def _lead(surface: str) -> int:
    """How many characters stand before the first letter of a name."""
    return len(surface) - len(surface.lstrip("0123456789-+.()/ "))


def _need(word: str, surface: str, kind: str) -> Need:
    if kind == "amount":
        return Need.NOTHING if word in ("pack", "packs", "ppd") else Need.DIGIT_AROUND
    if kind in _ANY_NUMERAL and word not in AMBIGUOUS:
        return Need.NOTHING
    short = len(surface) <= 4 and (word in AMBIGUOUS or len(word) == 1)
    return Need.DIGIT_AT_ONCE if short else Need.DIGIT_BEHIND


def _pattern(surfaces: Sequence[str]) -> str:
    ways = []
    if not surfaces:
        return "(?!)"
    for surface in sorted(surfaces, key=len, reverse=True):
        spaced = r"(?:\s{1,2}|-)".join(re.escape(part) for part in re.split(r"[\s-]+", surface))
        ways.append(spaced + ("(?![a-z0-9])" if surface[-1].isdigit() else "(?![a-z])"))
    return "(?:" + "|".join(ways) + ")"


@cache
def standard() -> Finder:
    """The finder of the table's own names."""
    surfaces = {surface: what for what, name in enumerate(names()) for surface in name.surfaces}
    return Finder(names(), surfaces)
