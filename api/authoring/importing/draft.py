"""The text that an import makes: terms, definitions and criteria, and what is remarked of them.

Every part of the original ends as a statement, as a question to a clinician, or in the list of remarks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from criteria_dsl.parse import reserved_words
from criteria_dsl.vocabulary import person_fields

_CONFIRMS = "clinician confirms"
_LONGEST_NAME = 48
_LONGEST_WORDS = 400
_NAME = re.compile(r"[A-Za-z]\w*(?:-\w+)*", re.ASCII)
# Words that only some places reserve, and that would be hard to read as names.
_UNWISE = {"normal", "analyte", "to", "x", "consecutive", "total", "days", "day", "week", "month", "year"}


class NoEqualError(Exception):
    """A part of the original has no equal in our language; the message says why."""


class Outcome(StrEnum):
    """What became of a part of the original that is not simply said."""

    ASKED = "asked"  # a clinician is asked in words
    SUPPLY = "to supply"  # a value set that the author has to supply
    DIFFERS = "differs"  # said, and read differently there in some respect
    LISTED = "left out"  # not about who may take part, or without any place here


@dataclass(frozen=True, slots=True)
class Remark:
    """One part of the original: where it stands, what became of it, and why."""

    place: str
    outcome: Outcome
    original: str
    reason: str
    criterion: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A statement on one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A quantifier (`all of`, `at least 2 of`) over statements."""

    head: str
    parts: tuple[Statement, ...]


Statement = Line | Bullets


@dataclass(slots=True)
class Criterion:
    polarity: str
    id: str
    label: str
    statement: Statement
    source: list[str] = field(default_factory=list)
    cohorts: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """A protocol in the making."""

    name: str
    version: str
    title: str
    origin: str  # what it was imported from, for the first comment
    terms: dict[str, str] = field(default_factory=dict)  # name → what stands behind it
    definitions: dict[str, str] = field(default_factory=dict)
    criteria: list[Criterion] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _terms: dict[tuple[str, str], str] = field(default_factory=dict)

    # --- names and terms

    def free_name(self, words: str, otherwise: str = "term") -> str:
        """A name made of words that nothing else has."""
        name = slug(words) or otherwise
        if name in reserved_words() or name in person_fields() or name.lower() in _UNWISE:
            name = f"{name}-1"
        candidate, number = name, 1
        while candidate in self._taken:
            number += 1
            candidate = f"{name}-{number}"
        self._taken.add(candidate)
        return candidate

    def term(self, kind: str, words: str, source: str, head: str = "") -> str:
        """The name of a term, the same one for the same kind and codes; `head` is such as ` in mg/dL`."""
        key = (kind, f"{head}: {source}")
        if key not in self._terms:
            name = self._terms[key] = self.free_name(words, kind)
            self.terms[name] = f"{kind} {name}{head}: {source}"
        return self._terms[key]

    def define(self, words: str, what: str) -> str:
        """A name for records, a pick or (with `when …`) a statement."""
        known = next((name for name, said in self.definitions.items() if said == what), None)
        if known is None:
            known = self.free_name(words, "definition")
            self.definitions[known] = what
        return known

    # --- what cannot be said

    def ask(self, words: str, place: str, original: str, reason: str) -> Line:
        """A question in neutral words, remarked with the original."""
        self.remark(place, Outcome.ASKED, original, reason)
        return Line(f'{_CONFIRMS} "{quotable(words)}"')

    def ask_whole(self, criterion: Criterion, reason: str) -> bool:
        """Asks a criterion as a whole, in its own words; False where it already is."""
        if isinstance(criterion.statement, Line) and criterion.statement.text.startswith(_CONFIRMS):
            return False
        told = " ".join(line.strip() for line in _lines(criterion.statement, 0))
        since = len(self.remarks)
        criterion.statement = self.ask(told, criterion.id, told, f"Not accepted: {reason}.")
        self._own(criterion, since)
        return True

    def ask_line(self, criterion: Criterion, line: str, reason: str) -> bool:
        """Asks one line of a criterion; False where it has none such."""
        since = len(self.remarks)
        changed = self._with_line_asked(criterion.statement, line, criterion.id, reason)
        if changed is None:
            return False
        criterion.statement = changed
        self._own(criterion, since)
        return True

    def _with_line_asked(self, statement: Statement, line: str, place: str, reason: str) -> Statement | None:
        match statement:
            case Line(text=text):
                if text != line or text.startswith(_CONFIRMS):
                    return None
                return self.ask(text, place, text, f"Not accepted: {reason}.")
            case Bullets(head=head, parts=parts):
                for i, part in enumerate(parts):
                    changed = self._with_line_asked(part, line, place, reason)
                    if changed is not None:
                        return Bullets(head, (*parts[:i], changed, *parts[i + 1 :]))
        return None

    def remark(self, place: str, outcome: Outcome, original: str, reason: str) -> None:
        found = Remark(place, outcome, one_line(original), one_line(reason))
        if found not in self.remarks:
            self.remarks.append(found)

    def add(self, criterion: Criterion, since: int) -> None:
        """A criterion; the remarks from number `since` on are its own."""
        criterion.id = self.free_id(criterion.id)
        self.criteria.append(criterion)
        self._own(criterion, since)

    def _own(self, criterion: Criterion, since: int) -> None:
        for i in range(since, len(self.remarks)):
            old = self.remarks[i]
            self.remarks[i] = Remark(old.place, old.outcome, old.original, old.reason, criterion.id)

    def free_id(self, wanted: str) -> str:
        """An id that no criterion has."""
        base = "-".join(re.findall(r"\w+", wanted, re.ASCII))[:_LONGEST_NAME].strip("-_") or "C"
        base = base if base[0].isalpha() else f"C{base}"
        if base in reserved_words():
            base = f"{base}-1"
        taken = {criterion.id for criterion in self.criteria}
        return next(n for n in (base, *(f"{base}-{i}" for i in range(2, 100_000))) if n not in taken)

    # --- the text

    def text(self) -> str:
        """The whole text, not yet in canonical form."""
        used = self._used()
        own = [remark for remark in self.remarks if not remark.criterion]
        parts = [f"# Imported from {one_line(self.origin)}."]
        parts += [comment(remark) for remark in own]
        parts.append(f'\nprotocol {self.name} version {self.version} "{quotable(self.title)}"\n')
        parts += [said for name, said in self.terms.items() if name in used]
        parts += [""]
        parts += [f"define {name} {said}" for name, said in self.definitions.items() if name in used]
        for criterion in self.criteria:
            parts += ["", *_criterion(criterion, self.remarks)]
        return "\n".join(parts) + "\n"

    def forget_unneeded(self) -> None:
        """Drops what is said of value sets that no criterion came to need after all."""
        used = self._used()
        kept = " ".join(said for name, said in self.terms.items() if name in used)
        self.remarks = [
            remark
            for remark in self.remarks
            if remark.outcome is not Outcome.SUPPLY or f'"{remark.original.partition(" ")[0]}"' in kept
        ]

    def _used(self) -> set[str]:
        """Names that some criterion needs, through definitions and other terms."""
        waiting = [_unquoted(line) for c in self.criteria for line in _lines(c.statement, 0)]
        used: set[str] = set()
        while waiting:
            for name in _NAME.findall(waiting.pop()):
                said = self.terms.get(name) or self.definitions.get(name)
                if said is not None and name not in used:
                    used.add(name)
                    waiting.append(_unquoted(said))
        return used

    def needs(self, criterion: Criterion, name: str) -> bool:
        """Whether a criterion uses a name, through definitions and other terms."""
        kept, self.criteria = self.criteria, [criterion]
        try:
            return name in self._used()
        finally:
            self.criteria = kept


def negated(statement: Statement) -> Statement:
    """The opposite of a statement."""
    match statement:
        case Bullets(head="none of", parts=(one,)):
            return one
        case Bullets(head="any of", parts=parts):
            return Bullets("none of", parts)
    return Bullets("none of", (statement,))


def joined(head: str, parts: list[Statement]) -> Statement:
    """Statements under a quantifier; a single one needs none for `all of` and `any of`."""
    if len(parts) == 1 and head in ("all of", "any of"):
        return parts[0]
    return Bullets(head, tuple(parts))


def slug(words: str) -> str:
    """Small words with hyphens; "" where nothing is left."""
    plain = "-".join(re.findall(r"[A-Za-z0-9]+", words))
    while plain and not plain[0].isalpha():
        plain = plain.partition("-")[2] if "-" in plain else ""
    if len(plain) > _LONGEST_NAME:
        plain = plain[:_LONGEST_NAME].rpartition("-")[0] or plain[:_LONGEST_NAME]
    return plain if any(c.isupper() for c in plain[1:]) and "-" not in plain else plain.lower()


def plain_name(words: str, otherwise: str) -> str:
    """Words as the name of a protocol, letters as they are."""
    name = "-".join(re.findall(r"[A-Za-z0-9]+", words))[:_LONGEST_NAME].strip("-") or otherwise
    name = name if name[0].isalpha() else f"{otherwise}-{name}"
    return f"{name}-1" if name in reserved_words() else name


def one_line(words: str) -> str:
    """Words without line breaks and control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in words).split())


def quotable(words: str) -> str:
    """Words that can stand between quotation marks."""
    plain = one_line(words).replace('"', "'")
    return plain if len(plain) <= _LONGEST_WORDS else plain[: _LONGEST_WORDS - 1].rsplit(" ", 1)[0] + "…"


def comment(remark: Remark) -> str:
    return f"# {remark.outcome}: {remark.original} ({remark.place}). {remark.reason}"


def _unquoted(text: str) -> str:
    return re.sub(r'"[^"]*"', "", text)


def _criterion(criterion: Criterion, remarks: list[Remark]) -> Iterator[str]:
    for remark in remarks:
        if remark.criterion == criterion.id:
            yield comment(remark)
    yield f'{criterion.polarity} {criterion.id} "{quotable(criterion.label)}"'
    for line in criterion.source:
        yield f"  | {one_line(line)}"
    if criterion.cohorts:
        yield f"  for cohort {' or '.join(criterion.cohorts)}"
    yield from _lines(criterion.statement, 1)


def _lines(statement: Statement, level: int, bullet: bool = False) -> Iterator[str]:
    margin = "  " * (level - bullet) + ("- " if bullet else "")
    match statement:
        case Line(text=text):
            yield f"{margin}{text}"
        case Bullets(head=head, parts=parts):
            yield f"{margin}{head}"
            for part in parts:
                yield from _lines(part, level + 1, bullet=True)
