"""The phrases that protocols state, as additions to a lexicon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from eligibility.facts import Kind
from eligibility.program import Program, selections_of
from eligibility.stated import MENTIONED, stated_form
from eligibility.terminology import ValueSet
from nlp.lexicon import Lexicon, Name, Term

_SHORT = 3  # letters: a phrase this short is an abbreviation, and may be one of something else
_UNSPOKEN = frozenset({Kind.OBSERVATION, Kind.ENCOUNTER, Kind.REPORT, Kind.ANSWER, Kind.SURVEY})


def stated_in(programs: Iterable[Program], supplied: Mapping[str, ValueSet]) -> Mapping[str, frozenset[Kind]]:
    """Phrases in their one spelling, with the kinds of fact that they are stated for.

    What a protocol calls a term, its phrases of mentions, and the displays of the value sets it names.
    """
    found: dict[str, set[Kind]] = {}
    for program in programs:
        for selection in selections_of(program.criteria):
            for name in _names(program, selection.value_set, supplied):
                found.setdefault(stated_form(name), set()).add(selection.kind)
            for code in program.value_sets[selection.value_set].codes:
                if code.system == MENTIONED:
                    found.setdefault(code.code, set()).add(Kind.MENTION)
    return {form: frozenset(kinds) for form, kinds in sorted(found.items()) if form}


def allergies_in(programs: Iterable[Program], supplied: Mapping[str, ValueSet]) -> tuple[frozenset[str], ...]:
    """The phrases, in their one spelling, of each allergy that protocols ask for."""
    asked = {
        frozenset(stated_form(name) for name in _names(program, selection.value_set, supplied))
        for program in programs
        for selection in selections_of(program.criteria)
        if selection.kind is Kind.ALLERGY
    }
    return tuple(sorted(asked, key=sorted))


def with_phrases(lexicon: Lexicon, stated: Mapping[str, frozenset[Kind]]) -> Lexicon:
    """The lexicon with what protocols state and it does not know as of that kind."""
    known: dict[str, set[Kind]] = {}
    for name in lexicon.names:
        known.setdefault(stated_form(name.text), set()).add(lexicon.terms[name.term].kind)
    terms, names = list(lexicon.terms), list(lexicon.names)
    for form, kinds in stated.items():
        for kind in sorted(kinds - known.get(form, set()) - _UNSPOKEN):
            short = kind is not Kind.MENTION and len(form) <= _SHORT
            names.append(Name(form, len(terms), ambiguous=short))
            terms.append(Term(form, kind))
    return Lexicon(tuple(terms), tuple(names), lexicon.not_meant)


def _names(program: Program, value_set: str, supplied: Mapping[str, ValueSet]) -> tuple[str, ...]:
    """What a value set is called, what its codes are, and the sets that it is made of."""
    source = program.value_sets[value_set]
    displays = [display for url in source.urls if url in supplied for display in supplied[url].displays]
    parts = [name for part in source.union for name in _names(program, part, supplied)]
    return tuple(dict.fromkeys((*source.names, *displays, *parts)))
