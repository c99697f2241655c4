"""The reference of the language, written from the tables the compiler itself uses.

`python -m criteria_dsl.reference > docs/reference.md` writes it anew; a test keeps the two alike.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files

from criteria_dsl.cases.diagnostics import CASE_DIAGNOSTICS
from criteria_dsl.diagnostics import DIAGNOSTICS, Diagnostic
from criteria_dsl.parse import reserved_words
from criteria_dsl.phrasebook import phrases
from criteria_dsl.systems import WITH_HIERARCHY, systems
from criteria_dsl.vocabulary import KINDS, FieldSort, fields, person_fields
from eligibility.reasons import REASONS
from eligibility.sections import section_names
from eligibility.units.analytes import analytes

_TERMINALS = {
    "NAME": "a name",
    "NUMBER": "a number",
    "DATE": "a day, 2026-01-31",
    "TIME": "hours, days, weeks, months or years",
    "UNIT": "a unit in UCUM",
    "CODE": "a code",
    "VERSION": "a version",
    "STRING": "words in quotation marks",
    "QUOTED": "a line of the protocol's own words, after `|`",
    "CMP": "`>=`, `>`, `<=`, `<` or `=`",
}


def reference() -> str:
    """The whole reference as Markdown."""
    parts = [
        "# Reference of the criteria language",
        "Written from the compiler's own tables. To learn the language, read [language.md](language.md).",
        *_section("Grammar", _grammar()),
        *_section("Kinds of record and their fields", _kinds()),
        *_section("Code systems", _systems()),
        *_section("Analytes", _analytes()),
        *_section("Sections of notes", [", ".join(f"`{name}`" for name in sorted(section_names()))]),
        *_section("Reserved words", [", ".join(f"`{word}`" for word in sorted(reserved_words()))]),
        *_section("English that is not ours", _phrases()),
        *_section("Problems of a text", _diagnostics(DIAGNOSTICS.values())),
        *_section("Problems of a case file", _diagnostics(CASE_DIAGNOSTICS.values())),
        *_section("Reasons of a finding", _reasons()),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    return [f"## {title}", *lines]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(head), line(["---"] * len(head)), *map(line, rows)])


def _grammar() -> Iterator[str]:
    text = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    rules = text[text.index("header:") : text.index("// --- words")]
    yield (
        "Words in small letters are written as they stand; names in angle brackets are other rules. `*` is "
        "any number of times, `+` at least once, square brackets are optional. Lists of bullets are indented."
    )
    yield "```text\n" + "\n".join(_readable(rules)) + "\n```"
    yield _table(("sign", "what it is"), sorted(_TERMINALS.items()))


def _readable(rules: str) -> Iterator[str]:
    """The rules without what only the parser needs."""
    for line in rules.splitlines():
        if not line.strip() or line.startswith("//"):
            continue
        bare = re.sub(r"\s*->\s*\w+", "", line)
        bare = re.sub(r"_INDENT|_DEDENT", "", bare).replace("_BULLET", "-")
        name = re.match(r"[?!]?(\w+):", bare)
        if name is not None:
            bare = f"<{name[1]}> ::={bare[name.end() :]}"
        else:
            bare = f"    {bare.strip()}"
        head, separator, body = bare.partition("::=") if name is not None else ("", "", bare)
        words = re.split(r'("[^"]*")', body)
        shown = "".join(
            word.strip('"') if word.startswith('"') else re.sub(r"(?<![<\w])([a-z_]+)\b", r"<\1>", word)
            for word in words
        )
        yield f"{head}{separator}{shown}".rstrip()


def _kinds() -> Iterator[str]:
    rows = []
    for word, kind in KINDS.items():
        named = ", ".join(f"`{name}`" for name in fields(kind.kind))
        when = "has to be said" if kind.relation is None else f"`{kind.relation.value}`"
        rows.append((f"`{word}`", kind.kind.name.lower(), when, named))
    yield _table(("kind", "fact", "which part a window takes", "fields"), rows)
    yield "Fields of the person: " + ", ".join(f"`{name}`" for name in person_fields()) + "."
    listed: dict[tuple[str, tuple[str, ...]], None] = {}
    for kind in KINDS.values():
        for field in fields(kind.kind).values():
            if field.sort is FieldSort.WORDS:
                listed[field.name, field.words] = None
    for field in person_fields().values():
        if field.sort is FieldSort.WORDS and field.words:
            listed[field.name, field.words] = None
    yield _table(("field", "its words"), [(f"`{name}`", ", ".join(words)) for name, words in listed])


def _systems() -> Iterator[str]:
    rows = [
        (f"`{s.name}`", s.uri, f"`{s.example}`", s.check or "–", _star(s.name, s.below is not None))
        for s in systems().values()
    ]
    yield _table(("name", "URI", "a code looks like", "check digit", "`*`"), rows)


def _star(name: str, by_code: bool) -> str:
    """What `CODE*` rests on."""
    if by_code:
        return "all codes that begin so"
    return "by a release's hierarchy" if name in WITH_HIERARCHY else "–"


def _analytes() -> Iterator[str]:
    yield "A measurement that names its analyte converts between mass and substance; see `analyte`."
    yield ", ".join(f"`{name}`" for name in analytes())


def _phrases() -> Iterator[str]:
    rows = [(f"`{phrase.english}`", f"`{phrase.suggestion}`") for phrase in phrases()]
    yield _table(("instead of a phrase like", "write"), rows)


def _diagnostics(entries: Iterable[Diagnostic]) -> Iterator[str]:
    rows = [(entry.code, entry.title, entry.explanation) for entry in entries]
    yield _table(("code", "problem", "why"), sorted(rows))


def _reasons() -> Iterator[str]:
    rows = [(f"`{r.code}`", r.outcome.name.lower().replace("_", " "), r.meaning, r.remedy) for r in REASONS]
    yield _table(("reason", "outcome", "meaning", "what helps"), rows)


if __name__ == "__main__":
    sys.stdout.write(reference())
