"""Reads the published expressions that have an equal here, and asks the engine's modules for the answer."""

from __future__ import annotations

import re
from dataclasses import replace

from eligibility.instants import BEGINNING, DAY, END_OF_TIME
from eligibility.judging.truth import FALSE, TRUE, UNKNOWN, Truth, conjunction, disjunction, negate
from tests.conformance.points import (
    PRECISIONS,
    NoEqualError,
    Point,
    Span,
    anything,
    date_time,
    floor,
    following,
    moved,
    number,
    preceding,
    quantity,
)
from tests.conformance.relations import RELATIONS, length_between, relate, truth

Answer = Truth | Point | Span
_TOKEN = re.compile(
    r"@[0-9T:.+\-Z]+|'[^']*'|[A-Za-z]+|-?\d+(?:\.\d+)?L?|<=|>=|!=|[()\[\]{},=<>~+*:/-]|\S", re.ASCII
)
_AT = re.compile(
    r"@(?:(\d{4})(?:-(\d\d)(?:-(\d\d))?)?)?(?:T(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?)?)?"
    r"(Z|[+-]\d\d:\d\d)?"
)
_TRUTHS = {"true": TRUE, "false": FALSE, "null": UNKNOWN}
_OPERATOR_WORDS = {word for phrase in RELATIONS for word in phrase.split()} | {*PRECISIONS, "of", "as"}
_ASKED = {"IsTrue": TRUE, "IsFalse": FALSE, "IsNull": UNKNOWN}
_LOGIC = ("and", "or", "xor", "implies")
# The day of the run is an input here; no clock is read.
_TODAY = ["2026", "01", "15"]


def evaluate(expression: str) -> Answer:
    """The engine's answer. Raises `NoEqualError` for what has none here, ValueError for what is no value."""
    reader = _Reader(_TOKEN.findall(expression))
    found = reader.whole()
    if reader.left():
        raise NoEqualError(f"not read: {' '.join(reader.tokens[reader.at :])}")
    return found


def said(answer: Answer, expected: str) -> bool:
    """Whether an answer is the published one."""
    if isinstance(answer, Truth):
        return _TRUTHS.get(expected) == int(answer.state[0])
    meant = evaluate(expected)
    if isinstance(answer, Point) and answer.sort == "count":
        meant = meant if isinstance(meant, Span) else Span(meant, meant)  # type: ignore[arg-type]
        scale = meant.low.step
        return (answer.lo, answer.hi) == (meant.low.lo // scale, meant.high.hi // scale)
    return answer == meant


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def left(self) -> bool:
        return self.at < len(self.tokens)

    def peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def take(self, *wanted: str) -> bool:
        """Moves on where the next tokens are these."""
        if [self.peek(i) for i in range(len(wanted))] != list(wanted):
            return False
        self.at += len(wanted)
        return True

    def need(self, wanted: str) -> None:
        if not self.take(wanted):
            raise NoEqualError(f"{wanted} expected, not {self.peek()}")

    def whole(self) -> Answer:
        """A side, or two of them in a relation."""
        if self.peek() in ("true", "false", "not", *_ASKED) or (
            self.peek() == "null" and self.peek(1) in (*_LOGIC, "is", "")
        ):
            return self.logic()
        left = self.side()
        if not self.left() or self.peek() in (")", "]", ","):
            return left
        relation, precision = self.operator()
        right = self.side()
        if isinstance(left, Truth) or isinstance(right, Truth):
            raise NoEqualError("truths compared")
        left, right = _counted(left), _counted(right)
        return relate(left, relation, right, precision)

    def operator(self) -> tuple[str, str]:
        words = []
        while self.peek() in _OPERATOR_WORDS or self.peek() in RELATIONS:
            if self.peek() == "start":
                break
            words.append(self.peek())
            self.at += 1
        precision = next((word for word in words if word in PRECISIONS), "")
        phrase = " ".join(word for word in words if word not in PRECISIONS and word not in ("of", "as"))
        if phrase not in RELATIONS:
            raise NoEqualError(f"relation {phrase or self.peek()}")
        return phrase, precision

    def logic(self) -> Truth:
        left = self.truth()
        if self.take("is"):
            wanted_not = self.take("not")
            word = self.peek()
            if word not in _TRUTHS:
                raise NoEqualError(f"is {word}")
            self.at += 1
            same = int(left.state[0]) == _TRUTHS[word]
            return truth(TRUE if same != wanted_not else FALSE)
        word = self.peek()
        if word not in _LOGIC:
            return left
        self.at += 1
        right = self.truth()
        match word:
            case "and":
                return conjunction([left, right])
            case "or":
                return disjunction([left, right])
            case "xor":
                return conjunction([disjunction([left, right]), negate(conjunction([left, right]))])
            case _:
                return disjunction([negate(left), right])

    def truth(self) -> Truth:
        if self.take("not"):
            return negate(self.truth())
        word = self.peek()
        if word in _ASKED and self.take(word, "("):
            found = self.truth()
            self.need(")")
            return truth(TRUE if int(found.state[0]) == _ASKED[word] else FALSE)
        if word not in _TRUTHS:
            raise NoEqualError(word)
        self.at += 1
        if self.take("as"):
            self.need("Boolean")
        return truth(_TRUTHS[word])

    def side(self) -> Answer:
        for word in ("years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds"):
            if self.take(word, "between"):
                return self.between(word.removesuffix("s"), crossing=False)
            if self.take("difference", "in", word, "between"):
                return self.between(word.removesuffix("s"), crossing=True)
        left = self.primary()
        while self.peek() in ("+", "-"):
            sign = 1 if self.peek() == "+" else -1
            self.at += 1
            count, unit = self.peek(), self.peek(1).removesuffix("s")
            self.at += 2
            if not isinstance(left, Point) or not left.precision or not count.isdecimal():
                raise NoEqualError("arithmetic")
            if left.sort == "time":
                raise NoEqualError("arithmetic on times of day")
            left = _truncated(left, moved(left, sign * int(count), unit))
        return left

    def between(self, unit: str, crossing: bool) -> Point:
        start = self.primary()
        self.need("and")
        end = self.primary()
        if not isinstance(start, Point) or not isinstance(end, Point):
            raise NoEqualError("lengths between spans")
        if crossing:
            if unit == "week":
                raise NoEqualError("weeks that begin on a certain day")
            start, end = floor(start, unit), floor(end, unit)
        return length_between(start, end, unit)

    def primary(self) -> Answer:
        token = self.peek()
        if self.take("("):
            found = self.whole()
            self.need(")")
            return found
        if token in ("Interval",):
            self.at += 1
            return self.span()
        if self.take("start", "of"):
            found = self.primary()
            if not isinstance(found, Span):
                raise NoEqualError("start of no span")
            return found.low
        if self.take("end", "of"):
            found = self.primary()
            if not isinstance(found, Span):
                raise NoEqualError("end of no span")
            return found.high
        if self.take("date", "from"):
            found = self.primary()
            if not isinstance(found, Point):
                raise NoEqualError("date of no point")
            first = floor(found, "day")
            return replace(first, hi=first.hi + DAY - 1)
        return self.literal()

    def literal(self) -> Point:
        token = self.peek()
        self.at += 1
        if token == "null":
            if self.take("as"):
                self.at += 1
                while self.peek() in ("<", ">") or (self.peek(-1) == "<"):
                    self.at += 1
            return anything()
        if token == "Today":
            self.need("(")
            self.need(")")
            return date_time(_TODAY)
        if token in ("DateTime", "Date", "Time"):
            return self.constructed(token)
        if token.startswith("@"):
            return _written(token)
        if re.fullmatch(r"-?\d+(\.\d+)?L?", token):
            if self.peek().startswith("'"):
                unit = self.peek().strip("'")
                self.at += 1
                return quantity(token, unit)
            if re.fullmatch(r"(millisecond|second|minute|hour|day|week|month|year)s?", self.peek()):
                unit = self.peek()
                self.at += 1
                return quantity(token, unit)
            return number(token)
        raise NoEqualError(token)

    def constructed(self, what: str) -> Point:
        self.need("(")
        parts = []
        while not self.take(")"):
            parts.append(self.peek())
            self.at += 1
            self.take(",")
        if not all(re.fullmatch(r"-?\d+(\.\d+)?", part) for part in parts):
            raise NoEqualError("parts of a date that are null")
        if what == "Time":
            return date_time(["1970", "01", "01", *parts], sort="time")
        offset = ""
        if len(parts) == 8:
            hours = float(parts.pop())
            offset = f"{'-' if hours < 0 else '+'}{int(abs(hours)):02}:{int(abs(hours) % 1 * 60):02}"
        if len(parts) == 7:
            parts[6] = parts[6].zfill(3)
        return date_time(parts, offset)

    def span(self) -> Span:
        open_low = self.peek() == "("
        self.at += 1
        low = self.literal()
        self.need(",")
        high = self.literal()
        open_high = self.peek() == ")"
        self.at += 1
        sort = low.sort or high.sort
        if not sort:
            raise NoEqualError("a span of nothing but nulls has no type")
        # A closed null end reaches as far as there are points; behind an open one the end is not known.
        if not low.sort:
            low = replace(high, lo=BEGINNING, hi=high.hi if open_low else BEGINNING)
        elif open_low:
            low = following(low)
        if not high.sort:
            high = replace(low, lo=low.lo if open_high else END_OF_TIME, hi=END_OF_TIME)
        elif open_high:
            high = preceding(high)
        if low.lo > high.hi:
            raise ValueError("a span that ends before it begins")
        return Span(low, high)


def _written(token: str) -> Point:
    found = _AT.fullmatch(token)
    if found is None:
        raise NoEqualError(token)
    *parts, offset = found.groups()
    sort = "date"
    if parts[0] is None:
        parts[:3] = ["1970", "01", "01"]
        sort = "time"
        if offset:
            raise ValueError("a time of day with an offset")
    kept = []
    for part in parts:
        if part is None:
            break
        kept.append(part)
    if offset and len(kept) < 5:
        raise NoEqualError(token)
    return date_time(kept, offset or "", sort)


def _truncated(before: Point, after: Point) -> Point:
    """A moved date keeps the precision that it was given in, where the whole of it moved by whole units."""
    return replace(after, precision=before.precision)


def _counted(answer: Point | Span) -> Point | Span:
    """A count of units of time as a plain number."""
    if isinstance(answer, Point) and answer.sort == "count":
        scale = number("1").lo
        return Point(answer.lo * scale, answer.hi * scale, "number", scale)
    return answer
