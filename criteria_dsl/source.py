"""A text and places in it. Offsets count characters of the text with its line ends made `\\n`."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace

_NAME = re.compile(r"(?<![\w-])[A-Za-z]\w*(?:-\w+)*(?![\w-])")
# A `#` begins a comment, but not in quotation marks, in the protocol's own words, or in a unit such as {#}.
COMMENT = re.compile(r'"[^"\n]*"|\|[^\n]*|\{[^}\s]*\}|(#[^\n]*)')


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text, with its line starts."""

    name: str
    text: str
    starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = (0, *(i + 1 for i, character in enumerate(self.text) if character == "\n"))
        object.__setattr__(self, "starts", starts)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of a line, counted from 1, without its end."""
        end = self.starts[line] - 1 if line < len(self.starts) else len(self.text)
        return self.text[self.starts[line - 1] : end]


class EncodingError(ValueError):
    """A text that is not UTF-8; says where."""


def decoded(data: bytes, name: str) -> str:
    """The text of a file. Raises EncodingError: a letter that is guessed could stand in a name."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"line {line} of {name} is not UTF-8 (byte 0x{data[error.start]:02X}): save it as UTF-8"
        raise EncodingError(message) from error


def end_of_words(text: str) -> int:
    """Where the last word of a text ends, comments and white space behind it left out."""
    end = len(text)
    for line in reversed(text.split("\n")):
        start = end - len(line)
        comment = next((found.start(1) for found in COMMENT.finditer(line) if found[1]), len(line))
        bare = len(line[:comment].rstrip())
        if bare:
            return start + bare
        end = start - 1
    return 0


def read(name: str, text: str) -> Source:
    """A source of any text: line ends of every system become `\\n`, a byte order mark goes."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return Source(name, plain)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source, end excluded.

    `head`: words that are read in front of this stretch, though others stand between. `spoken`: what is
    said instead of some words, where a definition is used with arguments.
    """

    source: Source = field(repr=False, compare=False)
    start: int
    end: int
    head: Span | None = field(default=None, repr=False, compare=False)
    spoken: tuple[tuple[str, str], ...] = field(default=(), repr=False, compare=False)

    @property
    def line(self) -> int:
        return self.source.place(self.start)[0]

    @property
    def text(self) -> str:
        """The author's words: comments left out, white space made single."""
        raw = self.source.text[self.start : self.end]
        bare = COMMENT.sub(lambda found: "" if found[1] else found[0], raw)
        if self.spoken:
            said = dict(self.spoken)
            bare = _NAME.sub(lambda found: said.get(found[0], found[0]), bare)
        words = bare.split()
        return " ".join(words if self.head is None else [self.head.text, *words])

    def to(self, other: Span) -> Span:
        """From the start of this to the end of the other."""
        return replace(self, end=max(self.end, other.end))

    def after(self, head: Span) -> Span:
        """This stretch, read after a head that stands further above."""
        return replace(self, head=head)

    def said(self, spoken: tuple[tuple[str, str], ...]) -> Span:
        """This stretch with other words for some of its names."""
        return replace(self, spoken=spoken, head=self.head.said(spoken) if self.head else None)
