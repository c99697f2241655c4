"""A whole file in its canonical text: blocks apart, comments between them kept, meaning unchanged."""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl.blocks import Block, cut
from criteria_dsl.formatting.layout import Comment, comments_of, lay_out
from criteria_dsl.formatting.words import Begin, normal, words_of
from criteria_dsl.parse import parse, parse_tree
from criteria_dsl.problem import CriteriaError, Report
from criteria_dsl.source import Source, read


class FormatError(Exception):
    """The formatter would have changed what a block says; `line` is where the block begins."""

    def __init__(self, line: int) -> None:
        super().__init__(f"the block at line {line} cannot be formatted without changing it")
        self.line = line


@dataclass(slots=True)
class _Piece:
    """A formatted block, or comments at the margin; `apart`: a blank line stood before it.

    `body`: something stands below its heading.
    """

    lines: list[str]
    apart: bool
    comment: bool = False
    body: bool = False


def format_text(text: str, *, name: str = "protocol.elig") -> str:
    """The canonical text. Raises `CriteriaError` where a block cannot be read."""
    source = read(name, text)
    report = Report()
    blocks = cut(source, report)
    for block in blocks:
        parse(block, report)
    if report.failed:
        raise CriteriaError(report.problems(name))
    pieces = _margin(source, 0, blocks[0].span.start if blocks else len(source.text))
    for block in blocks:
        pieces += _formatted(source, block)
    return _joined(pieces)


def _formatted(source: Source, block: Block) -> list[_Piece]:
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
    piece = _Piece(lines, _blank_before(source.text, start), body=body)
    tail = next((c.at for c in comments if _is_behind(c, end, block.text)), len(block.text))
    return [piece, *_margin(source, start + tail, block.span.end)]


def _is_behind(comment: Comment, end: int, text: str) -> bool:
    """Whether a comment stands at the margin after the block's last word: it is about what follows."""
    return comment.margin and comment.at > end


def _margin(source: Source, start: int, end: int) -> list[_Piece]:
    """Comments between blocks, those without a blank line between them together."""
    pieces: list[_Piece] = []
    at = start
    blank = _blank_before(source.text, start)
    for line in source.text[start:end].split("\n"):
        words = line.strip()
        if words.startswith("#"):
            if pieces and not blank:
                pieces[-1].lines.append(words)
            else:
                pieces.append(_Piece([words], blank, comment=True))
            blank = False
        elif not words and at > start:
            blank = True
        at += len(line) + 1
    return pieces


def _blank_before(text: str, start: int) -> bool:
    """Whether the line before a place is blank."""
    return text[:start].endswith("\n\n") or text[:start].rstrip(" ").endswith("\n\n")


def _joined(pieces: list[_Piece]) -> str:
    text: list[str] = []
    for before, piece in zip([None, *pieces], pieces, strict=False):
        if before is not None and (piece.apart or _needs_space(before, piece)):
            text.append("")
        text += piece.lines
    return "".join(line + "\n" for line in text)


def _needs_space(before: _Piece, piece: _Piece) -> bool:
    """Blocks with a body stand apart; one-line blocks may follow each other."""
    if before.comment:
        return False
    return piece.comment or before.body or piece.body
