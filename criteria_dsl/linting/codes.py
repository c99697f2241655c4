"""Terms whose codes repeat, cancel or do not suit their kind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from criteria_dsl import tree as t
from criteria_dsl.linting.rule import Edit, Found, rule
from criteria_dsl.linting.text import Text
from criteria_dsl.source import Span
from eligibility import icd_10_cm
from eligibility.program import Code, ValueSetSource

# Code systems in which records of a kind are written; others are a slip, or a local habit.
_SUITED = {
    "diagnosis": ("ICD-10-CM", "ICD-10", "ICD-9-CM", "SNOMED"),
    "measurement": ("LOINC", "SNOMED"),
    "assessment": ("LOINC", "SNOMED"),
    "finding": ("LOINC", "SNOMED"),
    "medication": ("RxNorm", "ATC", "NDC", "SNOMED", "CVX"),
    "procedure": ("SNOMED", "CPT", "HCPCS", "ICD-10-CM", "ICD-9-CM", "LOINC"),
    "visit": ("SNOMED", "CPT", "HCPCS"),
    "vaccine": ("CVX", "NDC", "SNOMED", "RxNorm"),
    "allergy": ("RxNorm", "SNOMED", "ATC", "NDC"),
}

_SUBSTANCE = 7  # characters of an ATC code that names one substance


def _written(source: ValueSetSource) -> list[Code]:
    return list(source.codes)


@rule(
    "L130",
    "a code twice",
    "A code that a term lists twice, or that lies below another of its codes, adds nothing.",
)
def repeated_code(text: Text) -> Iterator[Found]:
    for term in text.terms:
        for source in (s for s in term.sources if isinstance(s, t.Coded)):
            seen: list[str] = []
            for word in source.codes:
                bare = word.text.removesuffix("*")
                over = [
                    one
                    for one in seen
                    if one == word.text or (one.endswith("*") and bare.startswith(one[:-1]))
                ]
                over += [one for one in _ranges_over(text, term, bare) if one != word.text]
                if over:
                    message = f"`{word.text}` is already in `{over[0]}`"
                    yield Found(word.span, message, "take it out", Edit(_with_comma(word), ""))
                seen.append(word.text)


def _ranges_over(text: Text, term: t.Term, bare: str) -> list[str]:
    """The ranges of a term that a code, or the prefix of one, lies in."""
    source = _source(text, term.name)
    held = source.ranges if source is not None else ()
    return [one.written for one in held if bare.startswith(one.codes)]


@rule("L131", "two terms of the same codes", "Two names for one thing drift apart with the next amendment.")
def same_codes(text: Text) -> Iterator[Found]:
    seen: dict[object, str] = {}
    for term in text.terms:
        declared = text.declared.get(term.name.text)
        if declared is None or declared.kind is None:
            continue
        source = text.value_sets[declared.value_set]
        key = (declared.kind, frozenset(source.codes), source.urls, source.union, source.minus)
        first = seen.setdefault(key, term.name.text)
        if first != term.name.text:
            yield Found(term.name.span, f"`{first}` has the same codes", "use one name")


@rule("L132", "a code system of another kind", "Records of this kind are not written in this code system.")
def unsuited_system(text: Text) -> Iterator[Found]:
    for term in text.terms:
        suited = _SUITED.get(term.kind.text)
        for source in term.sources:
            if (
                isinstance(source, t.Coded)
                and not source.quoted
                and suited
                and source.system.text not in suited
            ):
                message = f"a {term.kind.text} is not recorded in {source.system.text}"
                yield Found(source.system.span, message, f"its codes are those of {', '.join(suited[:3])}")


@rule("L133", "nothing left", "What the term takes out leaves none of its codes.")
def nothing_left(text: Text) -> Iterator[Found]:
    for term in text.terms:
        declared = text.declared.get(term.name.text)
        if declared is None or not term.minus:
            continue
        source = text.value_sets[declared.value_set]
        if not _is_plain(source):
            continue
        taken = [code for name in source.minus for code in _written(text.value_sets[name])]
        if source.codes and all(any(_covers(out, code) for out in taken) for code in source.codes):
            yield Found(
                term.name.span, f"`except` takes every code out of `{term.name.text}`", "it matches nobody"
            )


@rule(
    "L134", "an exception that excepts nothing", "No code of the exception is one of what it is taken from."
)
def idle_exception(text: Text) -> Iterator[Found]:
    for rows in text.walk(t.Rows):
        if rows.excepted is None:
            continue
        main = [_source(text, word) for word in rows.names]
        out = [_source(text, word) for word in rows.excepted.names]
        if not all(s is not None and _is_plain(s) for s in (*main, *out)):
            continue
        mine = [code for s in main if s is not None for code in s.codes]
        theirs = [code for s in out if s is not None for code in s.codes]
        shared = any(_covers(a, b) or _covers(b, a) for a in mine for b in theirs)
        if mine and theirs and not shared and {c.system for c in theirs} <= {c.system for c in mine}:
            yield Found(rows.excepted.span, "this exception has no code in common with what it is taken from")


@rule("L135", "its own name as another wording", "`also` lists other wordings; the name counts by itself.")
def own_name(text: Text) -> Iterator[Found]:
    for term in text.terms:
        for word in term.also:
            if word.text.lower().replace(" ", "-") == term.name.text.lower():
                yield Found(word.span, f"`{term.name.text}` is known by this wording already", "take it out")


@rule(
    "L136", "codes out of order", "Codes in order are compared and reviewed faster; an overlap shows at once."
)
def unordered(text: Text) -> Iterator[Found]:
    for term in text.terms:
        for source in term.sources:
            if isinstance(source, t.Coded) and len(source.codes) > 9:
                texts = [word.text for word in source.codes]
                if any(a > b for a, b in pairwise(texts)):
                    yield Found(source.codes[0].span, f"the {len(texts)} codes of this list are not in order")


@rule(
    "L137",
    "a group of drugs without its drugs",
    "Records name substances; a group of ATC without `*` holds none of them.",
)
def bare_group(text: Text) -> Iterator[Found]:
    for term in text.terms:
        for source in term.sources:
            if isinstance(source, t.Coded) and not source.quoted and source.system.text == "ATC":
                for word in source.codes:
                    if len(word.text) < _SUBSTANCE and not word.text.endswith("*"):
                        message = f"`{word.text}` is a group, and this is the group alone"
                        yield Found(word.span, message, f"write `{word.text}*` for all that belongs to it")


@rule(
    "L138",
    "a range over chapters",
    "The ends of a range lie in different chapters of ICD-10-CM, and a slip takes in whole chapters.",
)
def range_over_chapters(text: Text) -> Iterator[Found]:
    for term in text.terms:
        declared = text.declared.get(term.name.text)
        held = text.value_sets[declared.value_set].ranges if declared is not None else ()
        over = [one.written for one in held if len({icd_10_cm.chapter(code) for code in one.codes}) > 1]
        for source in (s for s in term.sources if isinstance(s, t.Coded)):
            for word in (word for word in source.codes if word.text in over):
                first, last = (icd_10_cm.chapter(end) for end in word.text.split("-"))
                message = f'`{word.text}` goes from "{first}" to "{last}"'
                yield Found(word.span, message, "write a range for each chapter, if both are meant")


def _with_comma(word: t.Word) -> Span:
    """A listed word with the comma before it."""
    comma = word.span.source.text.rfind(",", 0, word.span.start)
    return Span(word.span.source, comma, word.span.end)


def _source(text: Text, word: t.Word) -> ValueSetSource | None:
    declared = text.declared.get(word.text)
    return text.value_sets.get(declared.value_set) if declared is not None else None


def _is_plain(source: ValueSetSource) -> bool:
    """Whether its codes are all written out, so that something can be said about them here."""
    return not source.urls and not source.union


def _covers(outer: Code, inner: Code) -> bool:
    if outer.system != inner.system:
        return False
    mine, theirs = outer.code.replace(".", ""), inner.code.replace(".", "")
    return theirs.startswith(mine) if outer.below else mine == theirs and not inner.below
