"""Random texts from the grammar itself, so that a new construct is in them without a word here."""

from __future__ import annotations

import random
from functools import cache

from lark.grammar import NonTerminal, Rule, Symbol, Terminal
from lark.lexer import PatternStr

from criteria_dsl.parse import grammar_rules

_NAMES = ("diabetes", "HbA1c", "SBP", "statin", "a-long-name-of-some-term", "stroke", "X1")
_SAMPLES: dict[str, tuple[str, ...]] = {
    "NAME": _NAMES,
    "NUMBER": ("1", "2.5", "30", "-4", "100000"),
    "TIME": ("days", "months", "years", "hours", "week"),
    "UNIT": ("kg", "%", "mm[Hg]", "mL/min/{1.73_m2}", "mg/dL"),
    "DATE": ("2025-01-31", "2026-12-01"),
    "CODE": ("E11*", "4548-4", "C44.9", "860975"),
    "VERSION": ("1.0", "2026.1-beta", "3"),
    "STRING": ('"words"', '"some, longer: words # of - an author"', '""'),
    "QUOTED": ("| 1. The protocol's words, as they stand.", "|", "|   deeper # and no comment"),
    "CMP": (">=", "<", "≥", "=", "≤"),
    "TIMES_SIGN": ("x", "×"),
    "REFERENCE": ("ULN", "LLN"),
    "NORMAL": ("normal",),
    "IN_A_ROW": ("consecutive",),
    "RECORDS": ("records",),
    "RELATIVES": ("relatives", "relative"),
    "RATIO": ("ratio",),
    "SLOPE": ("slope",),
    "PER": ("per",),
    "RESULTS": ("results",),
    "OVER": ("over",),
    "WHICHEVER": ("whichever",),
    "APPLIES": ("applies",),
    "STABLE": ("stable",),
    "STABLE_OF": ("stable",),
    "DOSE": ("dose",),
    "DAYS_KIND": ("consecutive", "total"),
    "TO_POWER": ("to",),
    "ANALYTE": ("analyte",),
    "AMENDMENT": ("amendment",),
    "CHANGED": ("changed",),
    "PRIORITY": ("priority",),
    "ROUTE": ("route",),
    "NOTES": ("notes",),
    "NOTES_ANSWER": ("ignored", "review", "decide"),
    "FILL": ("fill",),
    "NOTED": ("noted",),
    "UNDER": ("under",),
    "ANSWERS": ("answers",),
    "WITH": ("with",),
    "DATE_WORD": ("date",),
    "NUMBER_WORD": ("number",),
    "ONE": ("one",),
}
_COMMENTS = ("# why", "# - not a bullet", '# with "quotes')
_DEEPEST = 9


def text(seed: int, blocks: int = 4) -> str:
    """A file of some blocks, with odd spacing and comments; the same seed gives the same text."""
    chance = random.Random(seed)
    return "".join(_block(chance) for _ in range(blocks))


def _block(chance: random.Random) -> str:
    words = _words(chance, NonTerminal("start"), 0)
    shown = ""
    column = 0
    columns: list[int] = []
    line_start = True
    for kind, word in words:
        if kind == "_INDENT":
            columns.append(columns[-1] + chance.choice((1, 2, 3)) if columns else chance.choice((1, 2, 4)))
        elif kind == "_BULLET":
            shown += f"{_end(chance)}{' ' * columns[-1]}- "
            line_start = True
            column = columns[-1] + 2
        elif kind == "_DEDENT":
            column = columns.pop()
            shown += f"{_end(chance)}{' ' * column}"
            line_start = True
        elif kind == "QUOTED":
            shown += f"\n{' ' * chance.choice((1, 2, 5))}{word}\n{' ' * 3}"
            line_start = True
        else:
            if not line_start:
                deeper = " " * (max([column, *columns]) + chance.choice((1, 2, 4)))
                shown += chance.choice((" ", " ", " ", "  ", f"{_end(chance)}{deeper}"))
            shown += word
            line_start = False
    return shown.rstrip() + _end(chance) + "\n" * chance.choice((0, 0, 1, 2))


def _end(chance: random.Random) -> str:
    if chance.random() < 0.04:
        return f"  {chance.choice(_COMMENTS)}\n"
    if chance.random() < 0.04:
        return f"\n{' ' * chance.choice((1, 2, 6))}{chance.choice(_COMMENTS)}\n"
    return "\n"


def _words(chance: random.Random, symbol: Symbol, depth: int) -> list[tuple[str, str]]:
    rules, keywords, least = _tables()
    if isinstance(symbol, Terminal):
        if symbol.name in ("_INDENT", "_BULLET", "_DEDENT"):
            return [(symbol.name, "")]
        word = keywords.get(symbol.name)
        return [(symbol.name, word if word is not None else chance.choice(_SAMPLES[symbol.name]))]
    choices = rules[symbol.name]
    if depth > _DEEPEST:
        low = min(_height(rule, least) for rule in choices)
        choices = [rule for rule in choices if _height(rule, least) == low]
    rule = chance.choice(choices)
    return [word for part in rule.expansion for word in _words(chance, part, depth + 1)]


def _height(rule: Rule, least: dict[str, int]) -> int:
    return max((least[part.name] for part in rule.expansion if isinstance(part, NonTerminal)), default=0) + 1


@cache
def _tables() -> tuple[dict[str, list[Rule]], dict[str, str], dict[str, int]]:
    """Rules by what they make, keyword terminals, and how deep each rule has to go at least."""
    lark = grammar_rules()
    rules: dict[str, list[Rule]] = {}
    for rule in lark.rules:
        rules.setdefault(rule.origin.name, []).append(rule)
    keywords = {t.name: t.pattern.value for t in lark.terminals if isinstance(t.pattern, PatternStr)}
    least = dict.fromkeys(rules, 1 << 20)
    for _ in rules:
        for name, choices in rules.items():
            least[name] = min(_height(rule, least) for rule in choices)
    return rules, keywords, least
