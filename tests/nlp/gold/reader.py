"""Reads the labelled notes beside this file; what the marks mean is in GUIDELINES.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

NOTES = Path(__file__).parent / "notes"
HALVES = ("open", "closed")
DEVELOPMENT = "development"  # notes of other authors, for making rules general
SHORT = Path(__file__).parent / "short"  # many short notes to a file, labelled for their dates
_NEXT = "----\n"

PRECEDENCE = ("someone-else", "hypothetical", "absent", "possible", "historical", "present")
AXES = PRECEDENCE[:-1]
NEAR = (*AXES, "date", "value")
EVENTS = ("start", "stop", "hold", "current")
ATTRIBUTES = ("concept", "date", "until", "age", "value", "dose", "event", "by", "near")

_HEADER = ("id", "date", "kind")
_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class GoldError(ValueError):
    """A labelled note breaks the format."""


@dataclass(frozen=True, slots=True)
class Mention:
    start: int
    end: int
    label: str
    flags: frozenset[str]
    """The other axes that hold beside the label."""
    attributes: dict[str, str]

    @property
    def axes(self) -> frozenset[str]:
        """Every axis that holds for this mention; none for a mention that is simply present."""
        return (self.flags | {self.label}) - {"present"}

    @property
    def near(self) -> frozenset[str]:
        """The axes that this mention looks like and is not."""
        return frozenset(filter(None, self.attributes.get("near", "").split(",")))


@dataclass(frozen=True, slots=True)
class Note:
    id: str
    date: date
    kind: str
    text: str
    mentions: tuple[Mention, ...]


def read(path: Path) -> Note:
    return parse(path.read_text(encoding="utf-8"), str(path))


def read_half(half: str) -> list[Note]:
    """The notes of a half, or those for development."""
    if half not in (*HALVES, DEVELOPMENT):
        raise GoldError(f"no half is named {half!r}")
    return [read(path) for path in sorted((NOTES / half).glob("*.txt"))]


def read_short(name: str) -> list[Note]:
    """The short notes of one file; of their labels only dates are scored."""
    path = SHORT / f"{name}.txt"
    return [parse(part, str(path)) for part in path.read_text(encoding="utf-8").split(_NEXT)]


def parse(content: str, name: str) -> Note:
    header: dict[str, str] = {}
    lines = content.split("\n")
    for number, (key, line) in enumerate(zip(_HEADER, lines, strict=False), start=1):
        found, colon, value = line.partition(": ")
        if found != key or not colon or not value.strip():
            raise GoldError(f"{name}:{number}: expected '{key}: …', found {line!r}")
        header[key] = value.strip()
    first = len(_HEADER)
    if len(lines) <= first or lines[first]:
        raise GoldError(f"{name}:{first + 1}: expected an empty line after the header")
    try:
        written = date.fromisoformat(header["date"])
    except ValueError as error:
        raise GoldError(f"{name}:2: {error}") from error

    pieces: list[str] = []
    mentions: list[Mention] = []
    at = 0
    for number, line in enumerate(lines[first + 1 :], start=first + 2):
        if number > first + 2:
            pieces.append("\n")
            at += 1
        for plain, mark in _split(line, f"{name}:{number}"):
            pieces.append(plain)
            at += len(plain)
            if mark is not None:
                words, label, flags, attributes = _mark(mark, f"{name}:{number}")
                mentions.append(Mention(at, at + len(words), label, flags, attributes))
                pieces.append(words)
                at += len(words)
    text = "".join(pieces).rstrip("\n")
    if not text.strip():
        raise GoldError(f"{name}:{first + 2}: the note has no text")
    if not mentions:
        raise GoldError(f"{name}:{first + 2}: the note has no mention")
    return Note(header["id"], written, header["kind"], text, tuple(mentions))


def _split(line: str, where: str) -> list[tuple[str, str | None]]:
    """The line as pairs of plain text and the inside of the mark after it."""
    parts: list[tuple[str, str | None]] = []
    rest = line
    while True:
        plain, opened, tail = rest.partition("[[")
        if "]]" in plain or "|" in plain:
            raise GoldError(f"{where}: ']]' or '|' outside a mark")
        if not opened:
            parts.append((plain, None))
            return parts
        mark, closed, rest = tail.partition("]]")
        if not closed:
            raise GoldError(f"{where}: '[[' without ']]'")
        if "[" in mark or "]" in mark:
            raise GoldError(f"{where}: bracket inside the mark {mark!r}")
        parts.append((plain, mark))


def _mark(mark: str, where: str) -> tuple[str, str, frozenset[str], dict[str, str]]:
    words, *fields = mark.split("|")
    if not words or words != words.strip():
        raise GoldError(f"{where}: a mention is empty or begins or ends with a space: {mark!r}")
    if not fields or fields[0] not in PRECEDENCE:
        raise GoldError(f"{where}: the first field is not a label: {mark!r}")
    label = fields[0]
    flags: list[str] = []
    attributes: dict[str, str] = {}
    for field in fields[1:]:
        if field.startswith("+"):
            flags.append(field[1:])
            continue
        key, equals, value = field.partition("=")
        if not equals or key not in ATTRIBUTES or key in attributes:
            raise GoldError(f"{where}: unknown, empty or repeated attribute {field!r}")
        _check(key, value, where)
        attributes[key] = value
    _check_flags(label, flags, where)
    near = attributes.get("near", "").split(",")
    if label in near or set(flags) & set(near):
        raise GoldError(f"{where}: an axis is both held and only near: {mark!r}")
    return words, label, frozenset(flags), attributes


def _check_flags(label: str, flags: list[str], where: str) -> None:
    if len(set(flags)) < len(flags) or label in flags:
        raise GoldError(f"{where}: a flag is repeated")
    for flag in flags:
        if flag not in AXES:
            raise GoldError(f"{where}: unknown flag {flag!r}")
        # "+someone-else" beside another label: said of the patient and of someone else at once.
        if flag != "someone-else" and PRECEDENCE.index(flag) < PRECEDENCE.index(label):
            raise GoldError(f"{where}: {flag!r} comes before {label!r} and must be the label")


def _check(key: str, value: str, where: str) -> None:
    good = bool(value) and value == value.strip()
    if key in ("date", "until"):
        start, _, end = value.partition("/")
        good = _is_date(start) and (not _ or (_is_date(end) and start <= end))
    elif key == "event":
        good = value in EVENTS
    elif key == "age":
        good = value.isdecimal()
    elif key == "by":
        good = value == "section"
    elif key == "near":
        near = value.split(",")
        good = set(near) <= set(NEAR) and len(set(near)) == len(near)
    if not good:
        raise GoldError(f"{where}: {key}={value!r} is not allowed")


def _is_date(text: str) -> bool:
    if not _PARTIAL_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True
