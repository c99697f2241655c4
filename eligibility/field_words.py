"""What the words of a record's fields say when one is asked for: yes, no, or nothing that decides.

The table (`field_words.toml`) holds FHIR R4's closed lists by kind of fact and column. A word that says that
nobody knows, or that no list holds ("Active", a site's own), is not surely another than the one asked for.

Clinical statuses form a small hierarchy (HL7, CodeSystem condition-clinical and allergyintolerance-clinical):
relapse and recurrence are active; remission and resolved are inactive. Who asks for `active` asks for those
too; a record that says no more than `active` may be any of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from itertools import combinations

from eligibility.facts import Kind

# Words of the lists that say that the source does not know.
UNDECIDED = frozenset({"unknown", "unable-to-assess", "UNK", "ASKU"})
_PARTS: Mapping[str, frozenset[str]] = {
    "active": frozenset({"recurrence", "relapse"}),
    "inactive": frozenset({"remission", "resolved"}),
}


@cache
def field_words(kind: Kind) -> Mapping[str, tuple[str, ...]]:
    """The closed lists of a kind of fact by column, as FHIR orders them; empty where it has none."""
    return _table().get(kind.name.lower(), {})


@cache
def readings(kind: Kind, column: str, asked: tuple[str, ...]) -> Mapping[str, bool] | None:
    """Which words of a column are one of those asked for (True) and which surely are none (False).

    Any word that is not among them leaves it open. None: the column has no closed list, so that any other
    word than those asked for surely is another.
    """
    listed = field_words(kind).get(column)
    if listed is None:
        return None
    meant = frozenset(asked)
    hierarchy = _PARTS if column == "clinical_status" else {}
    for word in asked:
        meant |= hierarchy.get(word, frozenset())
    open_words = UNDECIDED | {word for word, parts in hierarchy.items() if parts & meant}
    told = {word: word in meant for word in (*listed, *asked) if word in meant or word not in open_words}
    if (kind, column) == (Kind.ALLERGY, "category"):
        told.update({"+".join(several): not meant.isdisjoint(several) for several in _several(listed)})
    return told


def _several(words: Collection[str]) -> list[tuple[str, ...]]:
    """All choices of two or more words, each in the order in which the columns hold several."""
    ordered = sorted(words)
    return [some for count in range(2, len(ordered) + 1) for some in combinations(ordered, count)]


@cache
def _table() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    data = tomllib.loads(files(__package__).joinpath("field_words.toml").read_text(encoding="utf-8"))
    return {
        kind: {column: tuple(words) for column, words in columns.items()} for kind, columns in data.items()
    }
