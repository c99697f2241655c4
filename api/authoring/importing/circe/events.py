"""One kind of event with its tests: which records of which term it asks for.

An attribute that has no equal makes the whole event one that cannot be said; none is ever left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from api.authoring.importing.circe.concepts import ConceptSets, answers, sexes, unit_of
from api.authoring.importing.circe.limits import dates, limit
from api.authoring.importing.documents import Part
from api.authoring.importing.draft import Draft, NoEqualError

_KINDS = {
    "ConditionOccurrence": "diagnosis",
    "DrugExposure": "medication",
    "ProcedureOccurrence": "procedure",
    "Measurement": "measurement",
    "Observation": "finding",
    "VisitOccurrence": "visit",
    "DeviceExposure": "device",
}
_WORDS = {
    "ConditionOccurrence": "diagnosis",
    "ConditionEra": "stretch of diagnoses",
    "DrugExposure": "drug",
    "DrugEra": "stretch of drug use",
    "DoseEra": "stretch of one dose",
    "ProcedureOccurrence": "procedure",
    "Measurement": "measurement",
    "Observation": "observation",
    "VisitOccurrence": "visit",
    "VisitDetail": "part of a visit",
    "DeviceExposure": "device",
    "Death": "death",
}
_LONGEST = 2_000  # characters of what is shown as it was written
_POINTS = ("measurement", "assessment", "finding")
_TESTS = {"ValueAsNumber", "ValueAsConcept", "Unit", "RangeHighRatio", "RangeLowRatio", "DaysSupply"}
_SAID = {"CodesetId", "First", "OccurrenceStartDate", "OccurrenceEndDate", "Age", "Gender"} | _TESTS


@dataclass(frozen=True, slots=True)
class Event:
    """Records that an event asks for: `rows` with `tests` and `times`, of people of a `sex`."""

    kind: str
    rows: str  # a term, or a defined name
    first: bool = False
    tests: str = ""  # ` of >= 7 %`, ` whose …`
    times: str = ""  # ` starting since 2010-01-01`
    ages: str = ""  # ` starting at age >= 18 years`
    dates: str = ""  # the window of the start alone, as `starting` is followed by
    age: str = ""  # the limit of the age at the start
    sex: str = ""

    @property
    def lasting(self) -> bool:
        return self.kind not in _POINTS

    @property
    def plain(self) -> bool:
        """Whether nothing but the codes is asked for."""
        return not (self.tests or self.times or self.ages or self.sex)


def described(sets: ConceptSets, name: str, part: Part, full: bool = False) -> str:
    """An event in neutral words; `full`: with what is nested in it as it was written."""
    kind = _WORDS.get(name, name)
    words = sets.name(part.get("CodesetId")) if "CodesetId" in part else "any"
    first = "first " if part.get("First").yes() else ""
    shown = []
    for key, value in part.fields():
        if key in ("CodesetId", "First") or key.endswith("TypeExclude") or value.value in (None, "", [], {}):
            continue
        shown.append(f"{_spaced(key)} {_shown(value, full)}")
    return f"{first}{kind} {words}" + (f", with {', '.join(shown)}" if shown else "")


def read_event(draft: Draft, sets: ConceptSets, name: str, part: Part) -> Event:
    """The records that an event asks for. Raises NoEqualError where an attribute has no equal."""
    kind = _KINDS.get(name)
    if kind is None:
        raise NoEqualError(f"Events of the kind {name} have no equal.")
    for key, value in part.fields():
        if key.endswith("TypeExclude") and not value.yes():
            continue
        if key not in _SAID and value.value not in (None, "", [], {}, False):
            raise NoEqualError(f"{key} has no equal.")
    if "CodesetId" not in part:
        raise NoEqualError("Any event of a kind has no equal.")
    kind, head, tests = _tested(draft, kind, part)
    rows = sets.term(kind, part.get("CodesetId"), head)
    starting = "" if kind in _POINTS else " starting"
    when = dates(part.get("OccurrenceStartDate")) if "OccurrenceStartDate" in part else ""
    times = f"{starting} {when}" if when else ""
    if "OccurrenceEndDate" in part:
        times += f" ending {dates(part.get('OccurrenceEndDate'))}"
    age = limit(part.get("Age"), "years") if "Age" in part else ""
    sex = sexes(part.get("Gender")) if "Gender" in part else set()
    if len(sex) > 1:
        raise NoEqualError("An event of people of either sex, but no other, has no equal.")
    return Event(
        kind,
        rows,
        part.get("First").yes(),
        tests,
        times,
        f"{starting} at age {age}" if age else "",
        "" if "OccurrenceEndDate" in part else when,
        age,
        sex.pop() if sex else "",
    )


def _tested(draft: Draft, kind: str, part: Part) -> tuple[str, str, str]:
    """Kind of term, its head with a unit, and the tests of result or field."""
    asked = [key for key in sorted(_TESTS) if key in part]
    if kind == "medication" and asked == ["DaysSupply"]:
        return kind, "", f" whose days-supplied is {limit(part.get('DaysSupply'), 'days')}"
    results = [key for key in asked if key != "Unit"]
    if not asked:
        return ("finding" if kind == "measurement" else kind), "", ""
    if kind not in ("measurement", "finding") or len(results) != 1:
        raise NoEqualError(f"{' and '.join(asked)} of one event have no equal.")
    if results == ["ValueAsConcept"]:
        if "Unit" in part:
            raise NoEqualError("A coded result with a unit has no equal.")
        return "finding", "", f" of {answers(draft, part.get('ValueAsConcept'))}"
    unit = unit_of(part.get("Unit"))
    if results == ["ValueAsNumber"]:
        return "measurement", f" in {unit}", f" of {limit(part.get('ValueAsNumber'), unit)}"
    end = "ULN" if results == ["RangeHighRatio"] else "LLN"
    return "measurement", f" in {unit}", f" of {limit(part.get(results[0]), f'x {end}')}"


def _spaced(key: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in key).strip()


def _shown(value: Part, full: bool) -> str:
    """An attribute's content in few words."""
    if isinstance(value.value, dict):
        if "Op" in value:
            said = [value.get(key).text() for key in ("Op", "Value", "Extent")]
            return " ".join(word for word in said if word)
        return json.dumps(value.value, default=str)[:_LONGEST] if full else "as defined"
    if isinstance(value.value, list):
        return " or ".join(one.get("CONCEPT_NAME").text() or "…" for one in value.each())
    return value.text()
