"""Criteria that repeat, rule out or empty each other."""

from __future__ import annotations

from collections.abc import Iterator

from criteria_dsl import tree as t
from criteria_dsl.linting.rule import Found, rule
from criteria_dsl.linting.text import Text, all_of, any_of, negation
from eligibility import program as ir

Pair = tuple[t.Criterion, ir.Criterion]


def _required(criterion: ir.Criterion) -> Iterator[ir.Statement]:
    """Statements that have to be true for the criterion to be met."""
    if criterion.applies_to is not None or criterion.cohorts:
        return
    if criterion.polarity in (ir.Polarity.POPULATION, ir.Polarity.COHORT):
        return
    if criterion.polarity is ir.Polarity.INCLUDE:
        yield from all_of(criterion.statement)
    else:
        yield from (negation(part) for part in any_of(criterion.statement))


def _pairs(text: Text) -> Iterator[tuple[Pair, Pair]]:
    known = list(text.planned())
    for i, one in enumerate(known):
        for other in known[:i]:
            yield one, other


@rule("L120", "the same criterion twice", "Two criteria that say the same count a patient's failure twice.")
def duplicate(text: Text) -> Iterator[Found]:
    for (node, one), (_, other) in _pairs(text):
        same = one.statement == other.statement and one.applies_to == other.applies_to
        same = same and one.cohorts == other.cohorts
        if same and one.polarity is other.polarity and one.polarity is not ir.Polarity.POPULATION:
            yield Found(node.name.span, f"`{one.id}` says the same as `{other.id}`", "take one of them out")


@rule("L121", "nobody can pass", "What one criterion asks for, another rules out.")
def contradiction(text: Text) -> Iterator[Found]:
    for (node, one), (_, other) in _pairs(text):
        theirs = set(_required(other))
        if any(negation(part) in theirs for part in _required(one)):
            yield Found(
                node.name.span, f"nobody meets both `{one.id}` and `{other.id}`", "one of them is wrong"
            )


@rule(
    "L122", "inclusion and exclusion say the same", "An exclusion that mirrors an inclusion is counted twice."
)
def mirrored(text: Text) -> Iterator[Found]:
    for (node, one), (_, other) in _pairs(text):
        if one.polarity is other.polarity:
            continue
        mine, theirs = set(_required(one)), set(_required(other))
        if mine and mine == theirs:
            yield Found(
                node.name.span,
                f"`{one.id}` is `{other.id}` turned round",
                "keep the one that the protocol has",
            )


@rule("L123", "limits that exclude each other", "Two criteria test the same value, and no value fits both.")
def empty_range(text: Text) -> Iterator[Found]:
    for (node, one), (_, other) in _pairs(text):
        theirs = _limits(other)
        for subject, (low, high) in _limits(one).items():
            if subject in theirs and (low > theirs[subject][1] or high < theirs[subject][0]):
                message = f"no value meets both `{one.id}` and `{other.id}`"
                yield Found(node.name.span, message, "one of them is wrong")


@rule("L124", "limit without effect", "Another criterion already asks for more of the same value.")
def implied_limit(text: Text) -> Iterator[Found]:
    for (node, one), (_, other) in [*_pairs(text), *((b, a) for a, b in _pairs(text))]:
        mine, theirs = _limits(one), _limits(other)
        if not mine or not all(_is_limit(part) for part in _required(one)):
            continue
        inside = [
            subject in theirs and low <= theirs[subject][0] and theirs[subject][1] <= high
            for subject, (low, high) in mine.items()
        ]
        if all(inside) and mine != {subject: theirs[subject] for subject in mine}:
            message = f"`{other.id}` already asks for more than `{one.id}`"
            yield Found(node.name.span, message, "take it out")


def _is_limit(part: ir.Statement) -> bool:
    return isinstance(part, ir.ValueIs | ir.AgeIs)


def _limits(criterion: ir.Criterion) -> dict[object, tuple[float, float]]:
    """What is tested, and between which limits it has to lie for the criterion to be met."""
    infinite = float("inf")
    found: dict[object, tuple[float, float]] = {}
    for part in _required(criterion):
        match part:
            case ir.ValueIs(value=value, range=limits):
                subject: object = (value, limits.unit)
                ends: tuple[float | None, float | None] = (limits.low, limits.high)
            case ir.AgeIs(at=at, low=low, high=high):
                subject, ends = ("age", at), (low, high)
            case _:
                continue
        lower = -infinite if ends[0] is None else float(ends[0])
        upper = infinite if ends[1] is None else float(ends[1])
        known = found.get(subject, (-infinite, infinite))
        found[subject] = (max(lower, known[0]), min(upper, known[1]))
    return found


@rule("L125", "one window inside another", "The wider of two windows already covers the narrower one.")
def inner_window(text: Text) -> Iterator[Found]:
    for (node, one), (_, other) in [*_pairs(text), *((b, a) for a, b in _pairs(text))]:
        if one.polarity is not ir.Polarity.EXCLUDE or other.polarity is not ir.Polarity.EXCLUDE:
            continue
        for mine in any_of(one.statement):
            for theirs in any_of(other.statement):
                if isinstance(mine, ir.Exists) and isinstance(theirs, ir.Exists) and _inside(mine, theirs):
                    message = f"`{other.id}` already excludes whom `{one.id}` excludes"
                    yield Found(node.name.span, message, "keep the longer window")


def _inside(narrow: ir.Exists, wide: ir.Exists) -> bool:
    """Whether the same rows are asked for in a window that lies within the other's."""
    if len(narrow.rows.selections) != 1 or len(wide.rows.selections) != 1:
        return False
    one, other = narrow.rows.selections[0], wide.rows.selections[0]
    mine, theirs = _look_back(one), _look_back(other)
    if mine is None or theirs is None or mine >= theirs:
        return False
    return _without_times(one) == _without_times(other)


def _without_times(selection: ir.Selection) -> object:
    tests = tuple(test for test in selection.tests if not isinstance(test, ir.TimeTest))
    relations = tuple(test.relation for test in selection.tests if isinstance(test, ir.TimeTest))
    return selection.kind, selection.value_set, tests, relations, selection.excepts, selection.policy


_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4, "year": 365.2}


def _look_back(selection: ir.Selection) -> float | None:
    """How many days before index a plain look-back begins; infinite without a window."""
    windows = [test.window for test in selection.tests if isinstance(test, ir.TimeTest)]
    if not windows:
        return float("inf")
    if len(windows) > 1 or windows[0].upper not in (None, ir.Given("index")):
        return None
    lower = windows[0].lower
    if lower is None:
        return float("inf")
    if not isinstance(lower, ir.Given) or lower.name != "index":
        return None
    if any(sign > 0 for sign, _ in lower.shifts):
        return None
    lengths = [length for _, length in lower.shifts if isinstance(length, ir.Duration)]
    if len(lengths) < len(lower.shifts):
        return None
    return sum(length.count * _DAYS.get(length.unit, 0.0) for length in lengths)


@rule(
    "L126",
    "no bullet can be true with its negation",
    "A list that asks for a thing and its absence cannot be met.",
)
def bullets_contradict(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        yield from _contradicting(node, criterion.statement)


def _contradicting(node: t.Criterion, statement: ir.Statement) -> Iterator[Found]:
    match statement:
        case ir.All(parts=parts) | ir.AnyOf(parts=parts):
            if any(negation(part) in parts for part in parts):
                said = "false" if isinstance(statement, ir.All) else "true"
                yield Found(
                    node.name.span, f"a bullet of `{criterion_id(node)}` and its opposite: always {said}"
                )
            for part in parts:
                yield from _contradicting(node, part)
        case ir.Not(part=part):
            yield from _contradicting(node, part)


def criterion_id(node: t.Criterion) -> str:
    return node.name.text


@rule(
    "L127",
    "labels that are the same",
    "Reports show labels; two criteria of one label cannot be told apart there.",
)
def same_label(text: Text) -> Iterator[Found]:
    seen: dict[str, t.Criterion] = {}
    for node in text.criteria:
        first = seen.setdefault(node.label.text, node)
        if first is not node:
            yield Found(node.label.span, f"`{first.name.text}` has the same label", "say what differs")


@rule(
    "L128", "exclusion of an absence", "Excluding who has no X is including who has X, and reads better so."
)
def excluded_absence(text: Text) -> Iterator[Found]:
    for node in text.criteria:
        if node.polarity == "exclude" and isinstance(node.statement, t.Absent):
            wanted = node.statement.rows.span.text
            yield Found(
                node.statement.span, "an exclusion of an absence", f"write it as `include` with `{wanted}`"
            )
