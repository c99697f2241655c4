"""Reads UCUM codes that the table does not hold: ucumvert parses them, exact fractions weigh them.

pint's arithmetic is not used: it works in floats by default, and it makes every arbitrary unit the
number one, so that `[iU]/L` would meet `/L`. Loaded at first use only, because ucumvert loads pint.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from eligibility.units import tables
from eligibility.units.essence import Essence, read_essence

MAX_LENGTH = 80
_MAX_DEPTH = 4
_MAX_POWER = 40
# Mega and above on these never occur in a record: `Mg` and `ML` are slips for mg and mL.
_LARGE = frozenset({"M", "G", "T", "P", "E", "Z", "Y"})
_SMALL_SCALE = frozenset({"g", "l", "L", "mol", "eq", "osm"})
_SYMBOL = re.compile(r"\{[^{}]*\}")

Vector = tuple[tuple[str, int], ...]


class NotAUnitError(Exception):
    """The text is not a unit, or not one that may be read."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a unit measures: exponents of base units, and quotients of like by like that stay apart.

    `mmol/mol` is not a plain number and `mg/kg/d` is not a rate: what cancels is kept in `ratios`.
    """

    net: Vector
    ratios: Vector

    def code(self) -> str:
        """A UCUM code with this signature, the same in every process."""
        parts = [_written(base, power) for base, power in self.net if not base.startswith("{")]
        for base, power in self.ratios:
            parts += [_written(base, power), _written(base, -power)]
        below = ""
        for base, power in self.net:
            if base.startswith("{"):
                parts += [base] * power
                below += f"/{base}" * -power
        return ".".join(parts) + below or "1"


_TEMPERATURE = Signature((("K", 1),), ())


@dataclass(frozen=True, slots=True)
class Component:
    """One written component of a unit, with the exponents of base units it stands for."""

    factor: Fraction
    vector: Vector


class Reader:
    """Weighs UCUM codes against one set of atom definitions."""

    def __init__(self, essence: Essence) -> None:
        self._essence = essence
        self._ucumvert = import_module("ucumvert")
        self._parser = self._ucumvert.get_ucum_parser()
        self._atoms: dict[str, Component] = {}

    def read(self, code: str) -> tuple[Fraction, Signature]:
        """The factor of a code over base units, and its signature. Raises `NotAUnitError`."""
        components = list(self._parse(code))
        factor = Fraction(1)
        for component in components:
            factor *= component.factor
        return factor, _signature(components)

    def _parse(self, code: str) -> Iterator[Component]:
        _check_shape(code)
        # An annotation that is kept is a base of its own; the grammar sees it as an annotation.
        symbols = _SYMBOL.findall(code)
        if any(" " in symbol for symbol in symbols):
            raise NotAUnitError(code)
        try:
            tree = self._ucumvert.parse_ucum(code, self._parser)
        except self._ucumvert.InvalidUcumError as error:
            raise NotAUnitError(code) from error
        return self._walk(tree, 1)

    def _walk(self, node: Any, sign: int) -> Iterator[Component]:
        """The components below a node of ucumvert's tree; `sign` is -1 below a division."""
        if not hasattr(node, "children"):
            yield _symbol(str(node), sign)
            return
        children = node.children
        match node.data:
            case "simple_unit":
                yield _power(self._simple([str(child) for child in children]), sign)
            case "annotatable" if len(children) == 2:
                simple = self._simple([str(child) for child in children[0].children])
                if children[0].children[0].isdecimal():
                    # ucumvert reads `10+3` as a power; UCUM knows no power of a plain number.
                    raise NotAUnitError("".join(children[0].children))
                yield _power(simple, sign * int(children[1]))
            case "main_term" if len(children) == 2:
                yield from self._walk(children[1], -sign)
            case "term" if len(children) == 3:
                yield from self._walk(children[0], sign)
                yield from self._walk(children[2], -sign if children[1] == "/" else sign)
            case _:
                for child in children:
                    yield from self._walk(child, sign)

    def _simple(self, texts: list[str]) -> Component:
        atom = texts[-1]
        if len(texts) == 1:
            return Component(Fraction(atom), ()) if atom.isdecimal() else self._atom(atom)
        if texts[0] in _LARGE and atom in _SMALL_SCALE:
            raise NotAUnitError("".join(texts))
        known = self._atom(atom)
        return Component(known.factor * self._essence.prefixes[texts[0]], known.vector)

    def _atom(self, code: str) -> Component:
        known = self._atoms.get(code)
        if known is None:
            known = self._atoms[code] = self._define(code)
        return known

    def _define(self, code: str) -> Component:
        own = tables.bases().get(code)
        if own is not None:
            base, factor = own
            if not base:
                raise NotAUnitError(code)
            return Component(factor, ((base, 1),))
        if code in self._essence.base:
            return Component(Fraction(1), ((code, 1),))
        atom = self._essence.atoms.get(code)
        if atom is None:
            raise NotAUnitError(code)
        if atom.alone:
            return Component(Fraction(1), ((code, 1),))
        if atom.definition == "1":
            return Component(atom.value, ())
        factor = atom.value
        net: Counter[str] = Counter()
        for component in self._parse(atom.definition):
            factor *= component.factor
            net.update(dict(component.vector))
        return Component(factor, _vector(net))


@cache
def reader() -> Reader:
    """The reader over the definitions that ucumvert ships."""
    return Reader(read_essence(Path(import_module("ucumvert.xml_util").UCUM_ESSENCE_FILE)))


@cache
def shipped() -> dict[Signature, tuple[str, Fraction]]:
    """Signature → canonical unit of the table and its factor over base units."""
    known: dict[Signature, tuple[str, Fraction]] = {}
    canonicals = dict.fromkeys(row.canonical for row in tables.units().values())
    for canonical in canonicals:
        row = tables.units()[canonical]
        if row.derived:
            try:
                factor, signature = reader().read(canonical)
            except NotAUnitError as error:
                raise ValueError(f"units.csv: {canonical} is not a unit") from error
            known.setdefault(signature, (canonical, factor))
    return known


def weigh(code: str) -> tuple[str, Fraction]:
    """The canonical unit that a code converts to, and the factor. Raises `NotAUnitError`.

    Offsets do not occur here: temperatures are in the table, and no other scale of them is read.
    """
    factor, signature = reader().read(code)
    if signature == _TEMPERATURE:
        raise NotAUnitError(code)
    canonical = shipped().get(signature)
    if canonical is None:
        named = signature.code()
        if len(named) > MAX_LENGTH or any(abs(power) > _MAX_POWER for _, power in signature.net):
            raise NotAUnitError(code)
        return named, factor
    return canonical[0], factor / canonical[1]


def _check_shape(code: str) -> None:
    """Bounds the work of the parser on hostile text."""
    if not code or len(code) > MAX_LENGTH or not code.isascii() or (code.isdecimal() and code != "1"):
        raise NotAUnitError(code)
    depth = 0
    for character in code:
        depth += (character == "(") - (character == ")")
        if depth > _MAX_DEPTH:
            raise NotAUnitError(code)


def _written(base: str, power: int) -> str:
    return base if power == 1 else f"{base}{power}"


def _symbol(token: str, sign: int) -> Component:
    kept = {symbol for _, symbol in tables.meanings() if symbol}
    return Component(Fraction(1), ((token, sign),) if token in kept else ())


def _power(component: Component, power: int) -> Component:
    if abs(power) > _MAX_POWER:
        raise NotAUnitError(str(power))
    return Component(component.factor**power, tuple((base, exp * power) for base, exp in component.vector))


def _vector(net: Counter[str]) -> Vector:
    return tuple(sorted((base, power) for base, power in net.items() if power))


def _signature(components: list[Component]) -> Signature:
    net: Counter[str] = Counter()
    seen: Counter[Vector] = Counter()
    for component in components:
        net.update(dict(component.vector))
        seen[component.vector] += 1
    ratios: Counter[tuple[str, int]] = Counter()
    for vector, count in seen.items():
        opposite = tuple((base, -power) for base, power in vector)
        # Volume by volume is an ordinary fraction: a haematocrit is written 0.45 L/L or 45 %.
        if not vector or vector[0][1] < 0 or vector == (("m", 3),):
            continue
        for _ in range(min(count, seen[opposite])):
            ratios.update((base, abs(power)) for base, power in vector)
    kept = tuple(sorted(token for token, count in ratios.items() for _ in range(count)))
    return Signature(_vector(net), kept)
