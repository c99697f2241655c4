"""A FHIR Group that describes people: each characteristic a criterion.

R4 and R5 hold a code with a value; of what R6 adds, `combinationMethod` is kept where it is a list of all,
any or so many. What our own export writes is read back as what it was.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

from api.authoring.importing.codings import source_of, sources
from api.authoring.importing.documents import Part
from api.authoring.importing.draft import (
    Bullets,
    Criterion,
    Draft,
    Line,
    NoEqualError,
    Outcome,
    Statement,
    negated,
    plain_name,
)
from eligibility.codesystems import LOINC, SNOMED_CT, normal_coding
from eligibility.units import resolve

_AGE = {(LOINC, "30525-0"), (LOINC, "21612-7"), (SNOMED_CT, "397669002"), (SNOMED_CT, "424144002")}
_SEX = {(LOINC, "46098-0"), (SNOMED_CT, "263495000")}
_SEX_WORDS = {
    ("http://hl7.org/fhir/administrative-gender", "male"): "male",
    ("http://hl7.org/fhir/administrative-gender", "female"): "female",
    (LOINC, "LA2-8"): "male",
    (LOINC, "LA3-6"): "female",
    (SNOMED_CT, "248153007"): "male",
    (SNOMED_CT, "248152002"): "female",
}
_RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
_KINDS = {
    "Condition": "diagnosis",
    "Observation": "finding",
    "MedicationStatement": "medication",
    "Procedure": "procedure",
    "Encounter": "visit",
    "AllergyIntolerance": "allergy",
    "Immunization": "vaccine",
    "ServiceRequest": "order",
    "DeviceRequest": "device-order",
    "DiagnosticReport": "report",
}
_KIND_WORDS = {"device", "coverage", "consent", "survey", "answer", "family history"}
_DIAGNOSIS = {(LOINC, "29308-4"), (SNOMED_CT, "64572001")}
_LASTING = ("diagnosis", "medication", "visit", "allergy", "device", "coverage", "consent")
_YEARS = ("a", "year", "years", "yr")
_KNOWN = {"id", "extension", "code", "exclude", "period", "description"}
_NAMED_SETS = re.compile(r"(?P<words>.*) \((?P<urls>(https?://|urn:)\S+(, (https?://|urn:)\S+)*)\)")
_BELOW = re.compile(r"(?P<system>.+)\?fhir_vs=isa/(?P<code>.+)")
_COMBINED = {"all-of": "all of", "any-of": "any of", "at-least": "at least {} of", "at-most": "at most {} of"}


@dataclass(frozen=True, slots=True)
class _Concept:
    words: str
    codings: tuple[tuple[str, str], ...]


def read_group(document: Part) -> Draft:
    """A Group, alone or the only one of a bundle, as a draft. Raises UserError where it is none."""
    group = _the_group(document)
    if group.get("type").text() not in ("", "person"):
        raise group.get("type").fault("only groups of people are read")
    if "modifierExtension" in group:
        raise group.get("modifierExtension").fault("an extension that changes what the group means")
    identity = group.get("id").text()
    title = group.get("title").text() or group.get("name").text() or identity or "Group"
    draft = Draft(plain_name(identity or title, "GROUP"), "1", title, f"a FHIR Group, {document.file}")
    characteristics = group.get("characteristic").each()
    if not characteristics:
        raise group.fault("the group has no characteristic")
    if "member" in group:
        reason = "A list of people is no criterion."
        draft.remark(group.get("member").place, Outcome.LISTED, "members", reason)
    method = group.get("combinationMethod").text() or "all-of"
    if method == "all-of":
        for one in characteristics:
            since = len(draft.remarks)
            statement, exclude = _characteristic(draft, one)
            identity = one.get("id").text() or f"C{len(draft.criteria) + 1}"
            polarity = "exclude" if exclude else "include"
            label = one.get("description").text() or _label(one)
            draft.add(Criterion(polarity, identity, label, statement), since)
    else:
        _combine(draft, group, method, characteristics)
    return draft


def _combine(draft: Draft, group: Part, method: str, characteristics: list[Part]) -> None:
    """All characteristics as one criterion."""
    since = len(draft.remarks)
    title = draft.title
    if method not in _COMBINED:
        words = f"The person belongs to the group: {title}"
        place, reason = group.get("combinationMethod").place, "This way of combining has no equal."
        asked = draft.ask(words, place, f"{len(characteristics)} characteristics by {method}", reason)
        draft.add(Criterion("include", "C1", title, asked), since)
        return
    threshold = group.get("combinationThreshold")
    head = _COMBINED[method].format(threshold.whole() if "{}" in _COMBINED[method] else "")
    made = [_characteristic(draft, one) for one in characteristics]
    parts = tuple(negated(said) if exclude else said for said, exclude in made)
    draft.add(Criterion("include", "C1", title, Bullets(head, parts)), since)


def _the_group(document: Part) -> Part:
    kind = document.get("resourceType").text()
    if kind == "Group":
        return document
    if kind != "Bundle":
        raise document.get("resourceType").fault(
            f"a Group is expected, and this is `{kind or 'no resource'}`"
        )
    held = [entry.get("resource") for entry in document.get("entry").each()]
    groups = [one for one in held if one.get("resourceType").text() == "Group"]
    if len(groups) != 1:
        raise document.fault(f"one Group is expected in the bundle, and there are {len(groups)}")
    return groups[0]


def _characteristic(draft: Draft, part: Part) -> tuple[Statement, bool]:
    """What a characteristic says, and whether it excludes."""
    exclude = part.get("exclude").yes()
    wordy = part.get("valueBoolean").text()
    if wordy == "false":
        exclude = not exclude
    try:
        return _said(draft, part), exclude
    except NoEqualError as why:
        return draft.ask(_in_words(part), part.place, _in_words(part), str(why)), exclude


def _said(draft: Draft, part: Part) -> Statement:
    """The statement of a characteristic. Raises NoEqualError where it has none."""
    values = [key for key in part.mapping() if key.startswith("value")]
    further = [key for key in part.mapping() if key not in _KNOWN and key not in values]
    if further:
        raise NoEqualError(f"`{further[0]}` has no equal.")
    if len(values) != 1:
        raise NoEqualError("It has no value." if not values else "It has several values.")
    value = part.get(values[0])
    code = part.get("code")
    given = _codings(code)
    if values[0] == "valueBoolean":
        raise NoEqualError("It is said in words." if not given else "Its code names no kind of record.")
    if given & (_AGE | _SEX) and "period" in part:
        raise NoEqualError("Age and sex over a period have no equal.")
    if given & _AGE:
        return Line(f"age at index is {_years(value)}")
    if given & _SEX:
        words = {_SEX_WORDS.get(coding) for coding in _codings(value)}
        if len(words) != 1 or None in words:
            raise NoEqualError("Only male and female are read.")
        return Line(f"sex is {words.pop()}")
    kind = _kind(code, given)
    if kind is not None and values[0] == "valueCodeableConcept":
        name = draft.term(kind, *_source(value))
        return Line(f"{name}{_during(part, kind in _LASTING)}")
    if values[0] in ("valueQuantity", "valueRange"):
        limit, unit = _limit(value)
        concept = _source(code)
        name = draft.term("measurement" if unit else "assessment", *concept, f" in {unit}" if unit else "")
        return Line(f"most recent {name}{_during(part, False)} is {limit}")
    if values[0] == "valueCodeableConcept" and given and {system for system, _ in given} == {LOINC}:
        name, answer = draft.term("finding", *_source(code)), draft.term("codes", *_source(value))
        return Line(f"most recent {name}{_during(part, False)} is {answer}")
    raise NoEqualError("What kind of record this is, or its value, has no equal.")


def _kind(code: Part, given: set[tuple[str, str]]) -> str | None:
    found = {_KINDS.get(name) for system, name in given if system == _RESOURCE_TYPES}
    if found:
        return found.pop() if len(found) == 1 else None
    if given & _DIAGNOSIS:
        return "diagnosis"
    words = code.get("text").text()
    return words.replace(" ", "-") if not given and words in _KIND_WORDS else None


def _codings(concept: Part) -> set[tuple[str, str]]:
    return {
        normal_coding(one.get("system").text(), one.get("code").text())
        for one in concept.get("coding").each()
    }


def _source(concept: Part) -> tuple[str, str]:
    """A concept's words and its codes as a term writes them. Raises NoEqualError where one cannot be."""
    words = concept.get("text").text()
    written: list[tuple[str, str]] = []
    for one in concept.get("coding").each():
        system, code = one.get("system").text(), one.get("code").text()
        found = source_of(system, code, below=one.get("display").text() == "and below")
        if found is None:
            raise NoEqualError(f"`{code}` of `{system}` is no code that can be written here.")
        written.append(found)
        words = words or one.get("display").text()
    sets = []
    named = _NAMED_SETS.fullmatch(words)
    if named is not None:
        words = named["words"]
        for url in named["urls"].split(", "):
            below = _BELOW.fullmatch(url)
            found = source_of(below["system"], below["code"], below=True) if below else None
            if found is not None:
                written.append(found)
            else:
                sets.append(f'value-set "{url}"')
    parts = [sources(written)] if written else []
    if not parts and not sets:
        raise NoEqualError("It names no code.")
    return words or written[0][1], "; ".join([*parts, *sets])


def _limit(value: Part) -> tuple[str, str]:
    """A range or quantity as limit with its unit, and the unit."""
    if "low" in value or "high" in value:
        ends = {end: value.get(end) for end in ("low", "high") if end in value}
        units = {_unit(end) for end in ends.values()}
        if len(units) != 1:
            raise NoEqualError("Its ends have different units.")
        unit = units.pop()
        numbers = {end: one.get("value").number() for end, one in ends.items()}
        shown = f" {unit}" if unit else ""
        if len(numbers) == 2:
            return f"{numbers['low']} to {numbers['high']}{shown}", unit
        end, number = next(iter(numbers.items()))
        return f"{'>=' if end == 'low' else '<='} {number}{shown}", unit
    if "value" not in value:
        raise NoEqualError("It has no number.")
    unit = _unit(value)
    comparator = value.get("comparator").text() or "="
    if comparator not in ("<", "<=", ">=", ">", "="):
        raise NoEqualError(f"`{comparator}` has no equal.")
    return f"{comparator} {value.get('value').number()}{f' {unit}' if unit else ''}", unit


def _unit(quantity: Part) -> str:
    """The unit as a limit writes it, "" for a plain number. Raises NoEqualError where it is none."""
    unit = quantity.get("code").text() or quantity.get("unit").text()
    if unit in ("", "1"):
        return ""
    if resolve(unit) is None:
        raise NoEqualError(f"`{unit}` is not a unit.")
    return unit


def _years(value: Part) -> str:
    ends = [value.get(end) for end in ("low", "high") if end in value] or [value]
    for end in ends:
        if (end.get("code").text() or end.get("unit").text()) not in _YEARS:
            raise NoEqualError("Age is counted in years.")
    limit, unit = _limit(value)
    return f"{limit.removesuffix(f' {unit}')} years"


def _during(part: Part, lasting: bool) -> str:
    """The time phrase of a characteristic's period, "" without one."""
    if "period" not in part:
        return ""
    period = part.get("period")
    start, end = _day(period.get("start"), first=True), _day(period.get("end"), first=False)
    if start and end:
        return f"{' overlapping' if lasting else ''} between {start} and {end}"
    if start:
        return f"{' overlapping' if lasting else ''} since {start}"
    if end:
        return f"{' starting' if lasting else ''} up to {end}"
    raise NoEqualError("Its period has no day.")


def _day(date: Part, first: bool) -> str:
    """A FHIR date as a day: of a month or year the first or last one."""
    text = date.text()
    found = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T.*)?)?)?", text)
    if not text:
        return ""
    if found is None:
        raise NoEqualError(f"`{text}` is no date.")
    year, month, day = found[1], found[2], found[3]
    month = month or ("01" if first else "12")
    if not 1 <= int(month) <= 12 or int(year) == 0:
        raise NoEqualError(f"`{text}` is no date.")
    last = calendar.monthrange(int(year), int(month))[1]
    return f"{year}-{month}-{day or ('01' if first else last)}"


def _label(part: Part) -> str:
    code = part.get("code")
    given = _codings(code)
    if given & (_AGE | _SEX):
        return "Age" if given & _AGE else "Sex"
    named = part.get("valueCodeableConcept") if _kind(code, given) is not None else code
    return _words(named) or "Characteristic"


def _words(concept: Part) -> str:
    """A concept in words, without the addresses of value sets."""
    shown = [one.get("display").text() or one.get("code").text() for one in concept.get("coding").each()]
    words = concept.get("text").text() or ", ".join(word for word in shown if word)
    named = _NAMED_SETS.fullmatch(words)
    return named["words"] if named else words


def _in_words(part: Part) -> str:
    """The whole characteristic in words, for a question and for the list of remarks."""
    told = [_words(part.get("code"))]
    for key in part.mapping():
        value = part.get(key)
        if key == "valueCodeableConcept":
            told.append(_words(value))
        elif key in ("valueQuantity", "valueRange"):
            ends = [value.get("low"), value.get("high")] if "low" in value or "high" in value else [value]
            told.append(" to ".join(_amount(end) or "…" for end in ends))
        elif key == "valueReference":
            told.append(value.get("display").text() or value.get("reference").text())
        elif key == "period":
            told.append(f"from {value.get('start').text() or '…'} to {value.get('end').text() or '…'}")
    return ": ".join(words for words in told if words) or "A characteristic without words"


def _amount(quantity: Part) -> str:
    parts = [quantity.get(key).text() for key in ("comparator", "value", "unit")]
    parts[2] = parts[2] or quantity.get("code").text()
    return " ".join(part for part in parts if part)
