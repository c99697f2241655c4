"""A term is one thing that notes name in several ways; a lexicon holds terms and all their names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property

from eligibility.concepts import Coding
from eligibility.facts import Kind
from nlp.folding import fold


class Case(Enum):
    """How the letters of a name have to be written to mean it."""

    ANY = "any"
    AS_WRITTEN = "as"
    WORD = "word"  # as written, and not in a line all in capitals: it is a common word, too


@dataclass(frozen=True, slots=True)
class Term:
    """One thing: what it is called in reports, its kind, and the codes that say no more than the name does.

    `members` are labels of what belongs to a class ("beta blocker": metoprolol, ...). A mention of the
    class is none of a member.
    """

    label: str
    kind: Kind
    codings: tuple[Coding, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """One way to write a term. `term` is its position; an ambiguous name only ever raises a question."""

    text: str
    term: int
    case: Case = Case.ANY
    ambiguous: bool = False


@dataclass(frozen=True)
class Lexicon:
    """Terms, their names, and phrases that hold a name and do not mean it.

    Terms of kind MENTION are phrases that a protocol states: they are found on their own, wherever other
    names overlap them.
    """

    terms: tuple[Term, ...]
    names: tuple[Name, ...]
    not_meant: tuple[str, ...] = ()
    _positions: dict[str, list[int]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for position, term in enumerate(self.terms):
            self._positions.setdefault(term.label.casefold(), []).append(position)

    def positions(self, label: str) -> list[int]:
        """Positions of the terms with this label."""
        return self._positions.get(label.casefold(), [])

    def kinds(self, name: str) -> frozenset[Kind]:
        """The kinds of what has this name."""
        return frozenset(self.terms[term].kind for term in self._named.get(fold(name).text, ()))

    @cached_property
    def _named(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for one in self.names:
            found.setdefault(fold(one.text).text, []).append(one.term)
        return found

    def with_terms(self, additions: Iterable[tuple[Term, Iterable[str]]]) -> Lexicon:
        """A lexicon with further terms, each with its names besides the label.

        A name that is known for the same kind keeps its meaning. An addition that bears the label of exactly
        one known term of its kind is that term, which then has the codings and the new names of both. Stated
        phrases (kind MENTION) stay apart.
        """
        terms, names = list(self.terms), list(self.names)
        known = {(fold(n.text).text, terms[n.term].kind) for n in names}
        labelled: dict[tuple[str, Kind], set[int]] = {}
        for position, term in enumerate(terms):
            labelled.setdefault((fold(term.label).text, term.kind), set()).add(position)
        for term, others in additions:
            spelt = {fold(text).text: text for text in (term.label, *others) if text.strip()}
            same = {p for text in spelt for p in labelled.get((text, term.kind), ())}
            new = {text: name for text, name in spelt.items() if (text, term.kind) not in known}
            if len(same) == 1 and term.kind is not Kind.MENTION:
                (position,) = same
                old = terms[position]
                terms[position] = replace(old, codings=tuple(dict.fromkeys((*old.codings, *term.codings))))
            elif new:
                position = len(terms)
                terms.append(term)
                labelled.setdefault((fold(term.label).text, term.kind), set()).add(position)
            names += [Name(name, position) for name in new.values()]
            known.update((text, term.kind) for text in new)
        return Lexicon(tuple(terms), tuple(names), self.not_meant)

    @cached_property
    def version(self) -> str:
        """A hash of everything in it, for caches of what was found with it."""
        content = repr((self.terms, self.names, self.not_meant)).encode()
        return hashlib.sha256(content).hexdigest()[:16]
