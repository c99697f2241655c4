"""Reads a case file, block by block; a block that cannot be read spoils no other."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args
from lark.tree import Meta

from criteria_dsl.blocks import Block, cut
from criteria_dsl.cases import tree as c
from criteria_dsl.problem import CriteriaError, Report
from criteria_dsl.source import Source, Span, end_of_words, read
from criteria_dsl.tree import Word

_WORD = re.compile(r'"([a-z][a-z-]*)"')


def parse_cases(text: str, *, name: str) -> c.CaseFile:
    """The cases of a file. Raises `CriteriaError` with every problem."""
    report = Report()
    source = read(name, text)
    header: tuple[Word, c.Day] | None = None
    parameters: dict[str, tuple[str, str] | c.Quantity] = {}
    cases: list[c.Case] = []
    for block in cut(source, report):
        found = _parse(block, report)
        match found:
            case ("header", protocol, day):
                header = (protocol, day)
            case ("parameter", parameter, value):
                parameters[parameter] = value
            case c.Case():
                cases.append(found)
    if header is None and not report.failed:
        start = Span(source, 0, min(1, len(source.text)))
        report.add(
            "T001", start, "the file has no heading", 'begin with `cases for "X.elig" as of 2026-06-01`'
        )
    _check_names(cases, report)
    if report.failed or header is None:
        raise CriteriaError(report.problems(name))
    return c.CaseFile(header[0], header[1], parameters, tuple(cases))


def _check_names(cases: list[c.Case], report: Report) -> None:
    seen: set[str] = set()
    for case in cases:
        if case.name in seen:
            report.add("T002", case.span, f'there are two cases "{case.name}"', "give one another name")
        seen.add(case.name)


def case_tokens(text: str) -> list[Token]:
    """The words of one block, in order."""
    tree = _lark(whole=True).parse(text)
    return list(tree.scan_values(lambda value: isinstance(value, Token)))


@cache
def _lark(whole: bool = False) -> Lark:
    text = files(__package__).joinpath("cases.lark").read_text(encoding="utf-8")
    reserved = sorted(set(_WORD.findall(text)), key=lambda word: (-len(word), word))
    grammar = text.replace("RESERVED", "|".join(map(re.escape, reserved)))
    return Lark(
        grammar,
        parser="lalr",
        lexer="contextual",
        propagate_positions=True,
        keep_all_tokens=whole,
        maybe_placeholders=not whole,
    )


def _parse(block: Block, report: Report) -> Any:
    source, offset = block.span.source, block.span.start
    try:
        return _Builder(source, offset).transform(_lark().parse(block.text))
    except UnexpectedInput as error:
        at = min(getattr(error, "pos_in_stream", None) or 0, max(0, end_of_words(block.text) - 1))
        token = getattr(error, "token", None)
        length = len(token) if isinstance(token, Token) and token.type != "$END" else 1
        accepted = sorted(
            word for word in (getattr(error, "accepts", None) or getattr(error, "expected", None) or ())
        )
        shown = ", ".join(f"`{word.lower()}`" if word.isupper() else word for word in accepted[:8])
        report.add(
            "T003",
            Span(source, offset + at, offset + at + length),
            "this cannot stand here in a case",
            f"expected {shown}" if shown else "",
        )
        return None


@v_args(meta=True, inline=True)
class _Builder(Transformer[Token, Any]):
    def __init__(self, source: Source, offset: int) -> None:
        super().__init__()
        self._source, self._offset = source, offset

    def _span(self, meta: Meta) -> Span:
        return Span(self._source, meta.start_pos + self._offset, meta.end_pos + self._offset)

    def _word(self, token: Token) -> Word:
        start = (token.start_pos or 0) + self._offset
        return Word(str(token), Span(self._source, start, (token.end_pos or 0) + self._offset))

    def _quoted(self, token: Token) -> Word:
        word = self._word(token)
        return Word(word.text[1:-1], word.span)

    def start(self, meta: Meta, node: Any) -> Any:
        return node

    def header(self, meta: Meta, protocol: Token, day: Token) -> tuple[str, Word, c.Day]:
        word = self._word(day)
        return "header", self._quoted(protocol), c.Day(word.text, word.span)

    def parameter(self, meta: Meta, name: Token, value: Any) -> tuple[str, str, Any]:
        return "parameter", str(name), value

    def span(self, meta: Meta, first: Token, last: Token | None) -> tuple[str, str]:
        return str(first), str(last or first)

    def amount(self, meta: Meta, number: Token, unit: Token | None) -> c.Quantity:
        return c.Quantity("", str(number), str(unit or ""))

    def case(self, meta: Meta, name: Token, *parts: Any) -> c.Case:
        return c.Case(
            str(name)[1:-1],
            tuple(part for part in parts if not isinstance(part, c.Expectation)),
            tuple(part for part in parts if isinstance(part, c.Expectation)),
            self._span(meta),
        )

    def given(self, meta: Meta, node: Any) -> Any:
        return node

    def given_answer(
        self,
        meta: Meta,
        keyword: Token,
        criterion: Token,
        question: Token | None,
        answer: c.Quantity | Word,
        when: c.When | None,
    ) -> c.GivenAnswer:
        asked = None if question is None else self._quoted(question)
        return c.GivenAnswer(self._word(criterion), asked, answer, when, self._span(meta))

    def given_note(self, meta: Meta, keyword: Token, text: Token, when: c.When | None) -> c.GivenNote:
        return c.GivenNote(self._quoted(text), when, self._span(meta))

    def number_answered(self, meta: Meta, number: Token, unit: Token | None) -> c.Quantity:
        return c.Quantity("", str(number), str(unit or ""))

    def words_answered(self, meta: Meta, said: Token) -> Word:
        return self._quoted(said) if said.type == "STRING" else self._word(said)

    def person(self, meta: Meta, *parts: Any) -> c.GivenPerson:
        found: dict[str, c.Day] = dict(part for part in parts if isinstance(part, tuple))
        details = tuple(part for part in parts if isinstance(part, c.FieldValue))
        return c.GivenPerson(found.get("born"), found.get("died"), details, self._span(meta))

    def born(self, meta: Meta, day: c.Day) -> tuple[str, c.Day]:
        return "born", day

    def died(self, meta: Meta, day: c.Day) -> tuple[str, c.Day]:
        return "died", day

    def detail(self, meta: Meta, name: Token, value: Token) -> c.FieldValue:
        quoted = value.type == "STRING"
        return c.FieldValue(self._word(name), self._quoted(value) if quoted else self._word(value), quoted)

    def care(self, meta: Meta, when: c.When | None) -> c.GivenCare:
        return c.GivenCare(when, self._span(meta))

    def fact(self, meta: Meta, name: Token, *details: Any) -> c.GivenFact:
        said: dict[str, Any] = {}
        fields: list[c.FieldValue] = []
        when = None
        for part in details:
            if isinstance(part, c.When):
                when = part
            elif isinstance(part, tuple) and part[0] == "fields":
                fields += part[1]
            elif isinstance(part, tuple):
                said[part[0]] = part[1:]
        result = said.get("result", (None, False))
        return c.GivenFact(
            self._word(name),
            result[0],
            result[1],
            said.get("normal"),
            tuple(fields),
            when,
            said.get("called", (None,))[0],
            said.get("within", (None,))[0],
            self._span(meta),
        )

    def quantity(
        self, meta: Meta, comparator: Token | None, number: Token, unit: Token | None
    ) -> tuple[str, c.Quantity, bool]:
        sign = {"≥": ">=", "≤": "<="}.get(str(comparator), str(comparator or ""))
        return "result", c.Quantity(sign, str(number), str(unit or "")), False

    def coded(self, meta: Meta, name: Token) -> tuple[str, Word, bool]:
        return "result", self._word(name), False

    def worded(self, meta: Meta, words: Token) -> tuple[str, Word, bool]:
        return "result", self._quoted(words), True

    def result(self, meta: Meta, said: tuple[str, Any, bool]) -> tuple[str, Any, bool]:
        return said

    def whose(self, meta: Meta, *fields: c.FieldValue) -> tuple[str, list[c.FieldValue]]:
        return "fields", list(fields)

    def word_field(self, meta: Meta, name: Token, value: Token) -> c.FieldValue:
        return c.FieldValue(self._word(name), self._word(value))

    def amount_field(self, meta: Meta, name: Token, value: c.Quantity) -> c.FieldValue:
        return c.FieldValue(self._word(name), value)

    def worded_field(self, meta: Meta, name: Token, value: Token) -> c.FieldValue:
        return c.FieldValue(self._word(name), self._quoted(value), True)

    def normal(self, meta: Meta, low: Token, high: Token, unit: Token | None) -> tuple[str, str, str, str]:
        return "normal", str(low), str(high), str(unit or "")

    def called(self, meta: Meta, name: Token) -> tuple[str, Word]:
        return "called", self._word(name)

    def within(self, meta: Meta, name: Token) -> tuple[str, Word]:
        return "within", self._word(name)

    def at(self, meta: Meta, moment: c.Moment) -> c.When:
        return c.When(moment, moment, single=True)

    def during(self, meta: Meta, start: c.Moment, end: c.Moment | None) -> c.When:
        return c.When(start, end)

    def until(self, meta: Meta, end: c.Moment) -> c.When:
        return c.When(None, end)

    def day(self, meta: Meta, token: Token) -> c.Day:
        word = self._word(token)
        return c.Day(word.text, word.span)

    def on_day(self, meta: Meta, day: c.Day, clock: Token | None) -> c.Moment:
        return c.Moment(day, (), self._span(meta), str(clock or ""))

    def index(self, meta: Meta, clock: Token | None) -> c.Moment:
        return c.Moment(None, (), self._span(meta), str(clock or ""))

    def way(self, meta: Meta, token: Token) -> int:
        return -1 if str(token) == "before" else 1

    def shifted(self, meta: Meta, count: Token, unit: Token, way: int, base: c.Moment) -> c.Moment:
        shift = (way, int(float(count)), str(unit).removesuffix("s"))
        return c.Moment(base.day, (*base.shifts, shift), self._span(meta), base.clock)

    def outcome(self, meta: Meta, *words: Token) -> str:
        return " ".join(map(str, words))

    verdict = outcome

    def criterion(self, meta: Meta, name: Token, outcome: str, reason: Token | None) -> c.Expectation:
        why = self._word(reason) if reason is not None else None
        return c.Expectation(self._word(name), outcome, why, self._span(meta))

    def patient(self, meta: Meta, verdict: str, cohort: Token | None) -> c.Expectation:
        return c.Expectation(
            None, verdict, self._word(cohort) if cohort is not None else None, self._span(meta)
        )
