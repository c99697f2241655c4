"""A program as indented text: every part that takes part in meaning, and nothing that does not."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from eligibility import program as ir


def dump(program: ir.Program) -> str:
    """The program for comparing with a file: one node a line, defaults left out."""
    lines = [f"program {program.id} version {program.version} {program.title!r}"]
    if program.index is not None:
        lines.append(f"index {_inline(program.index)}")
    lines += [f"parameter {_inline(parameter)}" for parameter in program.parameters]
    lines += [f"set {key!r} {_inline(source)}" for key, source in program.value_sets.items()]
    for criterion in program.criteria:
        lines += ["", *_tree(criterion, 0)]
    return "\n".join(lines) + "\n"


def _counts(item: Field[Any], value: object) -> bool:
    if not item.compare:
        return False
    default = item.default
    if default is MISSING and item.default_factory is not MISSING:
        default = item.default_factory()
    return bool(value != default)


def _tree(node: Any, depth: int, name: str = "") -> list[str]:
    """A node with its plain fields on one line and its parts below."""
    head = f"{'  ' * depth}{name + ': ' if name else ''}{type(node).__name__}"
    below: list[str] = []
    for item in fields(node):
        value = getattr(node, item.name)
        if not _counts(item, value):
            continue
        if is_dataclass(value) and not _is_small(value):
            below += _tree(value, depth + 1, item.name)
        elif isinstance(value, tuple) and value and is_dataclass(value[0]) and not _is_small(value[0]):
            for part in value:
                below += _tree(part, depth + 1, item.name)
        else:
            head += f" {item.name}={_inline(value)}"
    return [head, *below]


def _is_small(node: object) -> bool:
    return isinstance(node, ir.Given | ir.Literal | ir.Duration | ir.Range | ir.Policy | ir.Code)


def _inline(value: Any) -> str:
    match value:
        case ir.Duration(count=count, unit=unit):
            return f"{count}-{unit}"
        case ir.LongerOf(lengths=lengths, shorter=shorter):
            return f"{'shorter' if shorter else 'longer'} of {_inline(lengths)}"
        case ir.Given(name=name, edge=edge, shifts=shifts):
            return f"{edge + ' of ' if edge else ''}{name}{_shifts(shifts)}"
        case ir.Literal(day=day, shifts=shifts):
            return f"{date.fromordinal(719_163 + day)}{_shifts(shifts)}"
        case ir.Range():
            low = "(" if value.low_open or value.low is None else "["
            high = ")" if value.high_open or value.high is None else "]"
            return f"{low}{value.low}, {value.high}{high} {value.unit}{_multiple(value)} as {value.text!r}"
        case ir.Code(system=system, code=code, below=below):
            return f"{system}|{code}{'*' if below else ''}"
        case Enum():
            return str(value.name if isinstance(value, int) else value.value)
        case tuple():
            return f"({', '.join(_inline(part) for part in value)})"
        case _ if is_dataclass(value):
            parts = [
                f"{item.name}={_inline(getattr(value, item.name))}"
                for item in fields(value)
                if _counts(item, getattr(value, item.name))
            ]
            return f"{type(value).__name__}({', '.join(parts)})"
    return repr(value)


def _multiple(limits: ir.Range) -> str:
    return "" if limits.multiple_of is None else f" x {_inline(limits.multiple_of)}"


def _shifts(shifts: tuple[tuple[int, ir.Length], ...]) -> str:
    return "".join(f" {'-' if sign < 0 else '+'}{_inline(length)}" for sign, length in shifts)
