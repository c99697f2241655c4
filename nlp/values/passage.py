"""One text while its values are read: from a name to its plain numbers, and what makes them values.

Units that a name cannot have, other fluids and numbers of something else end the reading of a name.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from eligibility.units import resolve
from nlp.document import Doubt, Span, When
from nlp.scanning import REACH
from nlp.values import columns, grades, numbers
from nlp.values.cues import cues
from nlp.values.intervals import interval
from nlp.values.names import AMBIGUOUS, Name, Named
from nlp.values.shapes import Operator, Status, Value
from nlp.values.walk import Walked, to_number

SENTENCE_END = re.compile(
    r"(?<!\b[gl]t)(?<!\bca)(?<!\beq)(?<!approx)[.;](?=\s+[a-z(]|\s*\n)|\n\s*\n|\n\s*[-•*]\s|\n(?=[^\n:]{0,30}:)"
)
# Units that are words or names of other things, and then no units.
# Short names of which people speak in sentences, too, and that mean little else next to a number.
_SPOKEN_OF = frozenset({"k", "na", "cr", "cl"})
_WORDLIKE = frozenset({"in", "m", "s", "c", "f", "h", "d", "k", "l", "g", "min", "units"})
_ARROW = re.compile(r"\s?(?:-+>|→|=+>|>)\s?(?=\d)")
_THEN = re.compile(
    r"\s?(?:\(|,\s?|;\s?)\s?(?:with\s)?(?:a\s)?(?:from|down from|up from|"
    r"was|baseline|prior|previous(?:ly)?|prev|last)\b[a-z\s:=~]{0,24}?(?=\d)"
)
_TO = re.compile(r"\s?(?:%|[a-z/]{0,8})\s?(?:down |up )?to\s(?:a\s|about\s|approximately\s|~)?(?=\d)")
# Behind a number: the one to which it has changed since, which is the one that counts.
_LATER = re.compile(
    r"\)?\s?[,;(]?\s?(?:(?:and|but|which|then|is|has|have|had|since|subsequently|later)\s){0,3}"
    r"(?:(?:(?:improv|increas|decreas|declin|drop|reduc|worsen|recover|climb|trend|chang|normali[sz])[a-z]{0,4}|"
    r"rose|risen|rising|fell|fallen|went|gone|came|down|up)(?:\s(?:down|up|back))?\sto|now(?:\s(?:is|at))?|currently)"
    r"\s(?:a\s|about\s|~)?(?=\d)"
)
_STANDS_ALONE = re.compile(r"\s?(?:[.,;)\n]|\Z|on\b|in\b|\()")
_AND = re.compile(r"\s(?:and|&)\s(?:the\s|her\s|his\s)?")
_AND_NUMBER = re.compile(r",?\s(?:and|&)\s(?=\d)")
# Canonical units of what is measured in a fluid.
_MEASURED_IN = frozenset({"10*3/uL", "mg/dL", "mmol/L", "meq/L", "[iU]/L", "U/L", "ug/dL"})
_AIM_BEHIND = re.compile(r"(?:goal|target)(?!\s?(?:is|was|of|:|inr)?\s?(?:[<>≥≤~]|\d))")
_PERCENT_AHEAD = re.compile(r"(?<![\d.,/-])(\d{1,3}(?:\.\d{1,2})?)\s?%\s\Z")
_LIST_GOES_ON = re.compile(r"\s?(?:[,;.)]|and\b|\Z)")
_DATE_LEAD = re.compile(r"\s?\(?(?:on\s|in\s|at\s|from\s|as of\s|back in\s)?")
_LISTED = re.compile(r"(?:,|;|\sand|,\sand)\s(?=\d)")
_FLAG = re.compile(r"\s?(?:\((?:h|l|hh|ll|high|low|a|n)\)|[*#]+|(?:h|l)\b(?![-/']))")
_TEMPERATURES = {"f": "[degF]", "c": "Cel", "°f": "[degF]", "°c": "Cel"}
_MORE_BEHIND = re.compile(
    r"\s?(?:or|and)\s(?P<up>greater|above|more|higher|over)|\s?(?:or|and)\s(?:less|below|lower|under)\b"
)


class Passage:
    """One text with its names and dates. `done` is where the last value ends."""

    def __init__(
        self,
        text: str,
        low: str,
        table: Sequence[Name],
        named: Sequence[Named],
        sentences: Sequence[Span],
        whens: Sequence[When],
    ) -> None:
        self.text, self.low, self.table, self.named = text, low, table, named
        self.skips = {when.start: when.end for when in whens}
        self._name_ends = [name.end for name in named]
        self._starts = [sentence.start for sentence in sentences]
        self._sentences = sentences
        self.done = 0  # where the last value ends

    def limit(self, position: int) -> int:
        """How far the number of a name may stand: to the next name, the end of its sentence, or REACH."""
        name = self.named[position]
        limit = min(name.end + REACH, len(self.low))
        if position + 1 < len(self.named):
            limit = min(limit, self.named[position + 1].start)
        if self._starts:
            number = bisect_right(self._starts, name.start) - 1
            if number >= 0 and self._sentences[number].end > name.end:
                return min(limit, self._row_end(self._sentences[number].end))
        ends = SENTENCE_END.search(self.low, name.end, limit)
        if ends is not None and not (ends.start() == name.end and ends.group() == "."):
            limit = ends.start()
        return limit

    def _row_end(self, end: int) -> int:
        """The end of a sentence; where it is a cell's, or a mark's ("BP (!) 152/88"), that of its row."""
        if not self.low.endswith(("|", "(!)"), 0, end):
            return end
        line = self.low.find("\n", end)
        return line if line >= 0 else len(self.low)

    def numbers_of(self, name: Named, row: Name, limit: int) -> list[Value]:
        """Values of a name that tells plain numbers."""
        low = self.low
        short = low[name.start : name.end] in AMBIGUOUS
        if row.units and row.units[0].unit == "%":
            share = _PERCENT_AHEAD.search(low, max(0, name.start - 10), name.start)
            if share is not None and share.start() >= self.done and _LIST_GOES_ON.match(low, name.end):
                # 60% neutrophils, 5% bands
                moved = Walked(share.start(1), share.start(1))
                number = float(share.group(1))
                return [self.made(name, row, moved, (number,), "%", share.end() - 1)]
        spoken = low[name.start : name.end] in _SPOKEN_OF
        walked = to_number(low, name.end, limit, self.skips, short, spoken)
        if walked is None or (row.canonical & _MEASURED_IN and self._other_specimen(name)):
            return []
        if columns.is_heading(low, name.start, name.end, walked.at):
            return []
        fraction = row.kind in ("pressure", "score", "")
        if row.kind == "height":
            tall = grades.feet(low, walked.at)
            if tall is not None:
                value = self.made(name, row, walked, tall.numbers, "[in_i]", tall.end)
                return [value._replace(unit="", code="[in_i]", word=tall.word)]
        found = numbers.read(self.text, low, walked.at, limit, walked.between, fraction)
        if found is None:
            return self._slashed(name, row, walked, limit)
        several = False
        if not found.below:
            found, place, several = columns.in_row(self.text, low, name.end, walked.at, found, self.skips)
            if place != walked.at:
                walked = walked._replace(at=place, value_start=place)
        if (
            row.kind == "signed"
            and low[walked.at - 1] in "-−–"
            and low[walked.at - 2 : walked.at - 1] in " :=-"
        ):
            found = found._replace(numbers=tuple(-number for number in found.numbers))
            walked = walked._replace(value_start=walked.at - 1)
        if row.kind == "pressure" or (row.kind == "" and found.below):
            return self._pressure(name, row, walked, found)
        unit, end = found.unit, found.end
        if row.kind == "percent" and not unit.startswith("%"):
            return []
        if found.below and row.kind == "score":
            unit, end = f"/{found.below[0]:g}", found.end
            if not all(number <= found.below[0] for number in found.numbers):
                return []
        if unit.lower() in _WORDLIKE and not self._unit_holds(row, unit):
            unit, end = "", found.number_end
        if not self._unit_holds(row, unit) or (short and not self.plausible(row, found.numbers, unit)):
            return []
        if not walked.linked and (not unit or not row.canonical):
            return []
        first = self.made(name, row, walked, found.numbers, unit, end, found.decade)
        if several or found.comma:
            first = first._replace(doubt=first.doubt | Doubt.AMBIGUOUS)
        pair = self._paired(name, row, walked, first, limit)
        if pair:
            return pair
        return self._followed(first, row, walked, limit)

    def _other_specimen(self, name: Named) -> bool:
        """Whether the sentence speaks of urine or another fluid, and not of blood since."""
        ahead = self.low[max(0, name.start - 80) : name.start]
        ahead = ahead[max(ahead.rfind(". "), ahead.rfind("\n")) + 1 :]
        table = cues()
        for word in reversed(ahead.replace(",", " ").replace(":", " ").split()):
            if word in table.bloods:
                return False
            if word in table.specimens:
                return True
        return False

    def plausible(self, row: Name, written: tuple[float, ...], unit: str) -> bool:
        """Whether a person can have one of the numbers, as far as the table tells."""
        bounded = [bounds for bounds in row.units if bounds.least is not None and bounds.most is not None]
        if not bounded or (unit and len(bounded) != len(row.units)):
            return True
        return any(
            bounds.least <= number <= bounds.most  # type: ignore[operator]
            for bounds in bounded
            for number in written
        )

    def _unit_holds(self, row: Name, unit: str) -> bool:
        if not unit or not row.canonical or (unit[0] == "/" and unit[1:2].isdigit()):
            return True
        known = resolve(_TEMPERATURES.get(unit.lower(), unit))
        return known is None or known.canonical in row.canonical or ("1" in row.canonical and unit == "%")

    def _slashed(self, name: Named, row: Name, walked: Walked, limit: int) -> list[Value]:
        """BUN/Cr 20/1.1: the number of a name before a slash is the first, behind it the second."""
        read = numbers.read(self.text, self.low, walked.at, limit, False, True)
        if read is None or not read.below:
            return []
        before = self.low[name.start - 1 : name.start]
        partner = self.before_name(name)
        if partner is not None and partner.end != name.start - 1:
            partner = None
        if before != "/" or partner is None or partner.what == name.what:
            return []
        if self.table[partner.what].kind != "number":
            return []
        one = self.made(partner, self.table[partner.what], walked, read.numbers, "", read.number_end)
        two = self.made(name, row, walked, read.below, read.unit, read.end)
        slash = self.low.index("/", walked.at)
        return [one._replace(end=slash), two._replace(start=slash + 1)]

    def before_name(self, name: Named) -> Named | None:
        """The name before a name."""
        number = bisect_right(self._name_ends, name.start) - 1
        return self.named[number] if number >= 0 else None

    def _paired(self, name: Named, row: Name, walked: Walked, first: Value, limit: int) -> list[Value]:
        """BUN and creatinine were 27 and 1.9: the first number is the first name's."""
        joined = _AND_NUMBER.match(self.low, first.end)
        if joined is None or len(first.numbers) > 1:
            return []
        partner = self.before_name(name)
        if partner is None or _AND.fullmatch(self.low, partner.end, name.start) is None:
            return []
        if partner.end <= self.done or self.table[partner.what].kind != "number":
            return []
        read = numbers.read(self.text, self.low, joined.end(), limit)
        if read is None or len(read.numbers) > 1:
            return []
        one = self.made(partner, self.table[partner.what], walked, first.numbers, first.unit, first.end)
        moved = Walked(joined.end(), joined.end())
        return [one, self.made(name, row, moved, read.numbers, read.unit, read.end)]

    def _pressure(self, name: Named, row: Name, walked: Walked, read: numbers.Read) -> list[Value]:
        if not read.below:
            return []
        if row.kind == "pressure" and not (
            read.numbers[0] > read.below[0] and self.plausible(row, read.numbers, "")
        ):
            return []
        systolic = self.made(name, row, walked, read.numbers, read.unit, read.end, read.decade)
        diastolic = self.made(name, row, walked, read.below, read.unit, read.end, read.decade)
        return [systolic._replace(part="systolic"), diastolic._replace(part="diastolic")]

    def made(
        self,
        name: Named,
        row: Name,
        walked: Walked,
        written: tuple[float, ...],
        unit: str,
        end: int,
        decade: bool = False,
    ) -> Value:
        """One value, with its interval, unit and status."""
        operator = walked.operator or Operator.EQUAL
        behind = _MORE_BEHIND.match(self.low, end)
        if behind is not None and operator is Operator.EQUAL:
            operator = Operator.AT_LEAST if behind.group("up") else Operator.AT_MOST
            end = behind.end()
        if len(written) == 2 and operator in (Operator.EQUAL, Operator.ABOUT):
            spread_operator = Operator.RANGE
        else:
            spread_operator = operator
        lo, hi, low_open, high_open = interval(written, operator, decade)
        code, doubt = self._code(row, unit, written)
        status = Status.CURRENT
        if walked.aim or self._aimed(name, end):
            status = Status.NOT_MEASURED
        elif walked.earlier:
            status = Status.EARLIER
        return Value(
            walked.value_start, end, name.span, name.what, lo, hi, low_open, high_open, spread_operator,
            written, unit, code, "", "", status, doubt,
        )  # fmt: skip

    def _code(self, row: Name, unit: str, written: tuple[float, ...]) -> tuple[str, Doubt]:
        if row.units and row.units[0].unit == "1" and (not unit or unit[0] == "/"):
            return "1", Doubt.NONE
        if unit:
            code = _TEMPERATURES.get(unit.lower(), unit)
            return code, Doubt.NONE if row.can_be(written, code) else Doubt.AMBIGUOUS
        fits = [
            bounds.unit
            for bounds in row.units
            if bounds.least is not None
            and bounds.most is not None
            and all(bounds.least <= number <= bounds.most for number in written)
        ]
        return (fits[0], Doubt.AMBIGUOUS) if len(fits) == 1 else ("", Doubt.NONE)

    def _aimed(self, name: Named, end: int) -> bool:
        """Whether words before the name, in its clause, or just behind the number make it no result."""
        ahead = self.low[max(0, name.start - 48) : name.start]
        for stop in (". ", ";", "\n", ", "):
            ahead = ahead[ahead.rfind(stop) + 1 :]
        said = ahead.replace("(", " ").replace(":", " ").split()
        if said and (said[-1] in cues().others or (len(said) > 1 and said[-2] in cues().others)):
            return True
        if not cues().aims.isdisjoint(said):
            return True
        behind = self.low[end : end + 24].lstrip(" (")
        return _AIM_BEHIND.match(behind) is not None

    def _followed(self, first: Value, row: Name, walked: Walked, limit: int) -> list[Value]:
        """Further numbers of the same name: from 9.1 to 7.8, 9.1 -> 7.8, 1.4 (baseline 1.1)."""
        found = [first]
        low = self.low
        if walked.change and first.operator is Operator.RANGE and len(first.numbers) == 2:
            earlier, later = first.numbers
            return [
                first._replace(
                    operator=Operator.EQUAL, numbers=(earlier,), lo=earlier, hi=earlier, status=Status.EARLIER
                ),
                first._replace(operator=Operator.EQUAL, numbers=(later,), lo=later, hi=later),
            ]
        while len(found) < 8:
            last = found[-1]
            flag = _FLAG.match(low, last.end)
            at = flag.end() if flag is not None else last.end
            behind = self._past_date(at)
            arrow = _ARROW.match(low, at) or (_TO.match(low, behind) if walked.change else None)
            changed = None if arrow is not None else _LATER.match(low, behind)
            arrow = arrow or changed
            then = None if arrow is not None else _THEN.match(low, at)
            listed = _LISTED.match(low, behind) if arrow is None and then is None and behind > at else None
            step = arrow or then or listed
            if step is None or step.end() >= limit or (then is not None and step.end() in self.skips):
                return found
            read = numbers.read(self.text, low, step.end(), limit)
            if read is not None and read.unit.lower() in _WORDLIKE and not self._unit_holds(row, read.unit):
                read = read._replace(unit="", end=read.number_end)
            if read is None or read.below or not self._unit_holds(row, read.unit):
                return found
            if changed is not None and read.unit != last.unit and not _STANDS_ALONE.match(low, read.end):
                return found  # "now 3 days later"
            if listed is not None and self._past_date(read.end) == read.end:
                return found  # a number in a list is of the name only with its own date
            moved = Walked(step.end(), step.end(), earlier=then is not None)
            unit = read.unit or (last.unit if arrow is not None else "")
            name = Named(last.name.start, last.name.end, last.what)
            value = self.made(name, row, moved, read.numbers, unit, read.end, read.decade)
            if read.comma:
                value = value._replace(doubt=value.doubt | Doubt.AMBIGUOUS)
            if arrow is not None:
                code = value.code or last.code
                before = last._replace(status=Status.EARLIER, unit=last.unit or value.unit)
                found[-1] = before._replace(code=last.code or code)
                found.append(value._replace(code=code))
                continue
            found.append(value._replace(unit=value.unit or last.unit, code=value.code or last.code))
            if then is not None:
                return found
        return found

    def _past_date(self, at: int) -> int:
        """Behind the date that stands directly behind a number, else the same place."""
        lead = _DATE_LEAD.match(self.low, at)
        place = lead.end() if lead is not None else at
        end = self.skips.get(place)
        if end is None:
            return at
        return end + (self.low[end : end + 1] == ")" and "(" in self.low[at:place])

    def graded(self, name: Named, row: Name, found: grades.Graded | None, limit: int) -> list[Value]:
        """The value that a class, a stage or a sum is."""
        if found is None or found.start > limit:
            return []
        if row.units and found.numbers and not self.plausible(row, found.numbers, ""):
            return []
        walked = Walked(found.start, found.start)
        if not found.numbers:
            nan = float("nan")
            return [Value(found.start, found.end, name.span, name.what, nan, nan, word=found.word)]
        value = self.made(name, row, walked, found.numbers, "", found.end)
        return [value._replace(word=found.word, code="1", doubt=Doubt.NONE)]
