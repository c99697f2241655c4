"""The canonical text of a case file: a line for each thing given and each expectation, comments kept."""

from __future__ import annotations

from lark import Token

from criteria_dsl.blocks import cut
from criteria_dsl.cases.parse import case_tokens, parse_cases
from criteria_dsl.formatting.layout import comments_of, lay_out
from criteria_dsl.formatting.margin import Piece, blank_before, joined, margin
from criteria_dsl.formatting.words import Begin, Word
from criteria_dsl.problem import Report
from criteria_dsl.source import read

_LINES = frozenset(("GIVEN", "EXPECT"))


def format_cases(text: str, *, name: str = "protocol.cases.elig") -> str:
    """The canonical text. Raises `CriteriaError` where a case cannot be read."""
    parse_cases(text, name=name)
    source = read(name, text)
    blocks = cut(source, Report())
    pieces = margin(source, 0, blocks[0].span.start if blocks else len(source.text))
    for block in blocks:
        words = [_word(token) for token in case_tokens(block.text)]
        end = max((word.end for word in words), default=0)
        comments = comments_of(block.text)
        behind = next((c.at for c in comments if c.margin and c.at > end), len(block.text))
        inside = [comment for comment in comments if comment.at < behind]
        lines = lay_out(words, inside)
        lines += [f"  {c.text}" for c in inside if c.own and c.at > end]
        start = block.span.start
        pieces.append(Piece(lines, blank_before(source.text, start), body=len(lines) > 1))
        pieces += margin(source, start + behind, block.span.end)
    return joined(pieces)


def _word(token: Token) -> Word:
    begin = Begin.LINE if token.type in _LINES else Begin.SPACE
    keep = token.type in ("UNIT", "TIME")
    return Word(str(token), token.start_pos or 0, token.end_pos or 0, begin, keep=keep)
