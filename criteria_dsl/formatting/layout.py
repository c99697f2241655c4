"""Words laid out as lines: indentation, bullets, long lines broken before a phrase, comments kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from criteria_dsl.formatting.words import Begin, Word
from criteria_dsl.source import COMMENT

WIDTH = 120
_BODY = 2  # column of what stands below a heading
_NO_SPACE_BEFORE = frozenset((",", ";", ":", ")"))
_LEADS = frozenset((">=", ">", "<=", "<", "=", "(", "is", "of", "not", "-"))


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a block: `own` line or behind words; `margin`: it begins in the first column."""

    text: str
    at: int
    own: bool
    margin: bool


def comments_of(text: str) -> list[Comment]:
    """The comments of a block's text, in order."""
    found: list[Comment] = []
    for match in COMMENT.finditer(text):
        if match[1]:
            start = match.start(1)
            line = text[text.rfind("\n", 0, start) + 1 : start]
            found.append(Comment(match[1].rstrip(), start, not line.strip(), not line))
    return found


@dataclass(slots=True)
class _Line:
    """A line under way: `column` of its text, `bullet` whether a dash stands two before it."""

    column: int
    bullet: bool = False
    words: list[Word] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    behind: str = ""
    broken: bool = False  # the rest of a line that a comment cut

    def _further(self) -> int:
        """How much deeper the rest of a broken line stands."""
        if self.bullet:
            return 0
        return _BODY if self.column else 2 * _BODY

    def text(self) -> list[str]:
        """The line, broken where it is too long."""
        margin = self.column - 2 if self.bullet else self.column
        shown = [" " * margin + comment for comment in self.before]
        rest = self.words
        first = not self.broken
        while rest or first:
            column = self.column if first else self.column + self._further()
            count = _fitting(rest, WIDTH - column)
            lead = " " * (column - 2) + "- " if self.bullet and first else " " * column
            shown.append((lead + _joined(rest[:count])).rstrip())
            rest, first = rest[count:], False
        if self.behind:
            shown[-1] += f"  {self.behind}"
        return shown


def _joined(words: Sequence[Word]) -> str:
    text = ""
    for before, word in zip([None, *words], words, strict=False):
        glued = before is None or word.text in _NO_SPACE_BEFORE or before.text == "("
        text += word.text if glued else f" {word.text}"
    return text


def _fitting(words: Sequence[Word], width: int) -> int:
    """How many words go on a line; all of them, or up to the last good place to break."""
    if len(_joined(words)) <= width:
        return len(words)
    best, level = 1, 0
    for i in range(1, len(words)):
        length = len(_joined(words[:i]))
        if length > width:
            break
        phrase = words[i].phrase if length > width // 3 else 0
        if phrase >= level and _may_break(words[i - 1], words[i]):
            best, level = i, phrase
    return best


def _may_break(before: Word, word: Word) -> bool:
    return not (word.keep or word.text in _NO_SPACE_BEFORE or before.text in _LEADS)


def lay_out(words: Sequence[Word], comments: Sequence[Comment]) -> list[str]:
    """The lines of a block. Comments stay before, or behind, the word that they stood at."""
    before, behind = _placed(words, comments)
    lines = [_Line(0)]
    columns: list[int] = []  # of the dashes of open lists
    closed: int | None = None
    for i, word in enumerate(words):
        line = lines[-1]
        match word.begin:
            case Begin.OPEN:
                columns.append(max(_BODY, line.column))
            case Begin.CLOSE:
                closed = columns.pop()
            case Begin.BULLET:
                lines.append(_Line(columns[-1] + 2, bullet=True))
                closed = None
            case Begin.LINE:
                lines.append(_Line(_BODY))
                closed = None
            case Begin.SPACE:
                if closed is not None:
                    lines.append(_Line(closed))
                    closed = None
                elif line.words and line.words[-1].quote:
                    lines.append(_Line(_BODY))
        if i in before or (line.behind and line is lines[-1]):
            line = lines[-1]
            if line.words or line.behind:
                lines.append(_Line(line.column, broken=True))
            lines[-1].before += before.get(i, [])
        if word.text:
            lines[-1].words.append(word)
        if i in behind:
            lines[-1].behind = behind[i]
    return [shown for line in lines for shown in line.text()]


def _placed(
    words: Sequence[Word], comments: Sequence[Comment]
) -> tuple[dict[int, list[str]], dict[int, str]]:
    """Comments by the index of the word they stand before, and of the word they stand behind."""
    before: dict[int, list[str]] = {}
    behind: dict[int, str] = {}
    shown = [i for i, word in enumerate(words) if word.begin not in (Begin.OPEN, Begin.CLOSE)]
    for comment in comments:
        preceding = [i for i in shown if words[i].end <= comment.at and words[i].text]
        last = max(preceding, key=lambda i: words[i].end, default=None)
        # One comment fits behind a word; a second one, behind the dash of a bullet, goes on.
        if not comment.own and last is not None and last not in behind:
            behind[last] = comment.text
            continue
        following = [i for i in shown if words[i].at > comment.at]
        if following:
            before.setdefault(min(following, key=lambda i: words[i].at), []).append(comment.text)
    return before, behind
