"""A whole file in its canonical text: blocks apart, comments between them kept, meaning unchanged."""

from __future__ import annotations

from criteria_dsl.blocks import Block, cut
from criteria_dsl.formatting.layout import Comment, comments_of, lay_out
from criteria_dsl.formatting.margin import Piece, blank_before, joined, margin
from criteria_dsl.formatting.words import Begin, normal, words_of
from criteria_dsl.parse import parse, parse_tree
from criteria_dsl.problem import CriteriaError, Report
from criteria_dsl.source import Source, read


class FormatError(Exception):
    """The formatter would have changed what a block says; `line` is where the block begins."""

    def __init__(self, line: int) -> None:
        super().__init__(f"the block at line {line} cannot be formatted without changing it")
        self.line = line


def format_text(text: str, *, name: str = "protocol.elig") -> str:
    """The canonical text. Raises `CriteriaError` where a block cannot be read."""
    source = read(name, text)
    report = Report()
    blocks = cut(source, report)
    for block in blocks:
        parse(block, report)
    if report.failed:
        raise CriteriaError(report.problems(name))
    pieces = margin(source, 0, blocks[0].span.start if blocks else len(source.text))
    for block in blocks:
        pieces += _formatted(source, block)
    return joined(pieces)


def _formatted(source: Source, block: Block) -> list[Piece]:
    tree = parse_tree(block.text)
    words = words_of(tree)
    end = max((word.end for word in words), default=0)
    comments = comments_of(block.text)
    inside = [comment for comment in comments if not _is_behind(comment, end, block.text)]
    lines = lay_out(words, inside)
    lines += [f"  {c.text}" for c in inside if c.own and c.at > end]
    again = parse_tree("\n".join(lines) + "\n")
    if normal(again) != normal(tree):
        raise FormatError(block.span.line)
    start = block.span.start
    body = any(word.begin in (Begin.LINE, Begin.OPEN) for word in words)
    piece = Piece(lines, blank_before(source.text, start), body=body)
    tail = next((c.at for c in comments if _is_behind(c, end, block.text)), len(block.text))
    return [piece, *margin(source, start + tail, block.span.end)]


def _is_behind(comment: Comment, end: int, text: str) -> bool:
    """Whether a comment stands at the margin after the block's last word: it is about what follows."""
    return comment.margin and comment.at > end
