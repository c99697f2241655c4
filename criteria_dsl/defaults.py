"""The policies in force, criterion by criterion, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from criteria_dsl.plan.criteria import leaves
from eligibility import program as ir
from eligibility.facts import Kind

_KNOWN_IF_ABSENT = {Kind.OBSERVATION, Kind.ANSWER, Kind.ALLERGY, Kind.DEMOGRAPHIC, Kind.REPORT}
_UNKNOWN_IF_OLD = {Kind.OBSERVATION, Kind.ANSWER, Kind.REPORT}


def print_defaults(program: ir.Program) -> str:
    """One paragraph per criterion: what each kind of doubt means there."""
    parts = [f"{program.id} version {program.version}"]
    for criterion in program.criteria:
        parts.append(f"\n{criterion.polarity} {criterion.id} {criterion.label!r}".replace("'", '"'))
        lines = dict.fromkeys(_lines(criterion.statement))
        if criterion.applies_to is not None:
            lines.update(dict.fromkeys(_lines(criterion.applies_to)))
        parts += [f"  {line}" for line in lines] or ["  no policy applies"]
    return "\n".join(parts) + "\n"


def _lines(statement: ir.Statement) -> Iterator[str]:
    for leaf in leaves(statement):
        match leaf:
            case ir.Ask():
                yield f"the {leaf.responder}'s answer: unknown until it is given"
            case ir.AgeIs() | ir.PersonIs():
                yield "age and fields of the person: unknown where the record does not say"
            case ir.ValueIs():
                for rows in _rows_of(leaf.value):
                    yield from _of_rows(rows)
                if leaf.policy.borderline:
                    yield f"within {leaf.policy.borderline:.1%} of a limit: unknown"
            case ir.EdgeIs():
                yield from _of_rows(leaf.event.rows)
            case _:
                yield from _of_rows(leaf.rows)


def _rows_of(value: ir.Value) -> Iterator[ir.Rows]:
    match value:
        case ir.Picked(rows=rows):
            yield rows
        case ir.Arithmetic(left=left, right=right):
            yield from _rows_of(left)
            yield from _rows_of(right)
        case ir.FirstAvailable(options=options):
            for option in options:
                yield from _rows_of(option)


def _of_rows(rows: ir.Rows) -> Iterator[str]:
    for selection in rows.selections:
        yield f"{selection.term}: {_said(selection)}"


def _said(selection: ir.Selection) -> str:
    policy, kind = selection.policy, selection.kind
    missing = policy.missing or (ir.Answer.UNKNOWN if kind in _KNOWN_IF_ABSENT else None)
    outdated = policy.outdated or (ir.Answer.UNKNOWN if kind in _UNKNOWN_IF_OLD else ir.Answer.NO)
    said = [
        f"missing {_means(missing)}",
        f"outdated means {outdated}",
        f"unconfirmed means {policy.unconfirmed}",
        f"undated means {policy.undated}",
        f"unmapped means {policy.unmapped}",
        f"unreadable means {policy.unreadable}",
    ]
    if policy.borderline:
        said.append(f"within {policy.borderline:.1%} of a limit means unknown")
    return ", ".join(said)


def _means(answer: ir.Answer | None) -> str:
    return f"means {answer}" if answer else "means no where the record covers the time, else unknown"
