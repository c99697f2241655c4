"""Concepts of what a note names: the codes of the lexicon, and the phrases that a protocol states.

A phrase is a coding only where some protocol states it, so that two notes with other wording for one
term share one concept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from eligibility.facts import Kind
from eligibility.stated import MENTIONED, stated_coding, stated_form
from nlp.allergy.denials import Sort
from nlp.facts.covered import covers
from nlp.facts.statement import Concept
from nlp.lexicon import Lexicon

_REMEMBERED = 20_000  # names as notes write them, without their note


@dataclass
class Concepts:
    """`stated`: the phrases of protocols, in their one spelling, with the kinds they are stated for.

    `allergies`: the phrases of each allergy that is asked for.
    """

    lexicon: Lexicon
    stated: Mapping[str, frozenset[Kind]]
    allergies: Sequence[frozenset[str]] = ()
    _known: dict[tuple[int, str], Concept] = field(default_factory=dict)
    _forms: dict[str, str] = field(default_factory=dict)

    def of_term(self, term: int, surface: str) -> Concept:
        """The concept of a term that is called `surface` here."""
        key = term, self._stated_as(surface)
        known = self._known.get(key)
        if known is None:
            entry = self.lexicon.terms[term]
            if entry.kind is Kind.MENTION:
                known = ((MENTIONED, stated_form(entry.label)),), entry.label
            else:
                known = self._stated(entry.codings, entry.label, key[1])
            self._known[key] = known
        return known

    def of_result(self, number: int, label: str, loinc: str, system: str, surface: str) -> Concept:
        """The concept of a measured quantity."""
        key = -1 - number, self._stated_as(surface)
        known = self._known.get(key)
        if known is None:
            codings = ((system, loinc),) if loinc else ()
            known = self._known[key] = self._stated(codings, label, key[1])
        return known

    def of_denial(self, sort: Sort) -> Concept:
        """What a denial of all allergies of a sort is of: every such allergy that a protocol asks for."""
        return self._denied[sort]

    @cached_property
    def _denied(self) -> Mapping[Sort, Concept]:
        return {sort: self._of_sort(sort) for sort in Sort}

    def _of_sort(self, sort: Sort) -> Concept:
        covered = [forms for forms in self.allergies if covers(sort, forms, self.lexicon)]
        others = frozenset().union(*(forms for forms in self.allergies if forms not in covered))
        telling = [sorted(forms - others)[:1] for forms in covered]
        return tuple(stated_coding(form) for forms in telling for form in forms), sort.value

    def _stated_as(self, surface: str) -> str:
        """A name in its one spelling where some protocol states it, else ""."""
        form = self._forms.get(surface)
        if form is None:
            if len(self._forms) >= _REMEMBERED:
                self._forms.clear()
            form = stated_form(surface)
            form = self._forms[surface] = form if form in self.stated else ""
        return form

    def _stated(self, codings: tuple[tuple[str, str], ...], label: str, form: str) -> Concept:
        forms = {one for one in (form, stated_form(label)) if one in self.stated}
        return (*codings, *(stated_coding(one) for one in sorted(forms))), label
