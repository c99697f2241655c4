"""From lark's parse tree to the nodes of tree.py. Decides nothing about meaning."""

from __future__ import annotations

from typing import Any

from lark import Token, v_args
from lark.tree import Meta

from criteria_dsl import tree as t
from criteria_dsl.building.attributes import AttributeRules
from criteria_dsl.building.changes import ChangeRules
from criteria_dsl.building.choices import ChoiceRules, Limits
from criteria_dsl.building.functions import FunctionRules
from criteria_dsl.building.lengths import LengthRules
from criteria_dsl.building.limits import LimitRules
from criteria_dsl.building.questions import QuestionRules
from criteria_dsl.building.relations import RelationRules
from criteria_dsl.source import Span


def _signs(way: str) -> int:
    return -1 if way == "before" else 1


@v_args(meta=True, inline=True)
class Builder(
    AttributeRules,
    ChangeRules,
    ChoiceRules,
    FunctionRules,
    LengthRules,
    LimitRules,
    QuestionRules,
    RelationRules,
):
    """Builds the nodes of one block; rules of a family are in `building`."""

    # --- one-word rules: the keyword tokens joined by a space

    def _phrase(self, meta: Meta, *tokens: Token) -> t.Word:
        return t.Word(" ".join(str(token) for token in tokens), self._span(meta))

    header_kind = system = kind = polarity = responder = doubt = answer = all_any_none = bound_words = _phrase
    has_word = pick = field_name = relation = word = unit = bound = side = way = at_word = edge = _phrase
    operator = longer_word = higher_lower = function = change = _phrase

    def start(self, meta: Meta, node: t.Node) -> t.Node:
        return node

    # --- blocks

    def header(
        self, meta: Meta, kind: t.Word, name: Token, version: Token, title: Token, *lines: Any
    ) -> t.Header:
        return t.Header(
            kind.text,
            self._word(name),
            self._word(version),
            self._quoted(title),
            tuple(line for line in lines if isinstance(line, t.PolicyLine)),
            self._span(meta),
            tuple(line for line in lines if isinstance(line, t.Amendment)),
        )

    def parameter(
        self, meta: Meta, name: Token, sort: Token, unit: Token | None, default: Any
    ) -> t.Parameter:
        first, last = default or (None, None)
        measured = self._word(unit) if unit is not None else None
        return t.Parameter(self._word(name), self._word(sort), first, last, self._span(meta), measured)

    def default(self, meta: Meta, first: Token, last: Token | None) -> tuple[t.Word, t.Word | None]:
        return self._word(first), self._word(last) if last is not None else None

    def index(self, meta: Meta, moment: t.Moment) -> t.Index:
        return t.Index(moment, self._span(meta))

    def names_listed(self, meta: Meta, *names: Token) -> tuple[t.Word, ...]:
        return tuple(self._word(name) for name in names)

    names = one_name = names_listed

    def use(self, meta: Meta, names: tuple[t.Word, ...], library: Token, version: Token) -> t.Use:
        return t.Use(names, self._quoted(library), self._word(version), self._span(meta))

    def also(self, meta: Meta, *wordings: Token) -> tuple[t.Word, ...]:
        return tuple(self._quoted(wording) for wording in wordings)

    def term(
        self,
        meta: Meta,
        kind: t.Word,
        name: Token,
        also: Any,
        unit: Token | None,
        analyte: t.Word | None,
        normal: Any,
        half_life: t.Length | None,
        *rest: Any,
    ) -> t.Term:
        return t.Term(
            kind,
            self._word(name),
            also or (),
            self._word(unit) if unit is not None else None,
            tuple(source for source in rest if source is not None and not isinstance(source, tuple)),
            next((source for source in rest if isinstance(source, tuple)), ()),
            self._span(meta),
            normal,
            half_life,
            analyte,
        )

    def analyte(self, meta: Meta, keyword: Token, name: Token) -> t.Word:
        return self._word(name)

    def coded(self, meta: Meta, system: t.Word, *codes: Token) -> t.Coded:
        return t.Coded(system, False, tuple(self._word(code) for code in codes))

    def coded_elsewhere(self, meta: Meta, uri: Token, *codes: Token) -> t.Coded:
        return t.Coded(self._quoted(uri), True, tuple(self._word(code) for code in codes))

    def from_set(self, meta: Meta, url: Token) -> t.FromSet:
        return t.FromSet(self._quoted(url))

    def from_names(self, meta: Meta, names: tuple[t.Word, ...]) -> t.FromNames:
        return t.FromNames(names)

    def quotes(self, meta: Meta, *lines: Token) -> tuple[str, ...]:
        return tuple(str(line)[1:].strip() for line in lines)

    def define_when(
        self,
        meta: Meta,
        name: Token,
        taken: Any,
        quotes: Any,
        statement: t.Statement,
        *policies: t.PolicyLine,
    ) -> t.Define:
        return t.Define(self._word(name), statement, None, policies, self._span(meta), taken or ())

    def define_as(
        self, meta: Meta, name: Token, taken: Any, quotes: Any, value: t.Value, *policies: t.PolicyLine
    ) -> t.Define:
        return t.Define(self._word(name), None, value, policies, self._span(meta), taken or ())

    def criterion(
        self, meta: Meta, polarity: t.Word, name: Token, label: Token, quotes: tuple[str, ...], *rest: Any
    ) -> t.Criterion:
        return t.Criterion(
            polarity.text,
            self._word(name),
            self._quoted(label),
            quotes,
            tuple(part for part in rest if isinstance(part, t.Attribute)),
            next(part for part in rest if not isinstance(part, t.Attribute | t.PolicyLine)),
            tuple(part for part in rest if isinstance(part, t.PolicyLine)),
            self._span(meta),
        )

    # --- statements

    def quantifier(self, meta: Meta, form: t.Word | tuple[t.Word, t.Word]) -> tuple[str, t.Word | None, Span]:
        if isinstance(form, t.Word):
            return form.text, None, self._span(meta)
        return form[0].text, form[1], self._span(meta)

    def count(self, meta: Meta, bound: t.Word, number: Token) -> tuple[t.Word, t.Word]:
        return bound, self._word(number)

    def group(self, meta: Meta, head: tuple[str, t.Word | None, Span], *rest: Any) -> t.Group:
        parts = tuple(part for part in rest if not isinstance(part, Token))
        return t.Group(head[0], head[1], parts, self._span(meta), head[2])

    def present(self, meta: Meta, rows: t.Rows) -> t.Present:
        return t.Present(rows, self._span(meta))

    def lone_pick(self, meta: Meta, picked: t.Picked) -> t.LonePick:
        return t.LonePick(picked, self._span(meta))

    def absent(self, meta: Meta, rows: t.Rows) -> t.Absent:
        return t.Absent(rows, self._span(meta))

    def negated(self, meta: Meta, name: Token, arguments: Any) -> t.Negated:
        return t.Negated(self._word(name), arguments or (), self._span(meta))

    def counted(self, meta: Meta, count: tuple[t.Word, t.Word], rows: t.Rows) -> t.Counted:
        return t.Counted(count[0].text, count[1], rows, self._span(meta))

    def every(self, meta: Meta, rows: t.Rows, test: t.Test) -> t.EveryIs:
        return t.EveryIs(rows, test, self._span(meta))

    def named_is(self, meta: Meta, rows: t.Rows, test: t.Test | Limits) -> t.Statement:
        return self._tested(meta, test, lambda one, span: t.NamedIs(rows, one, span))

    def picked_is(self, meta: Meta, picked: t.Picked, test: t.Test | Limits) -> t.Statement:
        return self._tested(meta, test, lambda one, span: t.PickedIs(picked, one, span))

    def result(self, meta: Meta, rows: t.Rows, has: t.Word) -> t.HasResult:
        return t.HasResult(rows, has.text == "no", self._span(meta))

    def edge_is(self, meta: Meta, edge: t.Word, picked: t.Picked, window: t.Window) -> t.EdgeIs:
        return t.EdgeIs(edge, picked, window, self._span(meta))

    def age_is(self, meta: Meta, word: t.Word, moment: t.Moment, test: t.Test | Limits) -> t.Statement:
        at = t.Relative(word.text, moment, word.span.to(moment.span))
        return self._tested(meta, test, lambda one, span: t.AgeIs(at, one, span))

    # --- rows

    def picked(self, meta: Meta, pick: t.Word, rows: t.Rows) -> t.Picked:
        return t.Picked(pick.text, rows, self._span(meta))

    plain_picked = picked

    def rows(self, meta: Meta, names: tuple[t.Word, ...], *rest: Any) -> t.Rows:
        excepted = next((part for part in rest if isinstance(part, t.Rows)), None)
        clauses = tuple(part for part in rest if part is not None and not isinstance(part, t.Rows))
        return t.Rows(names, clauses, excepted, self._span(meta))

    rows_excepted = lone_name = plain_rows = rows

    def of_clause(self, meta: Meta, test: t.Test) -> t.OfClause:
        return t.OfClause(test, self._span(meta))

    def whose_clause(self, meta: Meta, *fields: t.FieldTest) -> t.WhoseClause:
        return t.WhoseClause(fields, self._span(meta))

    def field(self, meta: Meta, name: t.Word, test: t.Test) -> t.FieldTest:
        return t.FieldTest(name, test, self._span(meta))

    def time_clause(self, meta: Meta, window: t.Window) -> t.TimeClause:
        return t.TimeClause(None, window, self._span(meta))

    def relation_clause(self, meta: Meta, relation: t.Word, window: t.Window) -> t.TimeClause:
        return t.TimeClause(relation, window, self._span(meta))

    def apart_clause(self, meta: Meta, bound: t.Word, length: t.Length) -> t.ApartClause:
        return t.ApartClause(bound.text, length, self._span(meta))

    def words(self, meta: Meta, *words: t.Word) -> tuple[t.Word, ...]:
        return words

    def among(self, meta: Meta, words: tuple[t.Word, ...]) -> t.Among:
        return t.Among(words, False, self._span(meta))

    def not_among(self, meta: Meta, words: tuple[t.Word, ...]) -> t.Among:
        return t.Among(words, True, self._span(meta))

    def quoted(self, meta: Meta, *words: Token) -> tuple[t.Word, ...]:
        return tuple(self._quoted(word) for word in words)

    def among_quoted(self, meta: Meta, words: tuple[t.Word, ...]) -> t.Quoted:
        return t.Quoted(words, False, self._span(meta))

    def not_among_quoted(self, meta: Meta, words: tuple[t.Word, ...]) -> t.Quoted:
        return t.Quoted(words, True, self._span(meta))

    # --- time

    def within(self, meta: Meta, length: t.Reach, side: t.Word, base: t.Base) -> t.Within:
        return t.Within(length, side.text, t.Moment(base, (), base.span), self._span(meta))

    def bounded(self, meta: Meta, bound: t.Word, length: t.Reach, way: t.Word, base: t.Base) -> t.Bounded:
        return t.Bounded(bound.text, length, way.text, t.Moment(base, (), base.span), self._span(meta))

    def the_span(self, meta: Meta, length: t.Reach, way: t.Word, base: t.Base) -> t.TheSpan:
        return t.TheSpan(length, way.text, t.Moment(base, (), base.span), self._span(meta))

    def whole_period(self, meta: Meta, name: Token) -> t.During:
        return t.During(self._word(name), True, self._span(meta))

    def during(self, meta: Meta, name: Token) -> t.During:
        return t.During(self._word(name), False, self._span(meta))

    def between_moments(self, meta: Meta, first: t.Moment, last: t.Moment) -> t.Between:
        return t.Between(first, last, self._span(meta))

    def before(self, meta: Meta, moment: t.Moment) -> t.Relative:
        return t.Relative("before", moment, self._span(meta))

    def after(self, meta: Meta, moment: t.Moment) -> t.Relative:
        return t.Relative("after", moment, self._span(meta))

    def up_to(self, meta: Meta, moment: t.Moment) -> t.Relative:
        return t.Relative("up to", moment, self._span(meta))

    def on_moment(self, meta: Meta, word: t.Word, moment: t.Moment) -> t.Relative:
        return t.Relative(word.text, moment, self._span(meta))

    def moment(self, meta: Meta, base: t.Base) -> t.Moment:
        return t.Moment(base, (), base.span)

    def shifted(self, meta: Meta, length: t.Length, way: t.Word, moment: t.Moment) -> t.Moment:
        return t.Moment(moment.base, (*moment.shifts, (_signs(way.text), length)), self._span(meta))

    def base_index(self, meta: Meta) -> t.Base:
        return t.Base("index", self._span(meta))

    def base_date(self, meta: Meta, day: Token) -> t.Base:
        return t.Base("date", self._span(meta), self._word(day))

    def base_name(self, meta: Meta, name: Token) -> t.Base:
        return t.Base("name", self._span(meta), self._word(name))

    def base_edge(self, meta: Meta, edge: t.Word, name: Token) -> t.Base:
        return t.Base(edge.text, self._span(meta), self._word(name))

    def base_any(self, meta: Meta, edge: t.Word, name: Token) -> t.Base:
        return t.Base(edge.text, self._span(meta), self._word(name), True)

    # --- values

    def value(self, meta: Meta, first: t.Value, *rest: Any) -> t.Value:
        if not rest:
            return first
        return t.Calculation((first, *rest[1::2]), rest[0::2], self._span(meta))

    def rows_value(self, meta: Meta, rows: t.Rows) -> t.RowsValue:
        return t.RowsValue(rows, self._span(meta))

    def picked_value(self, meta: Meta, picked: t.Picked) -> t.PickedValue:
        return t.PickedValue(picked, self._span(meta))

    def number_value(self, meta: Meta, number: Token, unit: t.Word | None) -> t.NumberValue:
        return t.NumberValue(self._word(number), unit, self._span(meta))

    def nested_value(self, meta: Meta, value: t.Value) -> t.Value:
        return value

    def age_value(self, meta: Meta, word: t.Word, moment: t.Moment) -> t.AgeAt:
        return t.AgeAt(t.Relative(word.text, moment, word.span.to(moment.span)), self._span(meta))

    def first_value(self, meta: Meta, *options: Any) -> t.FirstOf:
        return t.FirstOf(tuple(o for o in options if not isinstance(o, Token)), self._span(meta))
