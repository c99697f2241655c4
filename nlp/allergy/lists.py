"""Where a list of allergies ends, when no known header follows: a drug in prose below is none."""

from __future__ import annotations

import re
from collections.abc import Callable

from nlp.document import Section

_HEADED = re.compile(r"[ \t]*([A-Za-z][^:\n]{0,40}):(?=\s)")
_BULLET = re.compile(r"[ \t]*(?:[-*\u2022+]|\d{1,2}[.)])[ \t]")
_PROSE = 6  # words: a longer line behind an empty one is no item


def list_end(text: str, section: Section, is_substance: Callable[[str], bool]) -> int:
    """The end of what a section lists: before a heading that names no substance, or before prose."""
    at = text.find("\n", section.header.end, section.end)
    listed, empty = at > 0 and bool(text[section.header.end : at].strip(" :\t")), False
    while 0 <= at < section.end:
        start = at + 1
        at = text.find("\n", start, section.end)
        line = text[start : at if at >= 0 else section.end]
        if not line.strip():
            empty = True
            continue
        headed = _HEADED.match(line)
        if headed is not None and not is_substance(headed[1].strip()):
            return start
        if listed and empty and _BULLET.match(line) is None and len(line.split()) > _PROSE:
            return start
        listed, empty = True, False
    return section.end
