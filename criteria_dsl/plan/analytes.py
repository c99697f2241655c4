"""What a term measures, so that its results and limits convert between mass and substance."""

from __future__ import annotations

from criteria_dsl import suggest
from criteria_dsl import tree as t
from criteria_dsl.problem import Report
from eligibility.program import Analyte
from eligibility.units import Unit, analytes, called, conversion


def analyte_of(report: Report, node: t.Term, unit: Unit) -> Analyte | None:
    """The analyte that a term names, None for one that names none. Raises RejectedError.

    A term that is called like an analyte and does not name it gets a warning.
    """
    if node.analyte is None:
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
    return Analyte(known.name, unit.canonical)


def convertible(analyte: str, unit: Unit, canonical: str) -> Unit | None:
    """How a limit in `unit` becomes one in the canonical unit of a term of this analyte."""
    return conversion(analyte, unit.canonical, canonical) if analyte else None


def suggested(what: str, unit: Unit, canonical: str) -> str:
    """The name of the analyte that would make a limit convertible, "" where there is none."""
    known = called(what)
    if known is None or conversion(known.name, unit.canonical, canonical) is None:
        return ""
    return known.name


def _warn_unsaid(report: Report, node: t.Term, unit: Unit) -> None:
    known = called(node.name.text)
    if known is None or not known.measures(unit.canonical) or node.unit is None:
        return
    others = [one for one in known.lines if conversion(known.name, one, unit.canonical) is not None]
    message = f"results of `{node.name.text}` in `{_written(others[-1])}` stay open: it names no analyte"
    hint = f"write `in {node.unit.text} analyte {known.name}`"
    report.add("W502", node.name.span, message, hint)


def _written(canonical: str) -> str:
    """A canonical unit as people write it."""
    return "%" if canonical == "1" else canonical
