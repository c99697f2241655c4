"""What every part of the oracle needs to know of one run and one patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from eligibility.facts import Facts, Kind
from eligibility.instants import BEGINNING, DAY, END_OF_TIME
from eligibility.program import Birth, Edge, Given, Literal, Program, Selection
from eligibility.terminology import Membership
from tests.oracle.instants import EPOCH, Span, completed, moved
from tests.oracle.records import Patient, Row, contact_days


@dataclass(slots=True)
class Run:
    """One patient under one program. `seen` remembers the rows of selections already judged."""

    facts: Facts
    membership: Membership
    patient: Patient
    as_of: int  # first instant of the as-of day
    index: int
    periods: Mapping[str, tuple[int, int]]
    seen: dict[Selection, object] = field(default_factory=dict)
    doubting: bool = False  # what was assumed inside of a value is not known

    @property
    def cutoff(self) -> int:
        """The last instant that is visible without being asked for."""
        return min(self.index, self.as_of) + DAY - 1

    def rows(self, kind: Kind) -> list[Row]:
        """Rows of a kind; what has no date at all was in the record by the cutoff."""
        rows = []
        for row in self.patient.of(kind):
            if row.undated:
                row = replace(row, start=Span(BEGINNING, self.cutoff))
            if row.written == Span(BEGINNING, END_OF_TIME):
                row = replace(row, written=Span(BEGINNING, self.cutoff))
            rows.append(row)
        return rows

    def fixed(self, moment: Given | Literal) -> Span:
        """First instant of the day of a moment that is the same for everybody."""
        if isinstance(moment, Literal):
            day = moment.day * DAY
        elif moment.name == "index":
            day = self.index
        else:
            day = self.periods[moment.name][1 if moment.edge is Edge.END else 0]
        return moved(Span(day, day), moment.shifts)

    def birth(self, moment: Birth) -> Span:
        """The day of birth, moved; the first move forward reaches the day an age is completed."""
        person = self.patient.person
        born = Span(BEGINNING, END_OF_TIME)
        if person is not None:
            born = Span(person.columns["birth_lo"], person.columns["birth_hi"])
        if not moment.shifts or moment.shifts[0][0] < 0:
            return moved(born, moment.shifts)
        (_, length), *rest = moment.shifts
        first = Span(*(completed(end, length.count, length.unit) for end in (born.lo, born.hi)))
        return moved(first, tuple(rest))

    def member(self, value_set: str, concept: int) -> bool:
        return bool(self.membership.member[value_set][concept])

    def near(self, value_set: str, concept: int) -> bool:
        return bool(self.membership.near[value_set][concept])

    def comparable(self, value_set: str, concept: int) -> bool:
        return bool(self.membership.comparable[value_set][concept])

    def damaged(self, kinds: set[Kind]) -> bool:
        return not kinds.isdisjoint(self.patient.corrupt)

    def delivered(self, selection: Selection) -> bool:
        manifest = self.facts.manifest
        if selection.kind is Kind.MENTION:
            return manifest.notes_read
        name = selection.kind.name.lower()
        if not manifest.has(name):
            return False
        seen = manifest.systems.get(name, frozenset())
        wanted = self.membership.systems(selection.value_set)
        return not seen or not wanted or not seen.isdisjoint(wanted)

    def covered(self, lower: int | None) -> bool:
        """Whether silence means no, back to an instant (None: ever). The rule of `coverage`."""
        today = self.cutoff // DAY
        days = sorted(day for day in contact_days(self.patient) if day <= today)
        if len(days) < 2 or today - days[-1] > 730:
            return False
        back = today - 365
        if lower is not None and lower > BEGINNING:
            back = max(back, lower // DAY)
        return days[0] <= back


def runs(
    program: Program,
    facts: Facts,
    membership: Membership,
    patients: list[Patient],
    as_of: date,
    parameters: Mapping[str, tuple[date, date]],
) -> list[Run]:
    """One run per patient, parameters bound and the index resolved."""
    periods: dict[str, tuple[int, int]] = {}
    for parameter in program.parameters:
        given = parameters.get(parameter.name)
        if given is not None:
            periods[parameter.name] = (_instant(given[0]), _instant(given[1]))
        elif parameter.default is not None:
            periods[parameter.name] = (parameter.default[0] * DAY, parameter.default[1] * DAY)
    today = _instant(as_of)
    made = []
    for patient in patients:
        run = Run(facts, membership, patient, today, today, periods)
        if program.index is not None:
            run.index = run.fixed(program.index).lo
        made.append(run)
    return made


def _instant(day: date) -> int:
    return (day.toordinal() - EPOCH) * DAY
