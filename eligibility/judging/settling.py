"""What would settle an undecided finding: the answers to get, the cheapest first.

An undecided leaf settles a criterion by itself when both its answers would decide it. Where no
single one does, all undecided leaves together are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from eligibility.facts import Kind
from eligibility.instants import is_finite, to_date
from eligibility.judging.context import Context
from eligibility.judging.evidence import collect, leaves_of
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Truth
from eligibility.judging.windows import bounds
from eligibility.program import (
    AgeIs,
    All,
    AnyEvent,
    AnyOf,
    Ask,
    Choice,
    Constant,
    Counted,
    Criterion,
    Died,
    Duration,
    EdgeIs,
    Every,
    Exists,
    Exposed,
    GreatestChange,
    InARow,
    Leaf,
    Not,
    NumberOf,
    PersonIs,
    Picked,
    PickedIsIn,
    Points,
    Rows,
    SameDayRatio,
    Slope,
    Statement,
    TimeTest,
    Value,
    ValueChoice,
    ValueIs,
    conditions_of,
)
from eligibility.reasons import Cause

_ASKING_COST = {"screener": 0, "patient": 1, "clinician": 3}
_LOOKING_COST = 2


Settling = tuple[tuple[Leaf, int], ...]  # undecided leaves with their causes


def settling_patterns(
    criterion: Criterion, leaves: Mapping[Leaf, Truth], patients: NDArray[np.int64]
) -> tuple[list[Settling], NDArray[np.int64]]:
    """What settles undecided findings: the distinct ways, and which is each patient's, int64[k].

    Patients of whom the leaves say the same for the same causes share a way.
    """
    own = leaves_of(criterion)
    pattern = np.zeros(len(patients), dtype=np.int64)
    for leaf in own:
        truth = leaves[leaf]
        told = truth.state[patients].astype(np.uint64) << np.uint64(32) | truth.causes[patients]
        _, which = np.unique(told, return_inverse=True)
        _, pattern = np.unique(pattern * len(patients) + which, return_inverse=True)
    _, first = np.unique(pattern, return_index=True)
    return [settling_leaves(criterion, leaves, patient) for patient in patients[first].tolist()], pattern


def settling_leaves(criterion: Criterion, leaves: Mapping[Leaf, Truth], patient: int) -> Settling:
    """For a patient with an undecided finding, the leaves to settle, in order."""
    own = leaves_of(criterion)
    given = {leaf: int(leaves[leaf].state[patient]) for leaf in own}
    alone, undecided = _alone(criterion, own, given)
    found = dict.fromkeys(part for leaf in alone or undecided for part in _asked_by(leaf, undecided))
    return tuple((leaf, int(leaves[leaf].causes[patient])) for leaf in sorted(found, key=settling_cost))


def ways_to_settle(
    criterion: Criterion, leaves: Mapping[Leaf, Truth], patient: int
) -> tuple[tuple[tuple[Leaf, int], ...], ...]:
    """The ways to decide an undecided finding of one patient: each is leaves to settle, with their causes.

    Of several ways any one is enough; all leaves of a way are needed.
    """
    own = leaves_of(criterion)
    given = {leaf: int(leaves[leaf].state[patient]) for leaf in own}
    alone, undecided = _alone(criterion, own, given)
    ways = [tuple(dict.fromkeys(_asked_by(leaf, undecided))) for leaf in alone] or [
        tuple(dict.fromkeys(part for leaf in undecided for part in _asked_by(leaf, undecided)))
    ]
    return tuple(tuple((leaf, int(leaves[leaf].causes[patient])) for leaf in way) for way in ways)


def _alone(
    criterion: Criterion, own: Sequence[Leaf], given: Mapping[Leaf, int]
) -> tuple[list[Leaf], list[Leaf]]:
    """The undecided leaves that decide the criterion by themselves, and all undecided ones."""
    undecided = [leaf for leaf in own if given[leaf] == UNKNOWN]
    alone = [
        leaf
        for leaf in undecided
        if all(_outcome(criterion, {**given, leaf: answer}) != UNKNOWN for answer in (FALSE, TRUE))
    ]
    return alone, undecided


def _asked_by(leaf: Leaf, undecided: Sequence[Leaf]) -> Iterator[Leaf]:
    """A leaf; in place of a value made of conditions alone, the undecided ones of these."""
    inner: dict[Leaf, None] = {}
    if isinstance(leaf, ValueIs):
        for condition in conditions_of(leaf.value):
            collect(condition, inner)
    asked = [one for one in inner if one in undecided]
    if not asked or not (isinstance(leaf, ValueIs) and _is_conditions(leaf.value)):
        yield leaf
    yield from asked


def _is_conditions(value: Value) -> bool:
    """Whether nothing but its conditions can leave a value open."""
    match value:
        case Constant() | Points():
            return True
        case ValueChoice(values=values):
            return all(_is_conditions(one) for one in values)
    return False


def settling_cost(leaf: Leaf) -> int:
    """How dear it is to settle a leaf: to ask the screener is cheapest, a clinician's time is dearest."""
    return _ASKING_COST.get(leaf.responder, 3) if isinstance(leaf, Ask) else _LOOKING_COST


def _outcome(criterion: Criterion, given: Mapping[Leaf, int]) -> int:
    """Whether the criterion is decided, as a Kleene state (polarity does not matter for that)."""
    state = _state(criterion.statement, given)
    if criterion.applies_to is None:
        return state
    # Polarity matters only with a condition of applicability: met where it does not apply.
    met = state if criterion.polarity != "exclude" else 2 - state
    return max(2 - _state(criterion.applies_to, given), met)


def _state(statement: Statement, given: Mapping[Leaf, int]) -> int:
    match statement:
        case Not():
            return 2 - _state(statement.part, given)
        case All():
            return min(_state(part, given) for part in statement.parts)
        case AnyOf():
            return max(_state(part, given) for part in statement.parts)
        case NumberOf():
            parts = [_state(part, given) for part in statement.parts]
            result = TRUE
            if statement.least is not None:
                result = min(result, _reach(parts, statement.least))
            if statement.most is not None:
                result = min(result, 2 - _reach(parts, statement.most + 1))
            return result
        case Choice():
            result = _state(statement.parts[-1], given)
            for condition, part in zip(
                reversed(statement.conditions), reversed(statement.parts[:-1]), strict=True
            ):
                asked, chosen = _state(condition, given), _state(part, given)
                if asked == TRUE or (asked == UNKNOWN and chosen == result):
                    result = chosen
                elif asked == UNKNOWN:
                    result = UNKNOWN
            return result
        case _:
            return given[statement]


def _reach(parts: Sequence[int], count: int) -> int:
    return (sum(p == TRUE for p in parts) >= count) + (sum(p != FALSE for p in parts) >= count)


# What settles a doubt about a record that is there, before anything new is asked for.
_ABOUT_THE_RECORD = (
    (int(Cause.DATA_CORRUPT), "the rejected record delivered again, which may hold {}"),
    (int(Cause.CODE_UNMAPPED), "a look at the record shown, whether it means {}"),
    (int(Cause.UNIT_UNRESOLVED), "the unit of the result shown for {}"),
    (int(Cause.STATUS_UNCONFIRMED), "a confirmation of the record shown for {}"),
    (int(Cause.RECORDED_TWICE), "a look at the records of {}: which tell of one event, or of one person"),
    (int(Cause.PARTIAL_DATE), "the full date of the record shown for {}"),
)


_OF_DRUGS = {int(Cause.PARTIAL_DATE): "whether {} of the record shown is still taken, or when it ended"}
_ABOUT_A_DOSE = int(Cause.DATA_NOT_FOUND | Cause.UNIT_UNRESOLVED | Cause.SOURCE_CONFLICT)


def phrase(context: Context, leaf: Leaf, causes: int = 0) -> str:
    """What to get or ask, in words: "a result of HbA1c, 2026-03-03 to 2026-06-01".

    `causes` of the undecided leaf say whether a record that is there should be looked at first.
    """
    names = _named_by(leaf)
    if isinstance(leaf, Exposed) and leaf.steady and causes & _ABOUT_A_DOSE:
        return f"the dose per day of {names} on each day{_when(context, leaf.rows)}"
    if names:
        for cause, words in _ABOUT_THE_RECORD:
            if causes & cause:
                return (_OF_DRUGS.get(cause, words) if _is_of_drugs(leaf) else words).format(names)
    match leaf:
        case Ask():
            return _asking(leaf)
        case AgeIs():
            return "the full date of birth"
        case Died():
            return f"whether and when the patient died {leaf.window.text}".rstrip()
        case PersonIs():
            return f"the patient's {leaf.column.replace('_', ' ')}"
        case ValueIs():
            return _of_value(context, leaf, causes)
        case PickedIsIn() | Every() | InARow():
            return f"a result of {_names(leaf.rows)}{_when(context, leaf.rows)}"
        case Counted(apart=Duration(count, unit)) if causes & Cause.COUNT:
            lying = f"at least {count} {unit}{'s' if count > 1 else ''} from those shown"
            return f"another record of {names}, {lying}{_when(context, leaf.rows)}"
        case Counted() | Exposed():
            return f"whether there are {leaf.text or _names(leaf.rows)}{_when(context, leaf.rows)}"
        case EdgeIs():
            return f"the date of {_names(leaf.event.rows)}"
        case Exists():
            return f"whether there is {_names(leaf.rows)}{_when(context, leaf.rows)}"


def _asking(leaf: Ask) -> str:
    """Whom to ask what: "ask the patient: How much do you weigh? (a number)"."""
    kind = leaf.type.value
    if leaf.options:
        kind += " " + ", ".join(f"“{option}”" for option in leaf.options)
    since = f", {leaf.since.text}" if leaf.since is not None and leaf.since.text else ""
    return f"ask the {leaf.responder}: {leaf.question} ({kind}{since})"


def _named_by(leaf: Leaf) -> str:
    """The terms a leaf is about; "" for leaves about the person or a question."""
    match leaf:
        case Exists() | Counted() | Exposed() | InARow() | Every() | PickedIsIn():
            return _names(leaf.rows)
        case EdgeIs():
            return _names(leaf.event.rows)
        case ValueIs() if isinstance(leaf.value, Picked | GreatestChange | Slope):
            return _names(leaf.value.rows)
        case _:
            return ""


def _is_of_drugs(leaf: Leaf) -> bool:
    """Whether a leaf is about records of drugs, of which few say when they end."""
    return isinstance(leaf, Exists) and {one.kind for one in leaf.rows.selections} == {Kind.MEDICATION}


def _of_value(context: Context, leaf: ValueIs, causes: int) -> str:
    if isinstance(leaf.value, Picked) and leaf.value.multiple_of and causes & Cause.NOT_COMPUTABLE:
        return f"the reference range of the result shown for {_names(leaf.value.rows)}"
    if isinstance(leaf.value, Picked):
        return f"a result of {_names(leaf.value.rows)}{_when(context, leaf.value.rows)}"
    if isinstance(leaf.value, Slope):
        rows = leaf.value.rows
        return f"results of {_names(rows)} of at least {leaf.value.least} days{_when(context, rows)}"
    if isinstance(leaf.value, SameDayRatio):
        above, below = leaf.value.above, leaf.value.below
        return f"results of {_names(above)} and of {_names(below)} of one day{_when(context, above)}"
    if isinstance(leaf.value, GreatestChange):
        within = f"{leaf.value.within.count} {leaf.value.within.unit}s"
        rows = leaf.value.rows
        return f"another result of {_names(rows)}{_when(context, rows)}, at most {within} from the next"
    return f"what is missing to compute: {leaf.text or 'the value'}"


def _names(rows: Rows) -> str:
    return " or ".join(dict.fromkeys(s.term for s in rows.selections))


def _when(context: Context, rows: Rows) -> str:
    """The first window of the rows as dates, where it is the same for everybody."""
    for selection in rows.selections:
        for test in selection.tests:
            if not isinstance(test, TimeTest):
                continue
            window = test.window
            if isinstance(window.lower, AnyEvent) or isinstance(window.upper, AnyEvent):
                return f" {window.text}".rstrip()
            lower, upper, _ = bounds(context, window)
            if (lower and not isinstance(lower.lo, int)) or (upper and not isinstance(upper.hi, int)):
                return f" {window.text}".rstrip()
            first = lower.lo if lower is not None and isinstance(lower.lo, int) else None
            last = upper.hi if upper is not None and isinstance(upper.hi, int) else context.cutoff
            if first is None:
                return f", up to {to_date(last)}" if is_finite(last) else ""
            until = f" to {to_date(last)}" if is_finite(last) else " or later"
            return f", {to_date(first)}{until}"
    return ""
