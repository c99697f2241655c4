"""What is said of mentions, with the labelled spans given: public sets, our own notes, medSpaCy beside us.

Documents are the units of the intervals: a report of negex, a case report of the others, a note of ours.
The closed half of our own notes is read only where CLOSED is set in the environment, at the end of work.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import peer_notes
from benchmarks.accuracy.counts import Counts, compared, score
from benchmarks.accuracy.rows import Row, better_row, f1_row
from nlp import sections, sentences
from nlp.assertion import assert_all
from nlp.document import Axis, Mention
from tests.nlp.gold.reader import DEVELOPMENT, read_half

CLOSED = "ELIGIBILITY_CLOSED_NOTES"
_AXES = {
    "negated": Axis.NEGATED,
    "possible": Axis.POSSIBLE,
    "hypothetical": Axis.HYPOTHETICAL,
    "historical": Axis.HISTORICAL,
    "someone else": Axis.SOMEONE_ELSE,
}
# Our axis -> the name of its label in the public sets.
_LABELS = {"negated": "neg", "possible": "unc", "hypothetical": "hyp", "historical": "hist"}
_GOLD = {
    "negated": "absent",
    "possible": "possible",
    "hypothetical": "hypothetical",
    "historical": "historical",
    "someone else": "someone-else",
}
# Set, axis, which mentions, least F1 that holds, whether medSpaCy is run beside us.
_ROWS = (
    ("negex", "negated", "all", 0.985, True),
    ("negex", "historical", "all", 0.72, True),
    ("negex", "hypothetical", "all", 0.95, True),
    ("e3c", "negated", "clin", 0.86, False),
    ("e3c", "negated", "all", None, True),
    ("e3c", "possible", "all", 0.50, True),
    ("ada", "negated", "all", 0.70, True),
)
# Where our F1 less that of medSpaCy's better configuration must lie above 0.
_BETTER = {("negex", "negated"), ("e3c", "negated")}


class _Document(NamedTuple):
    """Labelled text. `group`: texts of one report are one document of the intervals."""

    group: str
    text: str
    entities: Sequence[dict[str, Any]]
    said: Sequence[frozenset[str]]


def rows(data: Path) -> Iterable[Row]:
    """Rows of the public sets, then of our own notes."""
    for name in dict.fromkeys(row[0] for row in _ROWS):
        yield from _public(data, name)
    yield from _own(DEVELOPMENT, None)
    halves = ("open", "closed") if os.environ.get(CLOSED) else ("open",)
    for half in halves:
        yield from _own(half, 0.90)


def _public(data: Path, name: str) -> Iterator[Row]:
    documents = [_document(record) for record in _records(data, name)]
    texts = [
        peer_notes.Marked(d.text, [(entity["start"], entity["end"]) for entity in d.entities])
        for d in documents
    ]
    try:
        theirs = {
            setting: [d._replace(said=said) for d, said in zip(documents, found, strict=True)]
            for setting, found in (
                ("default", peer_notes.assert_all(texts, prune=False)),
                ("pruned", peer_notes.assert_all(texts, prune=True)),
            )
        }
    except peer_notes.PeerError:
        theirs = {}  # a comparison that was not run does not hold
    for _, axis, which, least, beside in (row for row in _ROWS if row[0] == name):
        label = axis if which == "all" else f"{axis}, {which}"
        ours = _counts(documents, axis, which)
        others = {setting: _counts(found, axis, which) for setting, found in theirs.items()}
        figures = {setting: score(counts).f1 for setting, counts in others.items()}
        shown = ", ".join(f"{figure:.3f}" for figure in figures.values())
        yield f1_row(name, label, ours, least, f"medSpaCy {shown or 'NOT RUN'}")
        if beside and (name, axis) in _BETTER and not theirs:
            nan = float("nan")
            baseline, measure = "medSpaCy NOT RUN", "difference of F1"
            yield Row(name, label, nan, (nan, nan), "interval above 0", False, None, None, baseline, measure)
        elif beside and (name, axis) in _BETTER:
            better = max(figures, key=lambda setting: figures[setting])
            yield better_row(name, label, ours, others[better], f"medSpaCy, {better}")


def _own(half: str, least: float | None) -> Iterator[Row]:
    notes = read_half(half)
    said = [_said(n.text, [Mention(m.start, m.end, 0) for m in n.mentions]) for n in notes]
    for axis, label in _GOLD.items():
        counts = [
            compared([label in m.axes for m in n.mentions], [axis in axes for axes in found])
            for n, found in zip(notes, said, strict=True)
        ]
        # The open half and the notes for development were read while the rules were written: their figures
        # are shown and promise nothing.
        yield f1_row(f"our notes, {half}", axis, counts, least)


def _records(data: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / "notes" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _document(record: dict[str, Any]) -> _Document:
    mentions = [Mention(entity["start"], entity["end"], 0) for entity in record["ents"]]
    return _Document(record["group"], record["text"], record["ents"], _said(record["text"], mentions))


def _said(text: str, mentions: Sequence[Mention]) -> list[frozenset[str]]:
    found = sections.find(text)
    asserted = assert_all(text, found, sentences.split(text, found), mentions)
    return [frozenset(name for name, axis in _AXES.items() if one.axes & axis) for one in asserted]


def _counts(documents: Sequence[_Document], axis: str, which: str) -> list[Counts]:
    """Counts of each group of documents, in order of their names."""
    label = _LABELS[axis]
    groups: dict[str, Counts] = {}
    for document in documents:
        pairs = [
            (entity[label], axis in said)
            for entity, said in zip(document.entities, document.said, strict=True)
            if label in entity and (which == "all" or entity[which])
        ]
        counts = compared([gold for gold, _ in pairs], [said for _, said in pairs])
        before = groups.get(document.group, Counts())
        groups[document.group] = Counts(*(a + b for a, b in zip(before, counts, strict=True)))
    return [groups[group] for group in sorted(groups)]
