"""Drugs and the ends of their records: times counted from one of them, and ends that few records say."""

from __future__ import annotations

from collections.abc import Iterator

from criteria_dsl import tree as t
from criteria_dsl.linting.rule import Found, rule
from criteria_dsl.linting.text import Text, all_of, any_of
from eligibility import program as ir
from eligibility.facts import Kind

_NEVER = "who never took it has no end of it and does not meet this; one without an end leaves it open"
_LATER = "one that is to end later does not end in this time, and one without an end leaves it open"


@rule(
    "L157",
    "a washout counted from one end",
    "Only what ended has an end: not what was never taken, and what goes on ends outside of the time.",
)
def end_of_one(text: Text) -> Iterator[Found]:
    for node in text.walk(t.EdgeIs):
        window, picked = node.window, _picked(text, node)
        if node.edge.text != "end" or picked is None or picked.pick != "most recent":
            continue
        if not isinstance(window, t.Bounded | t.Within) or window.side != "before":
            continue
        if all(_is_drug(text, word.text) for word in picked.rows.names):
            long_ago = isinstance(window, t.Bounded) and window.bound in ("at least", "more than")
            found = _in_time(picked.rows, window)
            hint = f"for a washout write `{'no ' if long_ago else ''}{found}`"
            yield Found(node.span, _NEVER if long_ago else _LATER, hint)


def _picked(text: Text, node: t.EdgeIs) -> t.Picked | None:
    """The pick whose end is meant, written there or in the definition that is named."""
    if isinstance(node.picked, t.Picked):
        return node.picked
    entry = text.file.names.get(node.picked.text)
    value = entry.node.value if entry is not None and isinstance(entry.node, t.Define) else None
    return value.picked if isinstance(value, t.PickedValue) else None


@rule(
    "L158",
    "a drug that has to be taken now",
    "Few orders say when they end, so that a drug `at index` is a question for most who take it.",
)
def taken_now(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        if criterion.polarity is not ir.Polarity.INCLUDE:
            continue
        for leaf in (one for part in all_of(criterion.statement) for one in any_of(part)):
            if isinstance(leaf, ir.Exists) and all(map(_is_open_at_index, leaf.rows.selections)):
                names = " or ".join(dict.fromkeys(one.term for one in leaf.rows.selections))
                yield Found(
                    node.name.span,
                    f"an order of {names} that goes on without an end leaves `{leaf.text}` open",
                    "ask for `whose status is active`, and for its start (`starting within … before index`), "
                    "or say `undated means yes`",
                )


def _is_open_at_index(selection: ir.Selection) -> bool:
    """Whether the records of a drug have to go on at index, and nothing is said of those without an end."""
    if selection.kind is not Kind.MEDICATION or selection.policy.undated is not ir.Answer.UNKNOWN:
        return False
    index = ir.Given("index")
    windows = [test.window for test in selection.tests if isinstance(test, ir.TimeTest)]
    return any(window.lower == index and window.upper == index for window in windows)


def _in_time(rows: t.Rows, window: t.Bounded | t.Within) -> str:
    """The records that reach into the time."""
    names = " or ".join(word.text for word in rows.names)
    length = window.length.span.text
    return " ".join(f"{names} overlapping the {length} before {window.moment.span.text}".split())


def _is_drug(text: Text, name: str) -> bool:
    """Whether a name is a medication, or a definition of nothing else."""
    declared = text.declared.get(name)
    if declared is not None:
        return declared.kind is Kind.MEDICATION
    defined = next((n for n in text.file.nodes if isinstance(n, t.Define) and n.name.text == name), None)
    match defined:
        case t.Define(value=t.RowsValue(rows=rows)) if rows.names:
            return all(_is_drug(text, word.text) for word in rows.names)
    return False
