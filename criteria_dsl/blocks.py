"""Cuts a file into blocks at the margin, before anything is parsed.

A block begins where a line begins with something other than space or `#`, and nothing else begins
there; so a block that cannot be read spoils no other.
"""

from __future__ import annotations

from dataclasses import dataclass

from criteria_dsl.problem import Report
from criteria_dsl.source import Source, Span

MAX_FILE = 1_000_000
MAX_BLOCK = 60_000
MAX_BLOCKS = 20_000


@dataclass(frozen=True, slots=True)
class Block:
    """One block's stretch of the file, from its first word to before the next block."""

    span: Span

    @property
    def text(self) -> str:
        return self.span.source.text[self.span.start : self.span.end]


def cut(source: Source, report: Report) -> list[Block]:
    """The blocks of a file in order; reports what stands outside of any block, and limits."""
    if len(source.text) > MAX_FILE:
        hint = "divide it: move terms and definitions into a library"
        report.add("E001", Span(source, 0, 1), f"the file is longer than {MAX_FILE:,} characters", hint)
        return []
    heads: list[int] = []
    for start in source.starts:
        first = source.text[start : start + 1]
        if first and not first.isspace() and first != "#":
            heads.append(start)
    _report_outside(source, heads[0] if heads else len(source.text), report)
    if len(heads) > MAX_BLOCKS:
        report.add("E002", Span(source, 0, 1), f"the file has more than {MAX_BLOCKS:,} blocks")
        return []
    if not heads:
        return []
    blocks = [
        Block(Span(source, start, end))
        for start, end in zip(heads, [*heads[1:], len(source.text)], strict=True)
    ]
    return [block for block in blocks if _is_sound(block, report)]


def _report_outside(source: Source, first: int, report: Report) -> None:
    for start in source.starts:
        if start >= first:
            return
        line = source.line_text(source.place(start)[0])
        words = line.strip()
        if words and not words.startswith("#"):
            at = start + len(line) - len(line.lstrip())
            report.add(
                "E007",
                Span(source, at, at + len(words)),
                "this line belongs to no block",
                "a block begins at the margin: put its first line there",
            )
            return


def _is_sound(block: Block, report: Report) -> bool:
    if len(block.text) > MAX_BLOCK:
        start = block.span.start
        line_end = block.text.find("\n")
        report.add(
            "E002",
            Span(block.span.source, start, start + max(1, line_end)),
            f"this block is longer than {MAX_BLOCK:,} characters",
            "divide it: name its parts with `define`",
        )
        return False
    offset = block.span.start
    for line in block.text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" in indent and line.strip():
            at = offset + indent.index("\t")
            report.add("E008", Span(block.span.source, at, at + 1), "a tab in front of a line", "use spaces")
            return False
        offset += len(line) + 1
    return True
