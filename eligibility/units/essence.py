"""UCUM's own definitions of its atoms, as exact fractions, from the published essence file."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree


@dataclass(frozen=True, slots=True)
class Atom:
    """One unit atom: `value` times the unit `definition`; arbitrary and special ones stand alone."""

    code: str
    definition: str
    value: Fraction
    alone: bool


@dataclass(frozen=True, slots=True)
class Essence:
    """Prefixes with their factors, defined atoms, and the base units."""

    prefixes: dict[str, Fraction]
    atoms: dict[str, Atom]
    base: frozenset[str]


def read_essence(path: Path) -> Essence:
    """Reads `ucum-essence.xml`. Raises what the file system or the XML parser raises."""
    root = ElementTree.parse(path).getroot()
    prefixes = {
        prefix.attrib["Code"]: Fraction(_value(prefix).attrib["value"])
        for prefix in root.iterfind("{*}prefix")
    }
    atoms = {}
    for unit in root.iterfind("{*}unit"):
        value = _value(unit)
        alone = "yes" in (unit.get("isArbitrary"), unit.get("isSpecial"))
        atoms[unit.attrib["Code"]] = Atom(
            unit.attrib["Code"],
            value.attrib["Unit"],
            Fraction(1) if alone else Fraction(value.attrib["value"]),
            alone,
        )
    base = frozenset(unit.attrib["Code"] for unit in root.iterfind("{*}base-unit"))
    return Essence(prefixes, atoms, base)


def _value(element: ElementTree.Element) -> ElementTree.Element:
    found = element.find("{*}value")
    if found is None:
        raise ValueError(f"no value in {element.attrib}")
    return found
