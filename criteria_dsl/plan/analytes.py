"""What a term measures, so that its results and limits convert between mass and substance.

Only the activity of an enzyme is known without being named: by codes that are all of the table of enzymes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from criteria_dsl import suggest
from criteria_dsl import tree as t
from criteria_dsl.problem import Report
from eligibility.program import Analyte
from eligibility.units import ENZYME_ACTIVITY, Unit, analytes, called, conversion, enzyme_codes

# Whichever of its two names a term gives the unit of enzymes: results of two terms divide and add up.
_ACTIVITY = "U/L"


def analyte_of(report: Report, node: t.Term, unit: Unit) -> Analyte | None:
    """The analyte that a term names, or whose enzymes it lists; else None. Raises RejectedError.

    A term that is called like an analyte and does not name it gets a warning.
    """
    if node.analyte is None:
        if all(_enzymes(node)) and analytes()[ENZYME_ACTIVITY].measures(unit.canonical):
            return Analyte(ENZYME_ACTIVITY, _ACTIVITY)
        _warn_unsaid(report, node, unit)
        return None
    known = called(node.analyte.text)
    if known is None:
        names = [name for one in analytes().values() for name in (one.name, *one.also)]
        near = suggest.nearest(node.analyte.text, names)
        hint = f"did you mean `{near}`?" if near else "without an analyte, results in another unit stay open"
        raise report.reject("E312", node.analyte.span, f"`{node.analyte.text}` is not a known analyte", hint)
    if not known.measures(unit.canonical):
        message = f"results of {known.name} in `{unit.ucum}` are not converted"
        units = ", ".join(f"`{_written(canonical)}`" for canonical in known.lines)
        raise report.reject(
            "E313", node.analyte.span, message, f"known are {units} and their parts and multiples"
        )
    return Analyte(known.name, _ACTIVITY if known.name == ENZYME_ACTIVITY else unit.canonical)


def unit_of(analyte: Analyte | None, unit: Unit) -> Unit:
    """The unit of a term as one of its analyte's: a declared `IU/L` of an enzyme is one U/L."""
    step = conversion(analyte.name, unit.canonical, analyte.unit) if analyte is not None else None
    return unit if step is None else replace(unit, dimension=step.dimension, canonical=step.canonical)


def convertible(analyte: str, unit: Unit, canonical: str) -> Unit | None:
    """How a limit in `unit` becomes one in the canonical unit of a term of this analyte."""
    return conversion(analyte, unit.canonical, canonical) if analyte else None


def suggested(what: str, unit: Unit, canonical: str) -> str:
    """The name of the analyte that would make a limit convertible, "" where there is none."""
    known = called(what)
    if known is None or conversion(known.name, unit.canonical, canonical) is None:
        return ""
    return known.name


def _enzymes(node: t.Term) -> Iterator[bool]:
    """Of each code of a term, and of each other source, whether it is that of an enzyme."""
    for source in node.sources:
        if isinstance(source, t.Coded) and not source.quoted and source.system.text == "LOINC":
            yield from (code.text in enzyme_codes() for code in source.codes)
        else:
            yield False


def _warn_unsaid(report: Report, node: t.Term, unit: Unit) -> None:
    known = analytes()[ENZYME_ACTIVITY] if any(_enzymes(node)) else called(node.name.text)
    if known is None or not known.measures(unit.canonical) or node.unit is None:
        return
    others = [one for one in known.lines if conversion(known.name, one, unit.canonical) is not None]
    message = f"results of `{node.name.text}` in `{_written(others[-1])}` stay open: it names no analyte"
    hint = f"write `in {node.unit.text} analyte {known.name}`"
    report.add("W502", node.name.span, message, hint)


def _written(canonical: str) -> str:
    """A canonical unit as people write it."""
    return {"1": "%", "[iU]/L": "IU/L"}.get(canonical, canonical)
