"""Parses one block. Lark is built once and kept; a block that cannot be read yields one problem."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import cast

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.lexer import PatternStr
from platformdirs import user_cache_path

from criteria_dsl import phrasebook, suggest
from criteria_dsl import tree as t
from criteria_dsl.blocks import Block
from criteria_dsl.build import Builder
from criteria_dsl.bullets import MAX_DEPTH, RESERVED_TYPE, Bullets, TooDeepError
from criteria_dsl.lexing import Words
from criteria_dsl.problem import Report
from criteria_dsl.source import Span, end_of_words

_WORD = re.compile(r"[A-Za-z]\w*(?:-\w+)*")
_NAME_IN_FRONT = re.compile(r"(?<![\w-])([A-Za-z]\w*(?:-\w+)*) +$")
_OPEN_TIME = re.compile(r"\b(?:within|at least|at most|more than|less than|the)[ \n]+[\d.]+[ \n]+[\w-]+$")
BLOCK_WORDS = (
    *("protocol", "measure", "library", "parameter", "index", "use", "define", "include", "exclude"),
    *("population", "diagnosis", "measurement", "assessment", "finding", "medication", "procedure"),
    *("visit", "order", "device-order", "allergy", "vaccine", "report", "codes"),
    "cohort",
    *("family-history", "coverage", "consent", "device", "answer", "survey", "mention"),
)
# Words that open a block or name a kind in a policy line, and are names (or a stage) everywhere else.
_FREE = frozenset(("family-history", "coverage", "consent", "device", "answer", "survey", "mention"))
# What a terminal is called in a message.
_TIME_WORDS = frozenset(
    ("within", "during", "between", "before", "after", "since", "up", "at", "on", "more", "less", "starting")
).union(("ending", "overlapping", "entirely", "throughout", "recorded"))
_POLICY_WORDS = frozenset(
    ("missing", "outdated", "unconfirmed", "undated", "unmapped", "unreadable", "review", "join")
)
_STATEMENT_WORDS = frozenset(
    (
        *("age", "all", "any", "at", "clinician", "day", "end", "every", "exactly"),
        *("first", "highest", "lowest", "mean", "median", "second", "third", "fourth", "fifth"),
        *("most", "none", "no", "not", "patient", "screener", "start", "died", "recording"),
    )
)
# What people mean by signs that stand where none can.
_OF_SIGNS = {
    ",": "statements are bullets below `all of` or `any of`, names are joined by `or`",
    ";": "statements are bullets below `all of` or `any of`",
    "(": "an aside stands behind `#`; parentheses are for calculations",
    ".": "a statement ends without a full stop",
}
# Many reserved words that are one thing to a reader.
_GROUPS = (
    (_STATEMENT_WORDS, "a statement"),
    (_TIME_WORDS, "a time phrase such as `within 90 days before index`"),
    (_POLICY_WORDS, "a policy line"),
    (frozenset(BLOCK_WORDS[10:]) - {"codes", "cohort"}, "a kind such as `diagnosis`"),
)
# Reserved words that are also words of FHIR's lists.
_WORDS_OF_FIELDS = frozenset(("order", "medication", "allergy", "patient", "unknown", "yes", "no"))
_CALLED = {
    "NAME": "a name",
    "NUMBER": "a number",
    "RATIO": "`ratio of A to B on the same day`",
    "SLOPE": "`slope of A per year`",
    "PER": "`per`",
    "RESULTS": "`results of at least 3 days`",
    "IN_A_ROW": "`consecutive`",
    "RECORDS": "`records of`",
    "RELATIVES": "`relatives with`",
    "OVER": "`over at most`",
    "WHICHEVER": "`whichever applies`",
    "APPLIES": "`applies`",
    "STABLE": "`stable dose`",
    "DOSE": "`dose`",
    "DAYS_KIND": "`consecutive` or `total`",
    "ANSWERS": "`answers`",
    "WITH": "`with`",
    "DATE_WORD": "`date`",
    "NUMBER_WORD": "`number`",
    "ONE": "`one of`",
    "NOTES_ANSWER": "`ignored`, `review`, `fill gaps` or `decide`",
    "DATE": "a date such as `2026-01-31`",
    "TIME": "`days`, `weeks`, `months` or `years`",
    "UNIT": "a unit",
    "STRING": 'quoted words, "…"',
    "CMP": "`>=`, `<=`, `>` or `<`",
    "CODE": "a code",
    "VERSION": "a version",
    "_INDENT": "bullets (`- …`) on the lines below",
    "_BULLET": "another bullet",
}


@cache
def grammar_text() -> tuple[str, frozenset[str]]:
    """The grammar as the parser takes it, and every word that is grammar and therefore no name."""
    text = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    rules = text[: text.index("// --- words")]
    bare = re.sub(r"//[^\n]*", "", rules)
    reserved = frozenset(word for word in re.findall(r'"([^"\n]+)"', bare) if _WORD.fullmatch(word))
    reserved -= _FREE
    either = "|".join(sorted(map(re.escape, reserved), key=lambda word: (-len(word), word)))
    return text.replace("RESERVED", either), reserved


def reserved_words() -> frozenset[str]:
    """Every word of the grammar: none of them is a name."""
    return grammar_text()[1]


def grammar_rules() -> Lark:
    """The parser, whose rules and terminals are what the reference and generated texts are made of."""
    return _lark()


@cache
def _lark(whole: bool = False) -> Lark:
    """The parser; `whole`: its trees keep every word."""
    text, reserved = grammar_text()
    bullets = Bullets()
    bullets.reserved = reserved
    return Lark(
        text,
        parser="lalr",
        lexer=Words,
        propagate_positions=True,
        postlex=bullets,
        keep_all_tokens=whole,
        maybe_placeholders=not whole,
        cache=_kept_tables(whole),
    )


def _kept_tables(whole: bool) -> str | bool:
    """Where the user's own cache holds the parser's tables; lark checks that they are of this grammar.

    Working them out takes longer than compiling a protocol. Without a folder to write to nothing is kept.
    """
    folder = user_cache_path("eligibility", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return str(folder / f"grammar-{'whole' if whole else 'plain'}.lark")


def parse_tree(text: str) -> Tree[Token]:
    """The parse tree of a block that `parse` takes, with every word in it."""
    return _lark(whole=True).parse(text)


@cache
def _parser() -> tuple[Lark, dict[str, str]]:
    """The parser, and what each keyword terminal stands for."""
    lark = _lark()
    words = {
        terminal.name: terminal.pattern.value
        for terminal in lark.terminals
        if isinstance(terminal.pattern, PatternStr)
    }
    return lark, words


def parse(block: Block, report: Report) -> t.Node | None:
    """The node of a block, or None with a problem reported."""
    source, offset = block.span.source, block.span.start
    first = _WORD.match(block.text)
    if first is None or first[0] not in BLOCK_WORDS:
        _report_start(block, first[0] if first else "", report)
        return None
    lark, _ = _parser()
    try:
        node: t.Node = Builder(source, offset).transform(lark.parse(block.text))
    except TooDeepError as error:
        at = offset + (error.token.start_pos or 0)
        report.add(
            "E003",
            Span(source, at, at + 1),
            f"nested deeper than {MAX_DEPTH} levels",
            "name an inner part with `define`",
        )
        return None
    except UnexpectedInput as error:
        _report_syntax(block, error, report)
        return None
    return node


def _report_start(block: Block, word: str, report: Report) -> None:
    span = Span(block.span.source, block.span.start, block.span.start + max(1, len(word)))
    if block.text.startswith("-"):
        report.add("E106", span, "a bullet cannot stand at the margin", "indent it by two spaces")
        return
    if block.text.startswith("|"):
        report.add("E106", span, "the protocol's words stand below a heading", "indent this line")
        return
    near = suggest.nearest(word, BLOCK_WORDS)
    hint = f"did you mean `{near}`?" if near else "indent the line if it continues the one above"
    shown = word or block.text[0]
    report.add("E106", span, f"no block begins with `{shown}`", hint)


def _report_syntax(block: Block, error: UnexpectedInput, report: Report) -> None:
    source, offset = block.span.source, block.span.start
    if isinstance(error, UnexpectedCharacters):
        at = min(cast(int, error.pos_in_stream), len(block.text) - 1)
        span = Span(source, offset + at, offset + at + 1)
        if phrasebook.report(span, block.span, report):
            return
        character = block.text[at]
        shown = f"`{character}`" if character.isprintable() else f"the character U+{ord(character):04X}"
        hint = 'a quotation ends on its own line, with `"`' if character == '"' else ""
        report.add("E105", span, f"{shown} is not used here", hint)
        return
    if isinstance(error, UnexpectedToken):
        accepted = frozenset(error.expected if report.is_long else error.accepts or error.expected)
        _report_token(block, error.token, accepted, report)


def _report_token(block: Block, token: Token, accepted: frozenset[str], report: Report) -> None:
    source, offset = block.span.source, block.span.start
    _, words = _parser()
    if token.type in ("$END", "_DEDENT", "_BULLET", "_INDENT"):
        _report_break(block, token, accepted, report)
        return
    at = offset + (token.start_pos or 0)
    span = Span(source, at, offset + (token.end_pos or 0))
    if phrasebook.report(span, block.span, report):
        return
    keywords = sorted(words[name] for name in accepted if name in words and _WORD.fullmatch(words[name]))
    near = suggest.nearest(str(token), keywords) if token.type in ("NAME", RESERVED_TYPE) else None
    if near:
        report.add("E101", span, f"`{token}` is not a word of the language here", f"did you mean `{near}`?")
        return
    hint = _OF_SIGNS.get(str(token)) or _one_word(block, token) or _expected(accepted)
    if [words.get(name) for name in accepted] == ["if"]:
        hint = "bullets begin with `if …:` here; a list has `all of` or `any of` on the line above it"
    if token.type == RESERVED_TYPE and "NAME" in accepted:
        message = f"`{token}` is a word of the language, so it cannot be a name"
        report.add("E107", span, message, hint)
        return
    report.add("E103", span, f"`{token}` cannot stand here", hint)


def _one_word(block: Block, token: Token) -> str:
    """What to do with two names side by side: `asthma exacerbations`; "" where there are none."""
    front = _NAME_IN_FRONT.search(block.text, 0, token.start_pos or 0)
    if token.type != "NAME" or front is None or front[1] in reserved_words():
        return ""
    return f"a name is one word: define `{front[1]}-{token}`, or say the rest in a phrase of the language"


def _report_break(block: Block, token: Token, accepted: frozenset[str], report: Report) -> None:
    """A block, or a bullet, that stops or goes on where it must not."""
    source, offset = block.span.source, block.span.start
    text = block.text
    if token.type == "$END":
        end = end_of_words(text)
        span = Span(source, offset + max(0, end - 1), offset + end)
        if not _report_open_time(block, end, accepted, report) and not phrasebook.report(
            span, block.span, report
        ):
            report.add("E104", span, "this block stops too early", _expected(accepted))
        return
    at = token.start_pos or 0
    before = len(text[:at].rstrip())
    if token.type == "_DEDENT" or (token.type == "_BULLET" and "_BULLET" not in accepted):
        span = Span(source, offset + max(0, before - 1), offset + before)
        if _report_open_time(block, before, accepted, report):
            return
        # Only bullets that each have a condition need a last one.
        last = token.type == "_DEDENT" and "_BULLET" in accepted
        hint = "the last bullet says what holds where no condition does: `- otherwise: …`"
        report.add("E104", span, "this bullet stops too early", hint if last else _expected(accepted))
        return
    dash = text.find("-", at)
    span = Span(source, offset + dash, offset + dash + 1)
    report.add(
        "E103",
        span,
        "a bullet cannot stand here",
        "bullets follow `all of`, `any of`, `at least 2 of`, `whichever applies`, `first available of`, "
        "`points`, `is`, `as` or `when`",
    )


def _report_open_time(block: Block, end: int, accepted: frozenset[str], report: Report) -> bool:
    """A time that does not say from when it is counted: `within 6 months`."""
    found = _OPEN_TIME.search(block.text, 0, end)
    _, words = _parser()
    if found is None or {words.get(name) for name in accepted} - {"of"} != {"before", "after"}:
        return False
    span = Span(block.span.source, block.span.start + found.start(), block.span.start + end)
    written = " ".join(found[0].split())
    message = f"`{written}` does not say from when it is counted"
    report.add("E104", span, message, f"write `{written} before index`, or another moment")
    return True


def _expected(accepted: frozenset[str]) -> str:
    _, words = _parser()
    named = [_CALLED[name] for name in _CALLED if name in accepted]
    literal = {words[name] for name in accepted if name in words}
    for group, called in _GROUPS:
        if group <= literal:
            literal -= group
            named.append(called)
    if "NAME" in accepted:
        literal -= _WORDS_OF_FIELDS
    choices = [*named, *sorted(f"`{word}`" for word in literal)]
    if not choices:
        return ""
    if len(choices) == 1:
        return f"expected {choices[0]}"
    return f"expected {', '.join(choices[:-1])} or {choices[-1]}"
