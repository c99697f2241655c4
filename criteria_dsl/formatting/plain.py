"""A protocol's blocks in plain English: the same words, with signs, hyphens and brackets read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lark import Token, Tree

from criteria_dsl.blocks import cut
from criteria_dsl.formatting.words import ParseTree, ordered
from criteria_dsl.parse import parse, parse_tree
from criteria_dsl.problem import CriteriaError, Report
from criteria_dsl.source import read

_SIGNS = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than", "=": "exactly"}
_SIGNS |= {"≥": "at least", "≤": "at most"}
_UNITS = {"mm[Hg]": "mmHg", "mL/min/{1.73_m2}": "mL/min/1.73 m²", "10*3/uL": "×10³/µL", "10*9/L": "×10⁹/L"}
_TIGHT = frozenset((",", ";", ":", ")"))
_HEADS = frozenset(("polarity", "quotes"))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of plain text; `depth` counts the bullets it stands below."""

    text: str
    depth: int


@dataclass(frozen=True, slots=True)
class PlainBlock:
    """A criterion or definition: its statement, and the lines that go with it (policies, attributes)."""

    name: str
    statement: tuple[Line, ...]
    notes: tuple[str, ...]
    uses: tuple[str, ...]  # names that its statement, or whom it is for, mentions, in order
    arguments: tuple[str, ...] = ()  # names that stand for what a use gives
    group: str = ""  # the line that says whom alone it is for, empty where it is for all

    @property
    def sentence(self) -> str:
        """The statement and whom it is for on one line, bullets in brackets."""
        text, depth = "", 0
        for line in self.statement:
            if line.depth > depth:
                text = text.removesuffix(":") + " ("
            elif text:
                text += ")" * (depth - line.depth) + "; "
            text += line.text
            depth = line.depth
        text += ")" * depth
        return f"{self.group}: {text}" if self.group else text


def plain_blocks(text: str, *, name: str = "protocol.elig") -> Mapping[str, PlainBlock]:
    """Criteria, cohorts and definitions of a text by name. Raises `CriteriaError`."""
    report = Report()
    found: dict[str, PlainBlock] = {}
    for block in cut(read(name, text), report):
        parse(block, report)
        if not report.failed:
            plain = _plain(parse_tree(block.text))
            if plain is not None:
                found[plain.name] = plain
    if report.failed:
        raise CriteriaError(report.problems(name))
    return found


def _plain(start: ParseTree) -> PlainBlock | None:
    block = start.children[0]
    if not isinstance(block, Tree):
        return None
    rule = str(block.data)
    named = rule.startswith("define") or rule in ("criterion", "cohort")
    name = next((str(c) for c in block.children if isinstance(c, Token) and c.type == "NAME"), "")
    if not named or not name:
        return None
    parts = [c for c in block.children if isinstance(c, Tree) and str(c.data) not in _HEADS]
    notes = [part for part in parts if _is_note(part)]
    body = [part for part in parts if part not in notes]
    lines: list[Line] = []
    for part in body:
        if str(part.data) != "arguments":
            lines += _lines(part)
    groups = [part for part in notes if str(part.data) == "only_for"]
    arguments = [part for part in body if str(part.data) == "arguments"]
    return PlainBlock(
        name,
        tuple(lines),
        tuple(line.text for part in notes for line in _lines(part)),
        tuple(dict.fromkeys(word for part in (*body, *groups) for word in _names(part))),
        tuple(word for part in arguments for word in _names(part)),
        "; ".join(line.text for part in groups for line in _lines(part)),
    )


# What a term says of itself beside its codes.
_OF_TERMS = frozenset(("analyte", "normal", "half_life"))


def term_notes(text: str) -> Mapping[str, str]:
    """What the terms of a text say beside their codes (analyte, normal range, half-life), by name."""
    found: dict[str, str] = {}
    for block in cut(read("", text), Report()):
        if parse(block, Report()) is None:
            continue
        node = parse_tree(block.text).children[0]
        if isinstance(node, Tree) and str(node.data) == "term":
            name = next(str(c) for c in node.children if isinstance(c, Token) and c.type == "NAME")
            parts = [c for c in node.children if isinstance(c, Tree) and str(c.data) in _OF_TERMS]
            found[name] = ", ".join(line.text for part in parts for line in _lines(part))
    return found


def _is_note(part: ParseTree) -> bool:
    """Whether a part of a block says how, not what: policies and attributes."""
    rule = str(part.data)
    return rule.endswith("_policy") or rule in _NOTES


_NOTES = frozenset(("stage", "asked", "only_for", "for_cohort", "priority", "route", "changed_by"))


def _names(tree: ParseTree) -> Iterator[str]:
    for token in tree.scan_values(lambda value: isinstance(value, Token) and value.type == "NAME"):
        yield str(token)


def _lines(tree: ParseTree) -> list[Line]:
    """The text of a part, a line for each bullet."""
    lines: list[tuple[int, list[str]]] = [(0, [])]
    depth = 0
    for token in _tokens(tree):
        match token.type:
            case "_INDENT":
                depth += 1
                lines[-1][1].append(":")
            case "_DEDENT":
                depth -= 1
            case "_BULLET":
                lines.append((depth, []))
            case _:
                lines[-1][1].append(_spoken(token))
    if lines[0][1] == [":"]:  # bullets without a line above them
        lines = [(at - 1, words) for at, words in lines[1:]]
    return [Line(_joined(words), at) for at, words in lines if words]


def _tokens(tree: ParseTree) -> Iterator[Token]:
    for child in ordered(tree):
        if isinstance(child, Token):
            yield child
        else:
            yield from _tokens(child)


def _spoken(token: Token) -> str:
    text = str(token)
    match token.type:
        case "CMP":
            return _SIGNS.get(text, text)
        case "NAME":
            return spoken_name(text)
        case "UNIT":
            return _UNITS.get(text, text)
        case "STRING":
            return f"“{text[1:-1]}”"
    return text


def spoken_name(name: str) -> str:
    """A name with its hyphens as spaces, but those that belong there (GLP-1, NT-proBNP, De-Ritis, non-…)."""
    first, *others = name.split("-")
    said, before = first, first
    for part in others:
        belongs = before == "non" or (before.isupper() and not part.islower())
        belongs |= before.istitle() and part.istitle()  # of two people
        said += f"-{part}" if belongs else f" {part}"
        before = part
    return said


def _joined(words: list[str]) -> str:
    text = ""
    for word in words:
        glued = not text or word in _TIGHT or text.endswith("(")
        text += word if glued else f" {word}"
    return text
