"""What stands between blocks: blank lines and comments at the margin."""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl.source import Source


@dataclass(slots=True)
class Piece:
    """A formatted block, or comments at the margin; `apart`: a blank line stood before it.

    `body`: something stands below its heading.
    """

    lines: list[str]
    apart: bool
    comment: bool = False
    body: bool = False


def margin(source: Source, start: int, end: int) -> list[Piece]:
    """Comments between blocks, those without a blank line between them together."""
    pieces: list[Piece] = []
    at = start
    blank = blank_before(source.text, start)
    for line in source.text[start:end].split("\n"):
        words = line.strip()
        if words.startswith("#"):
            if pieces and not blank:
                pieces[-1].lines.append(words)
            else:
                pieces.append(Piece([words], blank, comment=True))
            blank = False
        elif not words and at > start:
            blank = True
        at += len(line) + 1
    return pieces


def blank_before(text: str, start: int) -> bool:
    """Whether the line before a place is blank."""
    return text[:start].endswith("\n\n") or text[:start].rstrip(" ").endswith("\n\n")


def joined(pieces: list[Piece]) -> str:
    text: list[str] = []
    for before, piece in zip([None, *pieces], pieces, strict=False):
        if before is not None and (piece.apart or _needs_space(before, piece)):
            text.append("")
        text += piece.lines
    return "".join(line + "\n" for line in text)


def _needs_space(before: Piece, piece: Piece) -> bool:
    """Blocks with a body stand apart; one-line blocks may follow each other."""
    if before.comment:
        return False
    return piece.comment or before.body or piece.body
