"""The formatter: one canonical text, the same meaning, no comment lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from criteria_dsl import format_cases, format_text
from criteria_dsl.formatting.layout import comments_of
from criteria_dsl.parse import grammar_rules, parse_tree
from tests.criteria_dsl.corpus import GOOD, HERE, compiled
from tests.criteria_dsl.dump import dump
from tests.criteria_dsl.generate import text

PROTOCOLS = sorted(
    path
    for path in (Path(__file__).parents[2] / "protocols").rglob("*.elig")
    if not path.name.endswith(".cases.elig")
)
CASES = sorted(Path(__file__).parents[2].rglob("*.cases.elig"))
CASES = [path for path in CASES if "bad" not in path.parts and ".venv" not in path.parts]
LAID_OUT = sorted((HERE / "formatting").glob("*.elig"))


def holds(written: str) -> None:
    """What is true of every text: canonical is stable, and keeps all words and comments."""
    once = format_text(written)
    assert format_text(once) == once
    comments = [sorted(comment.text for comment in comments_of(each)) for each in (written, once)]
    assert comments[0] == comments[1]
    quotes = [re.findall(r"^ *\|[ ]*(.*?) *$", each, re.MULTILINE) for each in (written, once)]
    assert quotes[0] == quotes[1]


@pytest.mark.parametrize("path", LAID_OUT, ids=lambda path: path.stem)
def test_layout(path: Path) -> None:
    """A text beside the one it becomes."""
    assert format_text(path.read_text(encoding="utf-8")) == path.with_suffix(".txt").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_meaning_stays(path: Path, tmp_path: Path) -> None:
    """The formatted corpus compiles to the same program."""
    formatted = tmp_path / path.name
    formatted.write_text(format_text(path.read_text(encoding="utf-8")), encoding="utf-8")
    if (path.parent / "libraries").is_dir():
        (tmp_path / "libraries").symlink_to(path.parent / "libraries")
    assert dump(compiled(formatted).require()) == dump(compiled(path).require())


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_shipped_texts_are_canonical(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    assert format_text(written) == written


@pytest.mark.parametrize("seed", range(40))
def test_generated_texts(seed: int) -> None:
    holds(text(seed))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(100))
def test_many_generated_texts(part: int) -> None:
    for seed in range(1_000 + part * 100, 1_100 + part * 100):
        holds(text(seed))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case_files_are_canonical_and_keep_their_words(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    assert format_cases(written) == written
    plain = re.compile(r'^  (given|expect) ([^"#\n]*)$', re.MULTILINE)
    loose = plain.sub(lambda m: f" {m[1]}   " + m[2].replace(" of ", "\n      of  ") + "  # why", written)
    once = format_cases(loose)
    assert format_cases(once) == once
    assert re.sub(r" +# why", "", once).split() == written.split()


def test_generated_texts_reach_every_rule() -> None:
    """The generator is no use where it leaves out what can be said."""
    # A rule that gives way to its only child leaves no mark in a tree.
    named = [rule for rule in grammar_rules().rules if rule.alias or not rule.options.expand1]
    rules = {str(rule.alias or rule.origin.name) for rule in named}
    rules = {name for name in rules if not name.startswith(("__", "_"))}
    seen: set[str] = set()
    for seed in range(3_000):
        seen.update(str(tree.data) for tree in parse_tree(text(seed, 1)).iter_subtrees())
        if rules <= seen:
            break
    assert rules <= seen
