"""A fact as a person reads it: what, when, how much, and where in the record it stands."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.facts import Assertion, Facts, Kind, Source, Standing, ValueFlag, ValueState
from eligibility.instants import END_OF_TIME, show, to_date
from eligibility.units import dimension_name, from_canonical, resolve


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the fact table in words. Empty strings where there is nothing to say.

    `said`, `quote` and `span` are of rows from notes: how it is meant, the very words, and where in the
    note's text they stand.
    """

    kind: str
    what: str
    when: str
    value: str
    status: str
    standing: str
    resource: str
    path: str
    said: str = ""
    quote: str = ""
    span: tuple[int, int] | None = None


def show_row(facts: Facts, kind: Kind, row: int) -> Shown:
    """Describe one row."""
    block = facts.blocks[kind]

    def cell(name: str) -> int:
        return int(block.column(name)[row])

    when = show(cell("start_lo"), cell("start_hi"))
    if cell("end_lo") >= END_OF_TIME:
        when += ", ongoing"
    elif cell("end_hi") >= END_OF_TIME:
        sure = cell("end_lo")  # a drug that is ordered until then, and may be taken on
        when += f" to {to_date(sure)} or later" if sure > cell("start_hi") else ", end unknown"
    elif (cell("end_lo"), cell("end_hi")) != (cell("start_lo"), cell("start_hi")):
        when += " to " + show(cell("end_lo"), cell("end_hi"))
    if kind is Kind.DEMOGRAPHIC:
        when = ""
    noted = "source" in block.columns and cell("source") == Source.NOTE
    return Shown(
        kind=kind.name.lower().replace("_", "-"),
        what=_person(facts, row) if kind is Kind.DEMOGRAPHIC else facts.concepts.show(cell("concept")),
        when=when,
        value=show_value(facts, kind, row),
        status=facts.words.texts[cell("status")],
        standing=Standing(cell("standing")).name.lower().replace("_", " "),
        resource=facts.resources.name(cell("resource")),
        path=facts.words.texts[cell("path")],
        said=show_assertion(cell("assertion"), cell("doubtful")) if noted else "",
        quote=facts.words.texts[max(cell("quote"), 0)] if noted else "",
        span=(cell("span_lo"), cell("span_hi")) if noted else None,
    )


def show_assertion(assertion: int, doubtful: int) -> str:
    """How a note means what it names, in words."""
    said = Assertion(assertion).name.lower().replace("_", " ")
    return f"{said}, not surely meant" if doubtful else said


def _person(facts: Facts, row: int) -> str:
    block = facts.blocks[Kind.DEMOGRAPHIC]
    born = show(int(block.column("birth_lo")[row]), int(block.column("birth_hi")[row]))
    sex = facts.words.texts[int(block.column("sex")[row])]
    return f"{sex or 'sex not said'}, born {born}"


def show_value(facts: Facts, kind: Kind, row: int) -> str:
    """The value of an observation or answer in words, in the canonical unit; of a family history who
    and how old; "" for other kinds."""
    if kind is Kind.FAMILY_HISTORY:
        return _relative(facts, row)
    if kind not in (Kind.OBSERVATION, Kind.ANSWER):
        return ""
    block = facts.blocks[kind]
    state = ValueState(int(block.column("value_state")[row]))
    if state is ValueState.NONE:
        return ""
    if state in (ValueState.CODED, ValueState.TEXT):
        return facts.concepts.show(int(block.column("value_concept")[row]))
    low, high = float(block.column("value_lo")[row]), float(block.column("value_hi")[row])
    flags = int(block.column("value_flags")[row])
    number = _interval(low, high, flags)
    if state is ValueState.UNIT_UNRESOLVED:
        written = facts.words.texts[int(block.column("unit_as_written")[row])]
        return f"{number} (unit {written or 'missing'})"
    written = facts.words.texts[int(block.column("unit_as_written")[row])]
    unit = resolve(written)
    if unit is None or unit.dimension != int(block.column("unit")[row]):
        written = dimension_name(int(block.column("unit")[row]))
        unit = None
    if written == "1":  # of scores and ratios, which nobody writes
        return number
    if unit is None:
        return f"{number} {written}"
    return f"{_interval(from_canonical(low, unit), from_canonical(high, unit), flags)} {written}"


def _relative(facts: Facts, row: int) -> str:
    block = facts.blocks[Kind.FAMILY_HISTORY]
    who = int(block.column("relationship")[row])
    parts = [facts.concepts.show(who)] if who else []
    least, most = float(block.column("onset_age")[row]), float(block.column("onset_age_hi")[row])
    if least == least:
        parts.append(f"at {least:g}" + (f" to {most:g}" if most > least else "") + " years")
    dead = float(block.column("relative_deceased")[row])
    if dead == dead:
        parts.append("deceased" if dead else "alive")
    return ", ".join(parts)


def _interval(low: float, high: float, flags: int) -> str:
    if low == high:
        return f"{low:.12g}"
    if high == float("inf"):
        return f"{'>' if flags & ValueFlag.LOW_OPEN else '>='} {low:.12g}"
    if low == float("-inf"):
        return f"{'<' if flags & ValueFlag.HIGH_OPEN else '<='} {high:.12g}"
    return f"{low:.12g} to {high:.12g}"
