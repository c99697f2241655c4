"""Groups of events around the entry event: all, any, or so many of them, each counted in its window."""

from __future__ import annotations

from dataclasses import dataclass

from api.authoring.importing.circe.concepts import ConceptSets, sexes
from api.authoring.importing.circe.events import Event, described, read_event
from api.authoring.importing.circe.limits import dates, limit, window
from api.authoring.importing.documents import Part
from api.authoring.importing.draft import Bullets, Draft, Line, NoEqualError, Outcome, Statement, joined

_COUNTS = {0: "exactly", 1: "at most", 2: "at least"}
_GROUP_KEYS = {"Type", "Count", "CriteriaList", "DemographicCriteriaList", "Groups"}
_AROUND_KEYS = {
    *("Criteria", "StartWindow", "EndWindow", "Occurrence", "RestrictVisit", "IgnoreObservationPeriod")
}
_PERSON_KEYS = {"Age", "Gender", "OccurrenceStartDate"}
AGE_REASON = "Age is there the difference of two calendar years, and here completed years."


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry event: its name as a moment's event, or why there is none."""

    anchor: str = ""  # `entry` or `any entry-records`: what stands behind `start of`
    picked: str = ""  # `first entry-records`: what stands before `is between …`
    why_not: str = ""

    def edge(self, end: bool) -> str:
        """The moment of its start or end. Raises NoEqualError where there is none."""
        if not self.anchor:
            raise NoEqualError(self.why_not)
        return f"{'end' if end else 'start'} of {self.anchor}"


class Groups:
    """Statements of groups, for one definition."""

    def __init__(self, draft: Draft, sets: ConceptSets, entry: Entry) -> None:
        self._draft, self._sets, self._entry = draft, sets, entry

    def statement(self, group: Part) -> Statement | None:
        """A group as a statement; None where it asks for nothing."""
        parts = self.parts(group)
        if not parts:
            return None
        kind = group.get("Type").text().upper() or "ALL"
        if kind in ("ALL", "ANY"):
            return joined("all of" if kind == "ALL" else "any of", parts)
        if kind in ("AT_LEAST", "AT_MOST"):
            return _so_many(kind, group.get("Count").whole(), parts)
        raise group.get("Type").fault(f"ALL, ANY, AT_LEAST or AT_MOST is expected, and this is `{kind[:40]}`")

    def parts(self, group: Part) -> list[Statement]:
        """The members of a group."""
        for key, value in group.fields():
            if key not in _GROUP_KEYS and value.value not in (None, "", [], {}, False):
                raise value.fault(f"`{key[:40]}` is no part of a group")
        made: list[Statement] = [self._around(one) for one in group.get("CriteriaList").each()]
        made += [self._person(one) for one in group.get("DemographicCriteriaList").each()]
        inner = [self.statement(one) for one in group.get("Groups").each()]
        return made + [one for one in inner if one is not None]

    # --- one event in its window

    def _around(self, part: Part) -> Statement:
        name, event = only_event(part.get("Criteria"))
        try:
            for key, value in part.fields():
                if key not in _AROUND_KEYS and value.value not in (None, "", [], {}, False):
                    raise NoEqualError(f"{key} has no equal.")
            if part.get("RestrictVisit").yes():
                raise NoEqualError("To be within the visit of the entry event has no equal here.")
            return self._counted(part, read_event(self._draft, self._sets, name, event))
        except NoEqualError as why:
            words = f"{self._how_many(part)} {described(self._sets, name, event)}{_when(part)}"
            told = f"{self._how_many(part)} {described(self._sets, name, event, full=True)}{_when(part)}"
            return self._draft.ask(words[0].upper() + words[1:], part.place, told, str(why))

    def _counted(self, part: Part, event: Event) -> Statement:
        occurrence = part.get("Occurrence")
        kind = _COUNTS.get(occurrence.get("Type").whole())
        if kind is None:
            raise occurrence.get("Type").fault("0 (exactly), 1 (at most) or 2 (at least) is expected")
        count = occurrence.get("Count").whole()
        if (occurrence.get("IsDistinct").yes() or "CountColumn" in occurrence) and count > 1:
            raise NoEqualError("A count of different codes or days has no equal.")
        times = self._times(part, event)
        if kind == "at least" and count == 0:
            raise NoEqualError("At least none asks for nothing.")
        none = count == 0
        if event.first:
            return self._of_first(event, times, kind, count)
        if event.age:
            self._draft.remark(part.place, Outcome.DIFFERS, f"age {event.age}", AGE_REASON)
        rows = event.rows
        if event.times:
            rows = self._draft.define(f"{event.rows} dated", f"as {event.rows}{event.tests}{event.times}")
            event = Event(event.kind, rows, ages=event.ages, sex=event.sex)
        said = f"{rows}{event.tests}{event.ages}{times}"
        if none:
            line: Statement = Line(f"no {said}")
        elif kind == "at least" and count == 1:
            line = Line(said)
        else:
            line = Line(f"{kind} {count} {said}")
        if not event.sex:
            return line
        if kind == "at least":
            return Bullets("all of", (line, Line(f"sex is {event.sex}")))
        if none or kind == "at most":
            other = Bullets("none of", (Line(f"sex is {event.sex}"),))
            return Bullets("any of", (line, other))
        raise NoEqualError("An exact count of events of one sex has no equal.")

    def _of_first(self, event: Event, times: str, kind: str, count: int) -> Statement:
        """The first event of all, in its window."""
        if not event.plain or times.count(" ending ") or times.startswith(" ending"):
            raise NoEqualError("The first event, tested further, has no equal.")
        if count > 1 or (kind == "at most" and count == 1):
            raise NoEqualError("There is only one first event.")
        bare = times.removeprefix(" starting")
        line = Line(f"start of first {event.rows} is{bare}") if bare else Line(event.rows)
        return Bullets("none of", (line,)) if count == 0 else line

    def _times(self, part: Part, event: Event) -> str:
        """The time phrases of an event's windows."""
        found = ""
        relations = []
        for key, by_end in (("StartWindow", False), ("EndWindow", True)):
            if key not in part:
                continue
            given = part.get(key)
            uses_end = given.get("UseEventEnd").yes() if "UseEventEnd" in given else by_end
            lower, upper = given.get("Start"), given.get("End")
            if lower.get("Days").value is None and upper.get("Days").value is None:
                window(given, "index")  # checks that both sides are open outwards
                continue
            said = window(given, self._entry.edge(given.get("UseIndexEnd").yes()))
            relations.append("ending" if uses_end else "starting")
            found += f"{f' {relations[-1]}' if event.lasting else ''} {said}"
        if len(set(relations)) < len(relations) or (len(relations) > 1 and not event.lasting):
            raise NoEqualError("Two windows of the same moment have no equal.")
        return found

    # --- the person at the entry event

    def _person(self, part: Part) -> Statement:
        made: list[Statement] = []
        try:
            for key, value in part.fields():
                if key not in _PERSON_KEYS and value.value not in (None, "", [], {}, False):
                    raise NoEqualError(f"{key} has no equal.")
            if "Age" in part:
                moment = self._entry.edge(end=False)
                if moment.startswith("start of any"):
                    raise NoEqualError("Age at some of several entry events has no equal.")
                age = limit(part.get("Age"), "years")
                made.append(Line(f"age at {moment} is {age}"))
                self._draft.remark(part.get("Age").place, Outcome.DIFFERS, f"age {age}", AGE_REASON)
            if "Gender" in part:
                found = sorted(sexes(part.get("Gender")))
                made.append(joined("any of", [Line(f"sex is {sex}") for sex in found]))
            if "OccurrenceStartDate" in part:
                if not self._entry.picked:
                    raise NoEqualError(self._entry.why_not or "Several entry events have no one date.")
                made.append(
                    Line(f"start of {self._entry.picked} is {dates(part.get('OccurrenceStartDate'))}")
                )
        except NoEqualError as why:
            words = "The person at the entry event: " + ", ".join(
                f"{key} {_text_of(value)}" for key, value in part.fields() if value.value
            )
            return self._draft.ask(words, part.place, words, str(why))
        if not made:
            raise part.fault("a demographic criterion that asks for nothing")
        return joined("all of", made)

    def _how_many(self, part: Part) -> str:
        occurrence = part.get("Occurrence")
        kind = _COUNTS.get(occurrence.get("Type").whole(), "")
        if kind != "at least" and occurrence.get("Count").whole() == 0:
            return "no"
        return f"{kind} {occurrence.get('Count').text()}"


def only_event(part: Part) -> tuple[str, Part]:
    """The kind of an event and what it asks for. Raises UserError where there is not exactly one."""
    found = [(key, value) for key, value in part.fields() if value.value is not None]
    if len(found) != 1:
        raise part.fault(f"one kind of event is expected, and there are {len(found)}")
    return found[0]


def _so_many(kind: str, count: int, parts: list[Statement]) -> Statement:
    head = "at least" if kind == "AT_LEAST" else "at most"
    if kind == "AT_MOST" and count == 0:
        return Bullets("none of", tuple(parts))
    if kind == "AT_LEAST" and count in (1, len(parts)):
        return joined("any of" if count == 1 else "all of", parts)
    return Bullets(f"{head} {count} of", tuple(parts))


def _when(part: Part) -> str:
    """The windows in words."""
    told = []
    for key, edge in (("StartWindow", "starting"), ("EndWindow", "ending")):
        if key in part:
            ends = [_days(part.get(key).get(end)) for end in ("Start", "End")]
            told.append(f"{edge} from {ends[0]} to {ends[1]} the entry event")
    return f", {', '.join(told)}" if told else ""


def _days(part: Part) -> str:
    days = part.get("Days").text() or "any number of"
    return f"{days} days {'before' if part.get('Coeff').whole() < 0 else 'after'}"


def _text_of(value: Part) -> str:
    if isinstance(value.value, list):
        return " or ".join(one.get("CONCEPT_NAME").text() or "…" for one in value.each())
    if isinstance(value.value, dict):
        return " ".join(part.text() for _, part in value.fields() if part.value is not None)
    return value.text()
