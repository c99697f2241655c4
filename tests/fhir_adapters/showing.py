"""Fact rows as compact text, for comparing what two inputs, or a corpus file, say."""

from __future__ import annotations

from collections.abc import Iterator

from eligibility.facts import Block, Facts, Kind, Standing, ValueFlag, ValueState, columns_of
from eligibility.instants import BEGINNING, END_OF_TIME, show
from eligibility.units import dimension_name

_SKIPPED = {
    "patient", "concept", "start_lo", "start_hi", "end_lo", "end_hi", "standing", "status", "resource",
    "source", "value_state", "value_lo", "value_hi", "value_flags", "unit", "unit_as_written",
    "value_concept", "recorded_lo", "recorded", "path",
    "encounter", "birth_lo", "birth_hi", "death_lo", "death_hi",
    "dose_per_day", "dose_unit", "range_lo", "range_hi", "clinical_status",
}  # fmt: skip
_WORDS = {
    "verification_status", "sex", "birth_sex", "country", "state", "postal_code", "channel", "intent",
    "criticality", "type", "content_type",
    "decision", "question", "responder",
}  # fmt: skip


def rows(facts: Facts, *, contacts: bool = False) -> list[str]:
    """One line for each fact row, in an order that depends on nothing but the lines."""
    found = []
    for kind, block in facts.blocks.items():
        if kind is not Kind.CONTACT or contacts:
            found += [_line(facts, kind, block, row) for row in range(len(block))]
    return sorted(found)


def _line(facts: Facts, kind: Kind, block: Block, row: int) -> str:
    return " | ".join(part for part in _parts(facts, kind, block, row) if part)


def _parts(facts: Facts, kind: Kind, block: Block, row: int) -> Iterator[str]:
    def get(name: str) -> int:
        return int(block.column(name)[row])

    def word(name: str) -> str:
        return facts.words.texts[get(name)]

    yield f"{kind.name.lower()} {facts.patients[get('patient')]}"
    path = word("path")
    yield facts.resources.name(get("resource")) + (f" {path.partition('.')[2]}" if path else "")
    if kind is not Kind.DEMOGRAPHIC:
        yield _concept(facts, get("concept"))
        yield _interval(block, row)
    else:
        yield "born " + show(get("birth_lo"), get("birth_hi"))
        if get("deceased"):
            yield "died " + show(get("death_lo"), get("death_hi"))
    if get("recorded") != END_OF_TIME:
        yield "recorded " + show(get("recorded_lo"), get("recorded"))
    standing = Standing(get("standing"))
    yield " ".join(filter(None, (word("status"), "" if standing == Standing.COUNTS else standing.name)))
    if "value_state" in columns_of(kind):
        yield _value(facts, block, row)
        yield _range(block, row)
    if kind is Kind.MEDICATION and block.column("dose_per_day")[row] > 0:
        unit = dimension_name(get("dose_unit"))
        yield f"dose {block.column('dose_per_day')[row]:g} {unit} a day"
    if get("encounter") >= 0:
        yield "in " + facts.resources.name(get("encounter"))
    for name, (dtype, default) in columns_of(kind).items():
        if name in _SKIPPED:
            continue
        value = block.column(name)[row]
        if value == default or value != value:
            continue
        if name in _WORDS:
            yield f"{name} {facts.words.texts[int(value)]}"
        elif dtype == "int32" or (kind is Kind.ALLERGY and name == "category"):
            text = facts.words.texts if kind is Kind.ALLERGY and name == "category" else None
            yield f"{name} {text[int(value)] if text else _concept(facts, int(value))}"
        else:
            yield f"{name} {value:g}" if dtype == "float64" else f"{name} {value}"


def _interval(block: Block, row: int) -> str:
    start_lo, start_hi, end_lo, end_hi = (
        int(block.column(name)[row]) for name in ("start_lo", "start_hi", "end_lo", "end_hi")
    )
    start = show(start_lo, start_hi)
    if (end_lo, end_hi) == (start_lo, start_hi):
        return start
    if end_lo == END_OF_TIME:
        return f"{start} .. ongoing"
    if end_hi == END_OF_TIME:
        at_least = "" if end_lo in (start_lo, BEGINNING) else f" not before {show(end_lo, end_lo)}"
        return f"{start} .. end unknown{at_least}"
    return f"{start} .. {show(end_lo, end_hi)}"


def _value(facts: Facts, block: Block, row: int) -> str:
    state = ValueState(int(block.column("value_state")[row]))
    if state in (ValueState.CODED, ValueState.TEXT):
        shown = _concept(facts, int(block.column("value_concept")[row]))
        return f"{state.name.lower()} {shown}"
    if state is ValueState.NONE:
        return ""
    low, high = float(block.column("value_lo")[row]), float(block.column("value_hi")[row])
    flags = int(block.column("value_flags")[row])
    unit = int(block.column("unit")[row])
    name = dimension_name(unit) if unit >= 0 else "(unit unresolved)"
    number = repr(low)
    if low != high:
        left = "(" if flags & ValueFlag.LOW_OPEN or low == -float("inf") else "["
        right = ")" if flags & ValueFlag.HIGH_OPEN or high == float("inf") else "]"
        number = f"{left}{low:g}, {high:g}{right}"
    written = facts.words.texts[int(block.column("unit_as_written")[row])]
    return f"= {number} {name}" + (f" as {written}" if written and written != name else "")


def _range(block: Block, row: int) -> str:
    low = float(block.column("range_lo")[row]) if "range_lo" in block.columns else float("nan")
    high = float(block.column("range_hi")[row]) if "range_hi" in block.columns else float("nan")
    return f"normal {low:g} to {high:g}" if low == low or high == high else ""


def _concept(facts: Facts, concept: int) -> str:
    """Codes, or words where there are none; displays depend on which record came first."""
    codes = ", ".join(code for _, code in facts.concepts.codings[concept])
    return codes or facts.concepts.texts[concept] or "uncoded"
