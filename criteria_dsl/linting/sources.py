"""Our words beside the protocol's own: numbers that are lost, words that no record can decide."""

from __future__ import annotations

import re
from collections.abc import Iterator

from criteria_dsl import tree as t
from criteria_dsl.linting.rule import Found, rule
from criteria_dsl.linting.text import Text, nodes
from criteria_dsl.linting.twins import twins
from eligibility import program as ir

_NUMBER = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)?)(?![\w]*\d)")
_ITEM = re.compile(r"^\s*(?:[A-Za-z]{0,2}\d+[.)]|\(?[a-z\d]+\))\s*")
_BODY_SURFACE = re.compile(r"1[.,]73 ?m")  # a unit, not a limit
_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12,
}  # fmt: skip
# Words that two readers read differently, unless the text says what they stand for.
_VAGUE = (
    "recent", "recently", "adequate", "significant", "clinically relevant", "uncontrolled", "unstable",
    "stable", "severe", "serious", "abnormal", "impaired", "normal function", "high dose", "chronic",
    "current", "poorly controlled", "suitable", "appropriate",
)  # fmt: skip


@rule(
    "L160",
    "no words of the protocol",
    "A criterion stands beside the words it comes from, so that it can be reviewed.",
)
def unquoted(text: Text) -> Iterator[Found]:
    for node in text.criteria:
        if not node.quotes and node.polarity not in ("population", "cohort"):
            yield Found(
                node.name.span, f"`{node.name.text}` quotes nothing", "add the protocol's own line below `|`"
            )


@rule("L161", "a number that was lost", "A number in the protocol's words stands nowhere in ours.")
def lost_number(text: Text) -> Iterator[Found]:
    planned = {node.name.text: criterion for node, criterion in text.planned()}
    for node in text.criteria:
        shown = node.span.source.text[node.statement.span.start : node.span.end]
        ours = _numbers(" ".join((shown, *_defaults(text, shown))))
        ours |= {n * k for n in ours for k in (7.0, 12.0, 30.0)} | {n / 12 for n in ours}
        source = " ".join(_BODY_SURFACE.sub("", _ITEM.sub("", line)) for line in node.quotes)
        if node.name.text in planned:  # of a limit in two units, ours needs one
            ours |= {
                n
                for twin in twins(source, planned[node.name.text])
                for n in twin.numbers
                if ours & {*twin.numbers}
            }
        lost = [said for said in _NUMBER.findall(source) if float(said.replace(",", ".")) not in ours]
        asked = any(True for _ in nodes(node.statement, t.Confirms))
        named = any(True for _ in nodes(node.statement, t.Negated)) or _is_name(node.statement)
        if lost and ours and not asked and not named:
            yield Found(node.name.span, f"the source says {', '.join(lost)}, and this criterion does not")


def _defaults(text: Text, shown: str) -> Iterator[str]:
    """What the parameters stand for that are named in words of ours."""
    for parameter in text.program.parameters if text.program is not None else ():
        if re.search(rf"(?<![\w-]){re.escape(parameter.name)}(?![\w-])", shown):
            yield parameter.value


def _numbers(text: str) -> set[float]:
    found = {float(shown.replace(",", ".")) for shown in _NUMBER.findall(text)}
    return found | {float(value) for word, value in _WORDS.items() if re.search(rf"\b{word}\b", text)}


def _is_name(statement: t.Statement) -> bool:
    """A name alone: the numbers stand in its definition."""
    return isinstance(statement, t.Present) and not statement.rows.clauses


@rule(
    "L162", "words that two people read differently", "Vague words need a definition, a limit or a question."
)
def vague(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        source = " ".join(node.quotes).lower()
        said = [word for word in _VAGUE if re.search(rf"\b{word}\b", source)]
        decided = any(
            True
            for kind in (ir.Ask, ir.Range, ir.TimeTest, ir.WordTest, ir.SetTest)
            for _ in nodes(criterion.statement, kind)
        )
        if said and not decided:
            message = f"“{said[0]}” is read differently by different people, and nothing here says how"
            yield Found(node.name.span, message, "add a limit, a window, or `clinician confirms …`")


@rule("L163", "an exception that was lost", "The source makes an exception, ours makes none.")
def lost_exception(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        source = " ".join(node.quotes).lower()
        excepts = re.search(r"\b(except|other than|unless|excluding|with the exception)\b", source)
        shown = node.span.source.text[node.statement.span.start : node.span.end]
        kept = re.search(r"\b(except|unless|not|no|none|otherwise|if|confirms)\b", shown)
        held = any(selection.excepts for selection in nodes(criterion.statement, ir.Selection))
        minus = any(
            text.value_sets[s.value_set].minus
            for s in nodes(criterion.statement, ir.Selection)
            if s.value_set in text.value_sets
        )
        if excepts and not kept and not held and not minus and criterion.applies_to is None:
            yield Found(node.name.span, f"the source says “{excepts[0]}”, and nothing is excepted here")


@rule(
    "L164",
    "investigator's judgement from the record",
    "What the source leaves to an investigator is asked of one.",
)
def judgement(text: Text) -> Iterator[Found]:
    for node, criterion in text.planned():
        source = " ".join(node.quotes).lower()
        left = re.search(r"\b(investigator|in the opinion of|judgement of|judgment of|discretion)\b", source)
        asks = any(True for _ in nodes(criterion.statement, ir.Ask))
        if left and not asks:
            yield Found(
                node.name.span,
                f"the source leaves it to judgement (“{left[0]}”)",
                "add `clinician confirms …`",
            )


@rule("L165", "polarity against the heading", "The source's own words turn the heading round.")
def turned(text: Text) -> Iterator[Found]:
    for node in text.criteria:
        source = _ITEM.sub("", node.quotes[0]).strip().lower() if node.quotes else ""
        denies = re.match(r"(no|absence of|free of|without)\b", source)
        if node.polarity == "exclude" and denies and not isinstance(node.statement, t.Absent):
            message = f"below `exclude` the source begins with “{denies[0]}”"
            yield Found(node.name.span, message, "is it an inclusion?")
