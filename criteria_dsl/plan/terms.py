"""Terms and code lists as value sets of the program, with every written code checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from criteria_dsl import tree as t
from criteria_dsl.check import report_unknown
from criteria_dsl.names import Entry, Sort, sort_of
from criteria_dsl.plan.analytes import analyte_of, unit_of
from criteria_dsl.plan.code_ranges import code_range, is_range
from criteria_dsl.plan.context import Planning, Scope, lookup, wrong_sort
from criteria_dsl.plan.limits import Expected, Normal, limit_range, unknown_unit
from criteria_dsl.plan.notes import check_source, phrase_codes
from criteria_dsl.problem import RejectedError, Report
from criteria_dsl.systems import WITH_HIERARCHY, System, checks, reshaped, systems
from criteria_dsl.vocabulary import KINDS, KindWord
from eligibility.codesystems import LOINC, SNOMED_CT
from eligibility.program import Analyte, Code, CodeRange, ValueSetSource
from eligibility.units import Unit, resolve

_IN_HOURS = {"hour": 1, "day": 24, "week": 168}
_LONGEST = 10_000
_MOST_RANGED = 100_000
_URL = re.compile(r"(https?://|urn:[a-z0-9][a-z0-9-]*:)[^\s]+")
_SYSTEM = _URL  # languages are `urn:ietf:bcp:47`
_OID = re.compile(r"[0-2](\.[0-9]+){4,}")
# Code systems whose hierarchy is supplied with the value sets, not with the engine.
_VSAC = "http://cts.nlm.nih.gov/fhir/ValueSet/"


@dataclass(frozen=True, slots=True)
class TermFacts:
    """What a term tells the constructs that use it."""

    name: str
    word: KindWord
    unit: Unit | None
    unit_text: str  # as declared, for suggestions
    value_set: str
    normal: Normal = (None, None)  # reference range of results that state none, canonical unit
    half_life: Decimal | None = None  # in hours
    analyte: Analyte | None = None


def term_facts(planning: Planning, entry: Entry) -> TermFacts:
    """A term's kind, unit and value set. Raises RejectedError for a term with a bad unit."""
    node = entry.node
    if not isinstance(node, t.Term):
        raise RejectedError(entry.name)
    word = KINDS[node.kind.text]
    key = value_set(planning, entry)
    if node.normal is not None and not word.has_value:
        message = f"{word.plural} have no result and therefore no reference range"
        raise planning.report.reject("E304", node.normal.span, message, "take it out")
    half_life = half_life_hours(planning.report, node)
    if node.analyte is not None and (node.unit is None or not word.has_value):
        hint = f"take out `analyte {node.analyte.text}`"
        if word.has_value:
            hint = f"say the unit in front: `in mmol/L analyte {node.analyte.text}`"
        message = "an analyte belongs to results with a unit"
        raise planning.report.reject("E304", node.analyte.span, message, hint)
    if node.unit is None:
        if word.needs_unit:
            hint = "add `in mg/dL` or the like (`in 1` for a plain number), or call it a `finding`"
            raise planning.report.reject("E304", node.name.span, f"`{entry.name}` has no unit", hint)
        normal = _normal(planning, node, Expected("1", "", entry.name))
        return TermFacts(entry.name, word, None, "", key, normal, half_life)
    if not word.has_value:
        message = f"{word.plural} have no result and therefore no unit"
        raise planning.report.reject("E304", node.unit.span, message, f"take out `in {node.unit.text}`")
    unit = resolve(node.unit.text)
    if unit is None:
        raise unknown_unit(planning.report, node.unit)
    measured = analyte_of(planning.report, node, unit)
    unit = unit_of(measured, unit)
    analyte = measured.name if measured else ""
    expected = Expected(unit.canonical, node.unit.text, entry.name, analyte=analyte)
    normal = _normal(planning, node, expected)
    return TermFacts(entry.name, word, unit, node.unit.text, key, normal, half_life, measured)


def _normal(planning: Planning, node: t.Term, expected: Expected) -> Normal:
    """The reference range that a term states for results without one. Raises RejectedError."""
    if node.normal is None:
        return None, None
    found = limit_range(planning.report, node.normal, expected)
    return found.low, found.high


def half_life_hours(report: Report, node: t.Term) -> Decimal | None:
    """The half-life a term declares, in hours. Raises RejectedError."""
    length = node.half_life
    if length is None:
        return None
    if node.kind.text != "medication":
        message = "only medications have a half-life"
        raise report.reject("E242", length.span, message, f"take out `{length.span.text}`")
    if length.unit not in _IN_HOURS:
        raise report.reject("E242", length.span, f"a {length.unit} has no fixed length", "give it in days")
    number = Decimal(length.number.text)
    if not 0 < number < _LONGEST:
        message = f"a half-life lies above 0 and below {_LONGEST:,}"
        raise report.reject("E242", length.number.span, message, "")
    return number * _IN_HOURS[length.unit]


def value_set(planning: Planning, entry: Entry) -> str:
    """The key of a term's or code list's value set, planned at first use."""
    node = entry.node
    if not isinstance(node, t.Term):
        raise RejectedError(entry.name)
    if entry.key in planning.value_sets:
        return entry.key
    planning.value_sets[entry.key] = ValueSetSource()  # holds the place: names may not refer to themselves
    scope = Scope(planning, entry.file)
    codes: list[Code] = []
    ranges: list[CodeRange] = []
    urls: list[str] = []
    union: list[str] = []
    every = False
    check_source(planning.report, node)
    for source in node.sources:
        match source:
            case t.Coded():
                codes += _codes(source, planning.report)
                ranges += [one for one in _ranges(source, planning) if one not in ranges]
                urls += _below(source, planning.report)
            case t.FromSet(url=url):
                urls += _url(url, planning.report)
            case t.AnyCode():
                every = True
            case t.Phrases():
                codes += phrase_codes(planning.report, source)
            case t.FromNames(names=names):
                union += [named_codes(scope, word) for word in names if _known(scope, word)]
    minus = [named_codes(scope, word) for word in node.minus if _known(scope, word)]
    wordings = dict.fromkeys((entry.name.replace("-", " "), *(word.text for word in node.also)))
    if node.kind.text == "mention":
        wordings = {}
    codes += [Code(held.system, code, True) for held in ranges for code in held.codes]
    planning.value_sets[entry.key] = ValueSetSource(
        tuple(codes), tuple(urls), tuple(minus), tuple(union), tuple(wordings), every, tuple(ranges)
    )
    return entry.key


def _known(scope: Scope, word: t.Word) -> bool:
    entry = scope.find(word)
    return entry is not None and sort_of(entry) is not Sort.BROKEN


def named_codes(scope: Scope, word: t.Word) -> str:
    """The value set of a name of codes or of a term. Raises RejectedError for any other name."""
    entry = scope.find(word)
    if entry is None:
        report_unknown(word, scope.file, scope.report)
    entry = lookup(scope, word)
    if sort_of(entry) not in (Sort.CODES, Sort.TERM):
        raise wrong_sort(scope, word, entry, "a list of codes", "declare one: `codes name: SYSTEM CODE`")
    return value_set(scope.planning, entry)


def codes_of(scope: Scope, words: tuple[t.Word, ...]) -> str:
    """The value set of names joined by `or`: their own, or a union made for them."""
    keys = [_answer(scope, word) or named_codes(scope, word) for word in words]
    if len(keys) == 1:
        return keys[0]
    key = " or ".join(dict.fromkeys(keys))
    names = tuple(name for one in keys for name in scope.planning.value_sets[one].names)
    scope.planning.value_sets.setdefault(key, ValueSetSource(union=tuple(dict.fromkeys(keys)), names=names))
    return key


# What says yes and no: FHIR's booleans, and the codes of HL7, SNOMED CT and LOINC for the two answers.
_SAYS = {
    "yes": ("true", "Y", "373066001", "LA33-6"),
    "no": ("false", "N", "373067005", "LA32-8"),
}
_SAID_IN = ("boolean", "http://terminology.hl7.org/CodeSystem/v2-0136", SNOMED_CT, LOINC)


def _answer(scope: Scope, word: t.Word) -> str | None:
    """The value set of `yes` or `no`, which no name can be called; None for other words."""
    said = _SAYS.get(word.text)
    if said is None:
        return None
    codes = tuple(Code(system, code) for system, code in zip(_SAID_IN, said, strict=True))
    scope.planning.value_sets.setdefault(word.text, ValueSetSource(codes))
    return word.text


def _codes(source: t.Coded, report: Report) -> list[Code]:
    if source.quoted:
        if not _SYSTEM.fullmatch(source.system.text):
            hint = "a code system is named by its FHIR URI, such as `http://loinc.org`"
            report.add(
                "E406", source.system.span, f"`{source.system.text}` is not the URI of a code system", hint
            )
        named = next((s for s in systems().values() if s.uri == source.system.text), None)
        if named is not None:
            hint = f"write `{named.name}`"
            report.add("E406", source.system.span, "this code system has a name of its own here", hint)
        return [Code(source.system.text, word.text) for word in source.codes]
    system = systems()[source.system.text]
    plain = [
        word
        for word in source.codes
        if not (system.name in WITH_HIERARCHY and word.text.endswith("*")) and not is_range(system, word)
    ]
    return [code for word in plain if (code := _code(system, word, report)) is not None]


def _ranges(source: t.Coded, planning: Planning) -> list[CodeRange]:
    if source.quoted:
        return []
    system = systems()[source.system.text]
    found = []
    for word in {word.text: word for word in source.codes if is_range(system, word)}.values():
        held = code_range(system, word, planning.report) if planning.ranged <= _MOST_RANGED else None
        if held is not None:
            found.append(held)
            planning.ranged += len(held.codes)
            if planning.ranged > _MOST_RANGED:
                message = f"the ranges of this text hold more than {_MOST_RANGED:,} codes"
                planning.report.add("E004", word.span, message, "name value sets")
    return found


def _below(source: t.Coded, report: Report) -> list[str]:
    """Codes with all below them as the URLs of implicit value sets, for systems that need a hierarchy."""
    if source.quoted or source.system.text not in WITH_HIERARCHY:
        return []
    system = systems()[source.system.text]
    bare = [t.Word(word.text[:-1], word.span) for word in source.codes if word.text.endswith("*")]
    return [
        f"{system.uri}?fhir_vs=isa/{code.code}"
        for word in bare
        if (code := _code(system, word, report)) is not None
    ]


def _code(system: System, word: t.Word, report: Report) -> Code | None:
    bare = word.text.removesuffix("*")
    below = bare != word.text
    if below and system.below is None:
        message = f"`*` (and everything below) is not known for {system.name}"
        report.add("E403", word.span, message, 'list the codes, or use `value-set "URL"`')
        return None
    shape = system.below if below and system.below is not None else system.shape
    if not shape.fullmatch(bare):
        near = reshaped(system, bare)
        star = "*" if below else ""
        hint = f"did you mean `{near}{star}`?" if near else f"its codes look like `{system.example}`"
        report.add("E402", word.span, f"`{word.text}` is not shaped like a code of {system.name}", hint)
        return None
    wrong = None if below else checks(system, bare)
    if wrong is not None:
        report.add("E401", word.span, f"the check digit of {system.name} `{bare}` is wrong", wrong)
        return None
    return Code(system.uri, bare, below)


def _url(url: t.Word, report: Report) -> list[str]:
    if _URL.fullmatch(url.text) and "|" not in url.text:
        return [url.text]
    hint = 'write its canonical URL, such as `value-set "http://example.org/fhir/ValueSet/statins"`'
    if _OID.fullmatch(url.text):
        hint = f'write `value-set "{_VSAC}{url.text}"`'
    report.add("E404", url.span, f"`{url.text}` is not the canonical URL of a value set", hint)
    return []
