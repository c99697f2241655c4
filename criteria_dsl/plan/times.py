"""Moments and windows: days, both ends included; an event's own edge is exact."""

from __future__ import annotations

from datetime import date

from criteria_dsl import tree as t
from criteria_dsl.names import Entry, Sort, sort_of
from criteria_dsl.plan import ages, reach, rows  # windows hold rows, and rows hold windows
from criteria_dsl.plan.context import Scope, lookup, wrong_sort
from criteria_dsl.plan.limits import whole_number
from criteria_dsl.plan.terms import TermFacts
from criteria_dsl.problem import RejectedError, Report
from eligibility import program as ir
from eligibility.instants import DAY, day_start

_ONE_DAY = ir.Duration(1, "day")
_EVENTS = (ir.Event, ir.AnyEvent)
MAX_LENGTH = 10_000


def duration(report: Report, length: t.Length, *, hours: bool = False) -> ir.Duration:
    """A calendar length. Raises RejectedError for hours where a window counts whole days."""
    if length.unit == "hour" and not hours:
        hint = "write days: `on` a day, or `within 1 day`, which is up to 48 hours"
        raise report.reject("E208", length.span, "a window counts whole days, not hours", hint)
    return ir.Duration(whole_number(report, length.number, 1, MAX_LENGTH), length.unit)


def day_number(report: Report, word: t.Word) -> int:
    """Days since 1970-01-01 of a written date. Raises RejectedError for a day that never was."""
    try:
        return day_start(date.fromisoformat(word.text)) // DAY
    except ValueError:
        raise report.reject("E309", word.span, f"`{word.text}` is not a day of the calendar", "") from None


def moment(scope: Scope, node: t.Moment) -> ir.Moment:
    """A moment with its shifts. Raises RejectedError."""
    shifts = tuple((sign, duration(scope.report, length)) for sign, length in node.shifts)
    return _moved(_base(scope, node.base), shifts)


def _moved(at: ir.Moment, shifts: tuple[tuple[int, ir.Length], ...]) -> ir.Moment:
    """The same moment moved further."""
    if not shifts:
        return at
    moved = (*at.shifts, *shifts)
    match at:
        case ir.Given():
            return ir.Given(at.name, at.edge, moved)
        case ir.Literal():
            return ir.Literal(at.day, moved)
        case ir.Birth():
            return ir.Birth(tuple((sign, one) for sign, one in moved if isinstance(one, ir.Duration)))
        case ir.Event():
            return ir.Event(at.edge, at.pick, at.rows, moved)
        case ir.AnyEvent():
            return ir.AnyEvent(at.edge, at.rows, moved)


def _base(scope: Scope, base: t.Base) -> ir.Moment:
    if base.form == "index":
        return ir.Given("index")
    if base.form == "birth":
        return ir.Birth()
    if base.name is None:
        raise RejectedError(base.form)
    if base.form == "date":
        return ir.Literal(day_number(scope.report, base.name))
    entry = lookup(scope, base.name)
    sort = sort_of(entry)
    name = base.name.text
    if base.form == "name":
        if sort is Sort.DATE:
            return ir.Given(entry.name)
        hint = {
            Sort.PERIOD: f"write `start of {name}` or `end of {name}`",
            Sort.PICK: f"write `start of {name}`, `end of {name}` or `day of {name}`",
            Sort.TERM: f"write `start of any {name}`, or name one: `define first-one as first {name}`",
            Sort.ROWS: f"write `start of any {name}`, or name one: `define first-one as first {name}`",
        }.get(sort, "")
        raise scope.report.reject("E205", base.span, f"`{name}` names {sort.called}, not a moment", hint)
    edge = ir.Edge.END if base.form == "day" else ir.Edge(base.form)
    if base.any:
        return _any_event(scope, base, entry, edge)
    return _edge(scope, base, entry, edge)


def _edge(scope: Scope, base: t.Base, entry: Entry, edge: ir.Edge) -> ir.Moment:
    sort = sort_of(entry)
    name = entry.name
    if sort is Sort.PERIOD and base.form in ("start", "end"):
        return ir.Given(name, edge)
    if sort is Sort.PICK:
        chosen, planned = rows.plan_pick(scope, entry)
        if not chosen.by_time or chosen.place > 1:
            message = f"`{name}` is the {chosen.words} record, which is no moment here"
            raise scope.report.reject("E205", base.span, message, "only `most recent` and `first` say when")
        return ir.Event(edge, chosen.pick, planned.rows)
    if sort in (Sort.TERM, Sort.ROWS):
        hint = f"write `{'end' if base.form == 'day' else base.form} of any {name}`, or name one: "
        hint += f"`define last-one as most recent {name}`"
        raise scope.report.reject("E205", base.span, f"there may be many `{name}`: which one is meant?", hint)
    wanted = "one picked record" if base.form == "day" else "a period or one picked record"
    raise wrong_sort(scope, base.name or t.Word(name, base.span), entry, wanted)


def _any_event(scope: Scope, base: t.Base, entry: Entry, edge: ir.Edge) -> ir.Moment:
    if base.form == "day":
        raise scope.report.reject(
            "E205", base.span, "`day of` needs one record", f"write `end of any {entry.name}`"
        )
    if sort_of(entry) is Sort.PICK:
        message = f"`{entry.name}` is one record already"
        raise scope.report.reject("E205", base.span, message, f"write `{base.form} of {entry.name}`")
    word = base.name or t.Word(entry.name, base.span)
    planned = rows.plan_names(scope, (word,), word.span)
    return ir.AnyEvent(edge, planned.rows)


def window(scope: Scope, node: t.Window, term: TermFacts | None = None) -> ir.Window:
    """The stretch of time a phrase means; half-lives are those of `term`. Raises RejectedError."""
    match node:
        case t.Within() | t.TheSpan():
            return _around(scope, node, term)
        case t.Bounded():
            return _bounded(scope, node, term)
        case t.During():
            return _during(scope, node)
        case t.Between():
            lower, upper = moment(scope, node.first), moment(scope, node.last)
            if isinstance(lower, ir.AnyEvent) and isinstance(upper, ir.AnyEvent) and lower.rows != upper.rows:
                hint = "name one of the two with `define … as first …` or `most recent …`"
                message = "two ends with `any` mean one record, so both need the same name"
                raise scope.report.reject("E207", node.span, message, hint)
            return _named(lower, upper, node.span.text)
        case t.Relative():
            return _relative(scope, node)
        case t.AtAge():
            return ages.window(scope, node)


def _named(lower: ir.Moment | None, upper: ir.Moment | None, text: str) -> ir.Window:
    later = upper is not None and not _is_up_to_index(upper)
    return ir.Window(lower, upper, asks_later=later, text=text)


def _is_up_to_index(at: ir.Moment) -> bool:
    return isinstance(at, ir.Given) and at.name == "index" and all(sign < 0 for sign, _ in at.shifts)


def _reach(scope: Scope, node: t.Reach, term: TermFacts | None, at: ir.Moment) -> ir.Length:
    length = reach.reach(scope.report, node, term)
    if isinstance(at, ir.Birth) and isinstance(length, ir.LongerOf):
        message = "an age is one length, whatever the day of birth"
        raise scope.report.reject("E243", node.span, message, "write the one that is meant")
    return length


def _around(scope: Scope, node: t.Within | t.TheSpan, term: TermFacts | None) -> ir.Window:
    at = moment(scope, node.moment)
    length = _reach(scope, node.length, term, at)
    lower = at if node.side == "after" else _moved(at, ((-1, length),))
    upper = at if node.side == "before" else _moved(at, ((1, length),))
    return _named(lower, upper, node.span.text)


def _bounded(scope: Scope, node: t.Bounded, term: TermFacts | None) -> ir.Window:
    at = moment(scope, node.moment)
    length = _reach(scope, node.length, term, at)
    sign = -1 if node.side == "before" else 1
    far = _moved(at, ((sign, length),))
    match node.bound:
        case "at least":
            edge, open_end = far, True
        case "more than":
            edge, open_end = _moved(far, ((sign, _ONE_DAY),)), True
        case "at most":
            edge, open_end = far, False
        case _:
            edge, open_end = _moved(far, ((-sign, _ONE_DAY),)), False
    if open_end:
        return _named(None, edge, node.span.text) if sign < 0 else _named(edge, None, node.span.text)
    return _named(edge, at, node.span.text) if sign < 0 else _named(at, edge, node.span.text)


def _during(scope: Scope, node: t.During) -> ir.Window:
    entry = lookup(scope, node.period)
    name = entry.name
    if node.any:
        if sort_of(entry) is Sort.PICK:
            hint = f"write `between start of {name} and end of {name}`"
            raise scope.report.reject("E205", node.span, f"`{name}` is one record already", hint)
        at = t.Base("start", node.span, node.period, True)
        first, last = (_any_event(scope, at, entry, edge) for edge in (ir.Edge.START, ir.Edge.END))
        return _named(first, last, node.span.text)
    if sort_of(entry) is not Sort.PERIOD:
        hint = "declare one: `parameter name is a period`, or write `between … and …`"
        if sort_of(entry) in (Sort.TERM, Sort.ROWS):
            hint = f"write `any {name}`"
        elif sort_of(entry) is Sort.PICK:
            hint = f"write `between start of {name} and end of {name}`"
        raise wrong_sort(scope, node.period, entry, "a period", hint)
    start, end = ir.Given(entry.name, ir.Edge.START), ir.Given(entry.name, ir.Edge.END)
    return ir.Window(start, end, asks_later=True, text=node.span.text)


def _relative(scope: Scope, node: t.Relative) -> ir.Window:
    at = moment(scope, node.moment)
    text = node.span.text
    exact = isinstance(at, _EVENTS) and not at.shifts
    match node.word:
        case "before":
            if exact:
                return ir.Window(None, at, exact=True, asks_later=True, text=text)
            return _named(None, _moved(at, ((-1, _ONE_DAY),)), text)
        case "after":
            if exact:
                return ir.Window(at, None, exact=True, text=text)
            return _named(_moved(at, ((1, _ONE_DAY),)), None, text)
        case "since":
            return _named(at, None, text)
        case "up to":
            return _named(None, at, text)
    if node.moment.shifts:
        moved = node.moment.span.text
        hint = f"write `at least {moved}`, `within {moved}`, or `between … and …`"
        raise scope.report.reject(
            "E214", node.span, "a single day is `at index`, or an edge or date itself", hint
        )
    check_at_word(scope.report, node)
    return _named(at, at, text)


def check_at_word(report: Report, node: t.Relative) -> None:
    """`at index`, `at birth`, `at start of …`, `at end of …`; `on` a date or the day of a record."""
    base = node.moment.base.form
    right = "on" if base in ("date", "day", "name") else "at"
    if node.word != right:
        place = f"{right} {node.moment.span.text}"
        raise report.reject(
            "E214", node.span, f"`{node.word}` does not go with this moment", f"write `{place}`"
        )


def fixed_moment(scope: Scope, node: t.Relative) -> ir.Given | ir.Literal:
    """A moment that is the same for all patients, as age needs one. Raises RejectedError."""
    at = moment(scope, node.moment)
    if isinstance(at, ir.Event | ir.AnyEvent | ir.Birth):
        hint = "use `index`, a date, or the start or end of a period"
        message = "age is asked at a moment given for the run"
        raise scope.report.reject("E205", node.moment.span, message, hint)
    check_at_word(scope.report, node)
    return at
