"""A whole cohort definition: its entry event becomes a named record, its rules criteria around it.

What says when somebody leaves the cohort is no criterion and is listed.
"""

from __future__ import annotations

from api.authoring.importing.circe.concepts import ConceptSets
from api.authoring.importing.circe.events import Event, described, read_event
from api.authoring.importing.circe.groups import AGE_REASON, Entry, Groups, only_event
from api.authoring.importing.documents import Part
from api.authoring.importing.draft import (
    Criterion,
    Draft,
    Line,
    NoEqualError,
    Outcome,
    Statement,
    joined,
    plain_name,
)

_AFTERWARDS = ("EndStrategy", "CensoringCriteria", "CensorWindow", "CollapseSettings")
_KNOWN = {
    *("ConceptSets", "PrimaryCriteria", "AdditionalCriteria", "InclusionRules", "QualifiedLimit"),
    *("ExpressionLimit", "Title", "cdmVersionRange"),
    *_AFTERWARDS,
}
_SEVERAL = "Each rule would have to be about the same one of several entry events."


def read_circe(document: Part) -> Draft:
    """A cohort definition (or its `expression`) as a draft. Raises UserError where it is none."""
    whole = document.get("expression") if "PrimaryCriteria" not in document else document
    if "PrimaryCriteria" not in whole:
        raise document.fault("a cohort definition has PrimaryCriteria, and this has none")
    title = document.get("name").text() or whole.get("Title").text() or document.file.rpartition(".")[0]
    draft = Draft(plain_name(title, "COHORT"), "1", title, f"an OHDSI cohort definition, {document.file}")
    for key, value in whole.fields():
        if key not in _KNOWN and whole is not document and value.value not in (None, "", [], {}):
            draft.remark(value.place, Outcome.LISTED, key, "Not known here.")
    sets = ConceptSets(draft, whole.get("ConceptSets"))
    entry = _entry(draft, sets, whole)
    groups = Groups(draft, sets, entry)
    if "AdditionalCriteria" in whole:
        _rule(draft, groups, whole.get("AdditionalCriteria"), "Restriction of the entry event", "", "I0")
    for number, rule in enumerate(whole.get("InclusionRules").each(), 1):
        label = rule.get("name").text() or f"Rule {number}"
        _rule(draft, groups, rule.get("expression"), label, rule.get("description").text(), f"I{number}")
    _afterwards(draft, whole)
    draft.remark(
        whole.get("PrimaryCriteria").place,
        Outcome.DIFFERS,
        "observation periods and standard concepts",
        "There, events count only within periods of observation, and source codes are mapped to standard"
        " concepts beforehand; here, records count as they are coded.",
    )
    return draft


def _rule(draft: Draft, groups: Groups, group: Part, label: str, description: str, identity: str) -> None:
    """One rule as one inclusion."""
    since = len(draft.remarks)
    statement = groups.statement(group)
    if statement is None:
        draft.remark(group.place, Outcome.LISTED, label, "The rule asks for nothing.")
        return
    source = [line for line in description.splitlines() if line.strip()]
    draft.add(Criterion("include", identity, label, statement, source), since)


def _entry(draft: Draft, sets: ConceptSets, whole: Part) -> Entry:
    """The criterion that there is an entry event, and what others call it."""
    primary = whole.get("PrimaryCriteria")
    given = [only_event(one) for one in primary.get("CriteriaList").each()]
    if not given:
        raise primary.get("CriteriaList").fault("there is no entry event")
    since = len(draft.remarks)
    kept = (primary.get("PrimaryCriteriaLimit").get("Type").text() or "All").lower()
    label = "Entry event"
    try:
        events = [read_event(draft, sets, name, part) for name, part in given]
        entry, statement = _picked(draft, events, kept, _relative(whole))
    except NoEqualError as why:
        words = "Entry event: " + " or ".join(described(sets, name, part) for name, part in given)
        reason = f"The entry event has no equal: {str(why).rstrip('.')}."
        told = "; ".join(described(sets, name, part, full=True) for name, part in given)
        asked = draft.ask(words, primary.place, told, str(why))
        draft.add(Criterion("include", "I0", label, asked), since)
        entry = Entry(why_not=reason)
    else:
        for event in events:
            if event.age:
                draft.remark(primary.place, Outcome.DIFFERS, f"age {event.age}", AGE_REASON)
        draft.add(Criterion("include", "I0", label, statement), since)
    _observed(draft, primary, kept)
    return entry


def _picked(draft: Draft, events: list[Event], kept: str, relative: int) -> tuple[Entry, Statement]:
    """The entry event as a definition, and the statement that there is one."""
    if any(event.first for event in events):
        return _first_of_all(draft, events)
    sexes = {event.sex for event in events}
    if len(sexes) != 1:
        raise NoEqualError("Entry events of different sexes have no equal.")
    names = [_named(draft, event) for event in events]
    rows = names[0] if len(names) == 1 else draft.define("entry-records", f"as {' or '.join(names)}")
    there: list[Statement] = [Line(rows)]
    if events[0].sex:
        there.append(Line(f"sex is {events[0].sex}"))
    if kept in ("first", "last"):
        pick = "first" if kept == "first" else "most recent"
        entry = draft.define("entry", f"as {pick} {rows}")
        return Entry(entry, f"{pick} {rows}"), joined("all of", there)
    if relative <= 1:
        return Entry(f"any {rows}"), joined("all of", there)
    return Entry(why_not=_SEVERAL), joined("all of", there)


def _first_of_all(draft: Draft, events: list[Event]) -> tuple[Entry, Statement]:
    """Entry events that are each the first of their kind, whatever else is asked of that first one."""
    if not all(event.first for event in events):
        raise NoEqualError("First events beside others have no equal.")
    if len(events) > 1:
        if not all(event.plain for event in events):
            raise NoEqualError("First events, tested further, have no equal.")
        rows = draft.define("entry-records", f"as {' or '.join(event.rows for event in events)}")
        return Entry(draft.define("entry", f"as first {rows}"), f"first {rows}"), Line(rows)
    (event,) = events
    if event.tests or (event.times and not event.dates):
        raise NoEqualError("The first event, tested further, has no equal.")
    entry = draft.define("entry", f"as first {event.rows}")
    there: list[Statement] = []
    if event.dates:
        there.append(Line(f"start of first {event.rows} is {event.dates}"))
    if event.age:
        there.append(Line(f"age at start of {entry} is {event.age}"))
    if event.sex:
        there.append(Line(f"sex is {event.sex}"))
    return Entry(entry, f"first {event.rows}"), joined("all of", there or [Line(event.rows)])


def _named(draft: Draft, event: Event) -> str:
    """The name of an event's records: the term, or a definition where more is asked of them."""
    if not (event.tests or event.times or event.ages):
        return event.rows
    return draft.define(f"entry {event.rows}", f"as {event.rows}{event.tests}{event.times}{event.ages}")


def _relative(whole: Part) -> int:
    """How many statements hang on the entry event, counted generously."""
    rules = [whole.get("AdditionalCriteria")]
    rules += [rule.get("expression") for rule in whole.get("InclusionRules").each()]
    waiting, found = [rule for rule in rules if rule.value is not None], 0
    while waiting:
        group = waiting.pop()
        found += len(group.get("CriteriaList").each()) + len(group.get("DemographicCriteriaList").each())
        waiting += group.get("Groups").each()
    return found


def _observed(draft: Draft, primary: Part, kept: str) -> None:
    """Continuous observation around the entry event, which no record tells."""
    window = primary.get("ObservationWindow")
    before, after = (window.get(key).text() or "0" for key in ("PriorDays", "PostDays"))
    if before == after == "0":
        return
    since = len(draft.remarks)
    words = f"Observed without a gap from {before} days before to {after} days after the entry event."
    reason = "No record says how long somebody was observed."
    asked = draft.ask(words, window.place, f"PriorDays {before}, PostDays {after}", reason)
    draft.add(Criterion("include", "I0-observed", "Observation before the entry event", asked), since)
    if kept in ("first", "last"):
        draft.remark(
            window.place,
            Outcome.DIFFERS,
            f"the {kept} entry event",
            "There, it is chosen among the events with that observation; here, among all.",
        )


def _afterwards(draft: Draft, whole: Part) -> None:
    for key in _AFTERWARDS:
        if key in whole:
            said = whole.get(key)
            idle = {"CollapseType": "ERA", "EraPad": 0}
            if said.value not in (idle, {**idle, "EraPad": "0"}):
                draft.remark(said.place, Outcome.LISTED, key, "It says when somebody leaves the cohort.")
