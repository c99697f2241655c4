"""What a case gives, as the FHIR resources a hospital would have sent.

A case takes the same way into the engine as any record, so that it tests what will be judged.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.authoring.cases.answers import answer
from api.authoring.cases.codes import Codes, NoCodeError
from api.authoring.cases.elements import ELEMENTS, READ_BY_MAKERS, Element
from api.authoring.cases.given import GivenError
from api.authoring.cases.makers import MAKERS
from api.authoring.cases.writing import Resource
from criteria_dsl import Compiled
from criteria_dsl.cases import Case, GivenAnswer, GivenCare, GivenFact, GivenNote, GivenPerson, Moment, When
from criteria_dsl.cases.tree import FieldValue
from criteria_dsl.tree import Word
from eligibility.facts import Kind
from eligibility.instants import DAY, END_OF_TIME, day_start, shift_one

_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
_EXTENSIONS = {
    "race": (f"{_US_CORE}us-core-race", "category"),
    "ethnicity": (f"{_US_CORE}us-core-ethnicity", "category"),
    "birth-sex": (f"{_US_CORE}us-core-birthsex", "code"),
    "recorded-sex": (f"{_US_CORE}us-core-sex", "code"),
    "gender-identity": (f"{_US_CORE}us-core-genderIdentity", "concept"),
}
# Seen in care: a measurement that no criterion asks for, often enough that silence means something.
_CARE = {"coding": [{"system": "http://loinc.org", "code": "9843-4", "display": "Head circumference"}]}
_CARE_EVERY = 60 * DAY
_WHOLE_DAY = len("2026-05-01")
# What FHIR can write.
_FIRST_DAY, _LAST_DAY = day_start(date.min), day_start(date.max)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the resources of one case's patient. `index` is the index day in ms since 1970."""

    compiled: Compiled
    codes: Codes
    index: int
    patient: str

    def write(self, case: Case) -> list[Resource]:
        """All records of a case, the Patient first. Raises GivenError."""
        person: Resource = {"resourceType": "Patient", "id": self.patient}
        found = [person]
        visits = {
            given.called.text: f"{self.patient}-{i}"
            for i, given in enumerate(case.given)
            if isinstance(given, GivenFact) and given.called is not None
        }
        for i, given in enumerate(case.given):
            match given:
                case GivenPerson():
                    self._person(given, person)
                case GivenCare():
                    found += self._care(given, i)
                case GivenAnswer():
                    found.append(self._answer(given, f"{self.patient}-{i}"))
                case GivenNote():
                    found.append(self._note(given, f"{self.patient}-{i}"))
                case GivenFact():
                    found.append(self._fact(given, f"{self.patient}-{i}", visits))
        return found

    # --- the person

    def _person(self, given: GivenPerson, person: Resource) -> None:
        if given.born is not None:
            person["birthDate"] = given.born.text
        if given.died is not None:
            person["deceasedDateTime"] = given.died.text
        for detail in given.details:
            self._detail(detail, person)

    def _detail(self, detail: FieldValue, person: Resource) -> None:
        name, value = detail.field.text, detail.value
        if name == "sex" and isinstance(value, Word):
            person["gender"] = value.text
        elif name == "language" and isinstance(value, Word):
            person["communication"] = [{"language": self.concept(value, detail.quoted)}]
        elif name in _EXTENSIONS and isinstance(value, Word):
            person.setdefault("extension", []).append(self._extension(name, value, detail.quoted))
        else:
            raise GivenError(detail.field.span, f"a case cannot give `{name}` of a person")

    def _extension(self, name: str, value: Word, quoted: bool) -> Resource:
        url, shape = _EXTENSIONS[name]
        if shape == "code":
            return {"url": url, "valueCode": value.text}
        concept = self.concept(value, quoted)
        if shape == "concept":
            return {"url": url, "valueCodeableConcept": concept}
        coding = concept.get("coding", [{}])[0]
        parts = [{"url": "ombCategory", "valueCoding": coding}] if coding else []
        return {"url": url, "extension": [*parts, {"url": "text", "valueString": value.text}]}

    def _care(self, given: GivenCare, number: int) -> list[Resource]:
        """Observations at regular times from the first day to the last."""
        when = given.when or When(None, None)
        last = self._day(when.end) if when.end is not None else self.index
        first = self._day(_first_day(when.start)) if when.start is not None else shift_one(last, -10, "year")
        first = max(first, _FIRST_DAY)
        days = [*range(last, first - 1, -_CARE_EVERY), first]
        return [
            {
                **self.base("Observation", f"{self.patient}-{number}-{i}"),
                "status": "final",
                "code": _CARE,
                "effectiveDateTime": _iso(day),
            }
            for i, day in enumerate(days)
        ]

    # --- facts

    def _answer(self, given: GivenAnswer, identity: str) -> Resource:
        if self.compiled.program is None:
            raise GivenError(given.span, "the protocol does not compile")
        return answer(self, self.compiled.program, given, identity)

    def _note(self, given: GivenNote, identity: str) -> Resource:
        """A document with the text of a note."""
        moment = given.when.start if given.when is not None else None
        written = self.date(moment) if moment is not None else self.index_date()
        data = b64encode(given.text.text.encode()).decode("ascii")
        attached = {"contentType": "text/plain", "data": data, "creation": written}
        return {
            **self.base("DocumentReference", identity),
            "status": "current",
            "date": f"{written}T12:00:00Z" if len(written) == _WHOLE_DAY else written,
            "content": [{"attachment": attached}],
        }

    def index_date(self) -> str:
        return _iso(self.index)

    def base(self, resource_type: str, identity: str) -> Resource:
        return {
            "resourceType": resource_type,
            "id": identity,
            "subject": {"reference": f"Patient/{self.patient}"},
        }

    def _fact(self, given: GivenFact, identity: str, visits: Mapping[str, str]) -> Resource:
        declared = self.compiled.declared.get(given.name.text)
        if declared is None or declared.kind is None:
            raise GivenError(given.name.span, f"`{given.name.text}` is not a term of the protocol")
        make = MAKERS.get(declared.kind)
        if make is None:
            raise GivenError(given.name.span, f"a case cannot give records like `{given.name.text}`")
        if (given.result is not None or given.normal is not None) and declared.kind not in (
            Kind.OBSERVATION,
            Kind.ANSWER,
        ):
            raise GivenError(given.span, f"`{given.name.text}` has no result")
        resource = make(self, given, identity, self.coded(given.name, declared.value_set))
        for one in given.fields:
            self._field(declared.kind, one, resource)
        if given.within is not None:
            visit = visits.get(given.within.text)
            if visit is None:
                raise GivenError(given.within.span, f"no visit is called `{given.within.text}`")
            key = "context" if "Administration" in resource["resourceType"] else "encounter"
            resource[key] = {"reference": f"Encounter/{visit}"}
        return resource

    def coded(self, word: Word, key: str) -> Resource:
        try:
            return {"coding": [{"display": word.text.replace("-", " "), **self.codes.coding(key)}]}
        except NoCodeError:
            raise GivenError(word.span, f"`{word.text}` has no code that a record could carry") from None

    def is_plain(self, word: Word) -> bool:
        declared = self.compiled.declared.get(word.text)
        return declared is not None and declared.unit in ("", "1")

    def concept(self, word: Word, quoted: bool) -> Resource:
        if quoted:
            return {"text": word.text}
        declared = self.compiled.declared.get(word.text)
        if declared is None:
            raise GivenError(word.span, f"`{word.text}` is not a list of codes of the protocol")
        return self.coded(word, declared.value_set)

    def _field(self, kind: Kind, given: FieldValue, resource: Resource) -> None:
        name = given.field.text
        if name in READ_BY_MAKERS.get(kind, ()):
            return
        element = ELEMENTS.get(kind, {}).get(name)
        if element is None or not isinstance(given.value, Word):
            raise GivenError(given.field.span, f"a case cannot give `{name}` here")
        resource |= self._element(element, given.value, given.quoted, resource)

    def _element(self, element: Element, word: Word, quoted: bool, resource: Resource) -> Resource:
        value: Any = word.text
        if element.coded:
            value = self.concept(word, quoted)
        elif element.system:
            value = {"coding": [{"system": element.system, "code": word.text}]}
        if element.name == "class":
            value = value.get("coding", [{"display": word.text}])[0]
        if element.repeats:
            value = [value]
        if element.inside in ("stage", "reaction"):
            return {element.inside: [{element.name: value}]}
        if element.inside:
            return {element.inside: {**resource.get(element.inside, {}), element.name: value}}
        return {element.name: value}

    # --- time

    def _day(self, moment: Moment) -> int:
        """The instant of a moment, the first of its day where it says no time. Raises GivenError."""
        start = self.index
        if moment.day is not None:
            if moment.clock and len(moment.day.text) < _WHOLE_DAY:
                raise GivenError(moment.span, f"a time needs a whole day, not `{moment.day.text}`")
            try:
                start = int(datetime.fromisoformat(moment.day.text).replace(tzinfo=UTC).timestamp()) * 1000
            except ValueError:
                raise GivenError(moment.span, f"`{moment.day.text}` is not a day of the calendar") from None
        if moment.clock:
            hours, minutes = moment.clock.split(":")
            start += (int(hours) * 60 + int(minutes)) * 60_000
        try:
            for sign, count, unit in reversed(moment.shifts):
                start = shift_one(start, sign * count, unit)
        except OverflowError:
            start = END_OF_TIME
        if not _FIRST_DAY <= start <= _LAST_DAY:
            raise GivenError(moment.span, f"`{moment.span.text}` lies outside the years 1 to 9999")
        return start

    def date(self, moment: Moment) -> str:
        """A moment as FHIR writes it; a month or year stays as partial as it is given."""
        if moment.day is not None and not moment.shifts and not moment.clock and len(moment.day.text) < 10:
            return moment.day.text
        hours = any(unit == "hour" for _, _, unit in moment.shifts)
        return _iso(self._day(moment), bool(moment.clock) or hours)

    def period(self, when: When | None) -> Resource:
        """A Period with the ends that are said; one moment is both."""
        if when is None:
            return {}
        found = {}
        if when.start is not None:
            found["start"] = self.date(when.start)
        if when.end is not None:
            found["end"] = self.date(when.end)
        return found


def _first_day(moment: Moment) -> Moment:
    """The first day of a month or year: care is counted by days."""
    if moment.day is None:
        return moment
    text = moment.day.text
    return replace(moment, day=replace(moment.day, text=text + "-01" * (3 - text.count("-") - 1)))


def _iso(instant: int, clock: bool = False) -> str:
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
    return when.isoformat().replace("+00:00", "Z") if clock else when.date().isoformat()
