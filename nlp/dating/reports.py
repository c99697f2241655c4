"""What a dated test or report found: its date reaches over its findings, further than other dates do.

"MRI 4/11: 4 % fat; no lesion. A cyst in segment III." has the findings of that day, up to the end of the
line; "CT of 3/2 shows no bleed; one old infarct" up to the end of the sentence. A line that begins with a day
has it throughout, and a heading that ends with one gives it to the lines below. A sentence with a date of its
own, about the patient, or about what is to be done is no finding. A report's head may tell the day of all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from eligibility.instants import DAY
from nlp.dating import cues
from nlp.document import Reach, Span, When

_AHEAD = 48  # characters between the start of a heading and its date
_LONGEST = 600  # characters that a date reaches over
_COLON = re.compile(r"\)?\s?(?::|\s[-–]\s)")
_HEADS_BLOCK = re.compile(r"\)?[ \t]*:?[ \t]*\n(?!\s*\n)")
_TIME = re.compile(r",?\s(?:at\s)?(?:[01]?\d|2[0-3]):?[0-5]\d\b")
_STAY = re.compile(r"(?:hd|pod|dol|hospital day|hosp day|icu day|day of life|post-?op(?:erative)? day)\b")
_NUMBERED = re.compile(
    r"[\s*•-]*(?:hd|pod|dol|hospital day|hosp day|icu day|day of life|day|post-?op(?:erative)? day)"
    r"\s?#?\s?\d{1,2}\s?\("
)
_TITLE_WORDS = 4
_TITLE = re.compile(
    r"[\s*•#-]*(?!(?:last|next|seen|follow|f/u|due|return|discharge|admi|dob|born|date|since|until|till|from|by|"
    r"interval|plan|appointment|appt|prior|before|signed|dictated|written|note|addendum|allergies)\b)"
    r"[a-z][a-z /&'-]*\s(?:on\s|of\s)?\(?"
)
_CELL = re.compile(r"(?:  +|\t| ?\|)\s*\w")  # the next cell of a row
_BULLETS = " -*•#|\t("
_PIECE = re.compile(r"[;\n]|[.!?](?=\s|\Z)")
# A piece that begins or speaks so is no finding.
_NOT_FOUND = re.compile(
    r"\b(?:he|she|they|we|i|patient|pt|mr|mrs|ms|will|would|should|must|doesn't|can't|needs?|plan|recommend\w*|"
    r"repeat|recheck|consider|discuss\w*|start\w*|continue\w*|stop\w*|follow-?up|f/u|today|now|yesterday|tomorrow|"
    r"if|because|ordered|referred?|advised|childhood|as a child|since)\b|^\s*[\w /&'-]{2,28}:"
)
_PATIENT = re.compile(r"\b(?:he|she|they|patient|pt|plan|assessment|impression|a/p)\b")
_KNOWN = re.compile(
    r"(?:history of|h/o|hx of|known|given|given the|in view of|because of|in the setting of|due to|s/p|"
    r"(?<!concern\s)(?<!concerning\s)(?<!suspicious\s)(?<!negative\s)(?<!neg\s)(?<!positive\s)(?<!pos\s)"
    r"(?<!worrisome\s)for|eval(?:uate)?|r/o|indication|to look for|to exclude)\s(?:his\s|her\s|the\s|a\s)?\Z"
)
_TAKEN = re.compile(
    r"(?:specimens?|samples?)?\s?(?:collected|collection date|date (?:of collection|collected))"
    r"[\s:]*(?:on\s)?\Z"
)
_BODY = re.compile(
    r"\n[ \t]*(?:comment|recommendation|recommendations|plan|note|addendum|clinical history|history|"
    r"clinical|indication|comparison|clinical information)s?\b[^\n:]{0,20}:"
)
_BODY_AGAIN = re.compile(r"\n[^\n:]{2,60}:")


def studied(low: str, when: When, begin: int) -> bool:
    """Whether a test or a report is named just before a date, in its clause."""
    if when.reach is not Reach.AT or low.startswith("next", when.start):
        return False
    ahead = low[max(begin, when.start - _AHEAD) : when.start]
    ahead = ahead[ahead.rfind(". ") + 1 :]
    if ahead.endswith(("repeat ", "repeated ")):
        return True
    return cues.pattern("study").search(ahead) is not None or cues.pattern("panel").search(ahead) is not None


_LEADS = r"\s?(?:(?:on|from|of|in|done|today)\s)?\(?\Z"


def tested(low: str, when: When) -> bool:
    """Whether the name of a test or a report stands just before a date."""
    if when.reach is not Reach.AT:
        return False
    return cues.pattern("study", _LEADS).search(low, max(0, when.start - _AHEAD), when.start) is not None


def reach(text: str, low: str, when: When, begin: int) -> int:
    """Where what a dated test found ends, or what stands in a dated row; the end of the date for others."""
    if when.reach is not Reach.AT:
        return when.end
    line = low.rfind("\n", max(0, when.start - _AHEAD), when.start) + 1
    first = line > 0 or when.start < _AHEAD
    ahead = low[line : when.start]
    row = (
        first
        and _exact(when)
        and (not ahead.strip(_BULLETS) or _numbered(ahead) or _titled(low, ahead, when))
    )
    row = row or (first and not ahead.strip(_BULLETS) and _CELL.match(low, when.end) is not None)
    row = row and (_STAY.match(low, when.start) is None or headed(low, when))
    tested = studied(low, when, begin)
    named = first and not low[line : when.start].strip(_BULLETS) and _named_behind(low, when.end)
    tested = tested or named
    if first and (row or tested) and _HEADS_BLOCK.match(low, when.end) is not None:
        return _block(low, when)
    here = low[when.start : when.end] == "today"  # "Ultrasound today. Fetus: ..."
    if not (row or tested) or (low.startswith((". ", "). "), when.end) and not here):
        return when.end
    line_heads = not low[low.rfind("\n", max(0, begin - 2), when.start) + 1 : begin].strip(_BULLETS)
    as_heading = row or named or headed(low, when) or (tested and here)
    panel = cues.pattern("panel").search(low, max(begin, when.start - 24), when.start) is not None
    stop = _line_end(low, when.end)
    timed = row and entry(low, when)
    last = when.end
    for match in _PIECE.finditer(low, when.end, stop):
        if match.group() == "." and _shortened(text, match.start()):
            continue
        if last > when.end and not timed and _foreign(low[last : match.start()], low[last - 1]):
            return last
        last = match.end()
        if match.group() == "." and not panel and not (as_heading and line_heads):
            return last
    return last if last > when.end and not timed and _foreign(low[last:stop], low[last - 1]) else stop


def headed(low: str, when: When) -> bool:
    """Whether a colon or a dash behind a date makes it a heading."""
    return _COLON.match(low, when.end) is not None


def entry(low: str, when: When) -> bool:
    """Whether a date begins a line with a time behind it: what was seen and done then."""
    line = low.rfind("\n", max(0, when.start - 8), when.start) + 1
    ahead = low[line : when.start]
    if ahead.strip(_BULLETS) and when.start > 0:
        return _numbered(ahead)
    counted = _STAY.match(low, when.start) is not None and headed(low, when)
    return counted or _TIME.match(low, when.end) is not None


def heads_lines(low: str, when: When) -> bool:
    """Whether a date ends a line that is the heading of those below."""
    return _HEADS_BLOCK.match(low, when.end) is not None


def _numbered(ahead: str) -> bool:
    """Whether a date in brackets stands behind the count of a stay that begins its line: "HD 1 (11/17):"."""
    return ahead.endswith("(") and _NUMBERED.fullmatch(ahead) is not None


def _titled(low: str, ahead: str, when: When) -> bool:
    """Whether a date ends a short title before a colon: "Index reaction 5/11: hives"."""
    if not low.startswith(":", when.end) or len(ahead.split()) > _TITLE_WORDS:
        return False
    return _TITLE.fullmatch(ahead) is not None


def _named_behind(low: str, place: int) -> bool:
    """Whether a test and a colon stand behind a date that begins a line: "2/2022 CT:"."""
    colon = low.find(":", place, place + 24)
    return colon > 0 and cues.pattern("study").search(low, place, colon) is not None


def _exact(when: When) -> bool:
    return when.hi - when.lo < DAY


def _line_end(low: str, place: int) -> int:
    stop = low.find("\n", place, place + _LONGEST)
    return min(len(low), place + _LONGEST) if stop < 0 else stop


def _block(low: str, when: When) -> int:
    """The lines under a heading that ends with a date, up to an empty line or the next heading."""
    place = low.find("\n", when.end)
    limit = min(len(low), when.end + _LONGEST)
    while 0 <= place < limit:
        following = _line_end(low, place + 1)
        line = low[place + 1 : following]
        if not line.strip() or line.rstrip().endswith(":") or _PATIENT.search(line) is not None:
            return place
        place = following
    return limit


def _shortened(text: str, place: int) -> bool:
    return text[place + 2 : place + 3].islower()


def _foreign(piece: str, mark: str) -> bool:
    """Whether a piece behind a mark tells no finding; another test begins behind a full stop."""
    if _NOT_FOUND.search(piece) is not None:
        return True
    return mark != ";" and cues.pattern("study").search(piece[:24]) is not None


def finds(low: str, mention: Span) -> bool:
    """Whether a thing among findings is one, and not what the test was for or what was known."""
    return _KNOWN.search(low, max(0, mention.start - 32), mention.start) is None


def head(low: str, whens: Sequence[When]) -> tuple[When, list[Span]] | None:
    """The day on which what a report is about was taken, if its head tells it, and the parts it holds for."""
    for when in whens:
        if when.start > _LONGEST:
            return None
        if when.reach is Reach.AT and _TAKEN.search(low, max(0, when.start - 40), when.start) is not None:
            break
    else:
        return None
    parts: list[Span] = []
    line = low.find("\n", when.end)
    while line >= 0:
        other = _BODY.search(low, line)
        parts.append(Span(line, other.start() if other else len(low)))
        if other is None:
            break
        again = _BODY_AGAIN.search(low, other.end())
        line = again.start() if again is not None else -1
        while again is not None and _BODY.match(low, again.start()) is not None:
            again = _BODY_AGAIN.search(low, again.end())
            line = again.start() if again is not None else -1
    return when, parts
