"""Turns line breaks into bullet tokens by the column of the bullet (the off-side rule).

A deeper `-` opens a list, an equal one continues it, a shallower one closes lists; a line without a
bullet that begins no deeper than the bullets above it closes them too. All other line breaks vanish.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token
from lark.lark import PostLex

MAX_DEPTH = 20
RESERVED_TYPE = "RESERVED"


class TooDeepError(Exception):
    """Bullets or parentheses nest deeper than `MAX_DEPTH`; `token` is the one too many."""

    def __init__(self, token: Token) -> None:
        super().__init__("nested too deeply")
        self.token = token


class Bullets(PostLex):
    """The pass between lexer and parser. Reserved words that stand where a name is due are marked."""

    # NAME is always read, so that a keyword never matches inside a longer word.
    always_accept = ("_NL", "NAME")

    def __init__(self) -> None:
        self.reserved: frozenset[str] = frozenset()

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        columns: list[int] = []
        parentheses = 0
        last = Token("_NL", "", start_pos=0, line=1, column=1, end_line=1, end_column=1, end_pos=0)
        for token in stream:
            if token.type == "_NL":
                yield from _line_break(token, columns, last)
                continue
            if token.type in ("LPAR", "RPAR"):
                parentheses += 1 if token.type == "LPAR" else -1
                if parentheses > MAX_DEPTH:
                    raise TooDeepError(token)
            elif token.type == "NAME" and token.value in self.reserved:
                token = Token.new_borrow_pos(RESERVED_TYPE, token.value, token)
            yield token
            last = token
        for _ in columns:
            yield _after("_DEDENT", last)


def _line_break(token: Token, columns: list[int], last: Token) -> Iterator[Token]:
    begin = token.value.rsplit("\n", 1)[-1]
    column = len(begin) - len(begin.lstrip(" "))
    bullet = begin[column : column + 1] == "-"
    while columns and (column < columns[-1] or (not bullet and column <= columns[-1])):
        columns.pop()
        yield _after("_DEDENT", last)
    if not bullet:
        return
    dash = Token.new_borrow_pos("_BULLET", "-", token)
    dash.start_pos = (token.end_pos or 0) - len(begin) + column
    dash.end_pos = (dash.start_pos or 0) + 1
    if not columns or column > columns[-1]:
        if len(columns) >= MAX_DEPTH:
            raise TooDeepError(dash)
        columns.append(column)
        yield _after("_INDENT", last)
    yield dash


def _after(kind: str, last: Token) -> Token:
    token = Token.new_borrow_pos(kind, "", last)
    token.start_pos = token.end_pos = last.end_pos
    return token
