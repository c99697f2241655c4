"""What a note states, mention by mention and value by value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from eligibility.codesystems import LOINC
from eligibility.facts import Assertion, Kind, ValueFlag
from eligibility.instants import BEGINNING
from eligibility.units import resolve, to_canonical
from nlp.allergy.blame import Blamed, blamed
from nlp.allergy.denials import is_denial
from nlp.allergy.naming import is_reaction
from nlp.assertion import single
from nlp.dating import UNDATED
from nlp.document import Asserted, Axis, Doubt, Mention, Section, Span
from nlp.facts import allergic, drugs, times
from nlp.facts.allergic import Stated
from nlp.facts.concepts import Concepts
from nlp.facts.foreign import is_foreign
from nlp.facts.places import Places
from nlp.facts.statement import NO_SPAN, Result, Statement
from nlp.marking import Marked
from nlp.phrases import rows_of, spelled
from nlp.values import Name, Status, Value, names

_EVER = re.compile(r"\b(?:history|hx|h/o|never|ever|known)\b", re.IGNORECASE)
# What is denied is this of the disease, and the disease may be there: "no asthma exacerbation".
_PART = re.compile(
    r"[ -](?:exacerbations?|flares?|flare-?ups?|decompensation|cris[ei]s|recurrences?|progression|relapses?|"
    r"complications?|symptoms?|medications?|meds|treatment|therapy|admissions?|hospitali[sz]ations?|changes?|worsening)\b",
    re.IGNORECASE,
)
_FAMILY = re.compile(r"famil|\b(?:fam|fhx?|famhx)\b", re.IGNORECASE)
_PAST = frozenset({"past medical history", "past surgical history"})
# Results that a note tells of its own day, where it gives no other.
_OWN_DAY = frozenset({"pressure", "grade", "height", "stage", "tnm"})
_OWN_DAY_LABELS = frozenset(
    {"weight", "temperature", "heart rate", "respiratory rate", "oxygen saturation", "BMI"}
)
_PRESSURES = {
    "systolic": ("systolic blood pressure", "8480-6"),
    "diastolic": ("diastolic blood pressure", "8462-4"),
}
# By the axes of a mention, as a table: flags are slow to combine.
_DENIED = tuple(bool(axes & Axis.NEGATED) for axes in range(2 * Axis.SOMEONE_ELSE))
_BESIDE = 6  # characters between a result and what it was measured in or on
_SCORES = frozenset({"score", "grade", "stage", "gleason"})


def statements(marked: Marked, written: tuple[int, int], concepts: Concepts) -> Iterator[Statement]:
    """What a text states. `written`: between which instants."""
    places = Places(marked, concepts.lexicon)
    taken = drugs.uses(marked, concepts.lexicon)
    blame = blamed(marked, concepts.lexicon)
    yield from _denied(marked, written, concepts, places)
    for number, mention in enumerate(marked.mentions):
        if concepts.lexicon.terms[mention.term].kind is Kind.OBSERVATION:
            continue  # a measurement without its result says nothing of the patient
        if _is_room_air(marked, mention):
            continue
        for made in _named(marked, number, written, concepts, places, blame):
            if made.kind is Kind.MEDICATION:
                drug = taken[Span(mention.start, mention.end)]
                yield drugs.said_of(made, drug, marked.text, marked.dated[number], written)
            else:
                yield made
    table = names()
    for number, value in enumerate(marked.values):
        if value.what >= 0:
            yield from _measured(marked, number, table[value.what], written, concepts, places)


def _is_room_air(marked: Marked, mention: Mention) -> bool:
    """Whether "RA" stands behind a saturation: the air that was breathed."""
    if marked.text[mention.start : mention.end] != "RA":
        return False
    table = names()
    return any(
        0 <= mention.start - value.end <= _BESIDE and table[value.what].label == "oxygen saturation"
        for value in marked.values
        if value.what >= 0
    )


def _named(
    marked: Marked, number: int, written: tuple[int, int], concepts: Concepts, places: Places, blame: Blamed
) -> Iterator[Statement]:
    """What is stated by a name, whatever sorts of fact it is."""
    mention = marked.mentions[number]
    section, sentence = places.section(mention.start), places.sentence(mention.start)
    name = marked.text[mention.start : mention.end]
    for stated in allergic.stated_by(
        marked.text, number, mention, sentence, section, blame, concepts.lexicon
    ):
        if stated.kind is not Kind.ALLERGY or not places.denied(mention.start) or is_denial(name):
            yield from _as(marked, number, stated, written, concepts, places, blame)


def _as(
    marked: Marked,
    number: int,
    stated: Stated,
    written: tuple[int, int],
    concepts: Concepts,
    places: Places,
    blame: Blamed,
) -> Iterator[Statement]:
    """One name as one sort of fact; a relative's illness as a family history besides."""
    mention, said, dates = marked.mentions[number], marked.asserted[number], marked.dated[number]
    section, sentence = places.section(mention.start), places.sentence(mention.start)
    kind, name = stated.kind, marked.text[mention.start : mention.end]
    axes, over = said.axes, False
    if kind is Kind.ALLERGY:
        axes, over = allergic.lasting(allergic.as_named(axes, name), marked.text, sentence)
    assertion = single(axes)
    # What stands in a list of allergies is mostly what the drug did, some time.
    reaction = kind is Kind.CONDITION and (
        (section is not None and section.name == "allergies")
        or number in blame.reactions
        or is_reaction(marked.text, mention.start, sentence.start)
    )
    concept = concepts.of_term(stated.term, name)
    ever = _ever(marked, said, section)
    start, end = times.of_statement(kind, assertion, ever, dates, written)
    made = Statement(
        kind,
        concept,
        assertion,
        mention.doubt != Doubt.NONE
        or stated.doubtful
        or over
        or reaction
        or (assertion is Assertion.ABSENT and _of_part(marked.text, mention.start, mention.end))
        or (places.foreign and is_foreign(marked.text, *sentence)),
        start,
        end,
        (mention.start, mention.end),
        said.cues[0] if said.cues else NO_SPAN,
        section.name if section is not None else "",
        places.passage(mention.start),
    )
    yield made
    if assertion is not Assertion.SOMEONE_ELSE or kind is not Kind.CONDITION:
        return
    relationship = _relationship(marked, said, section)
    if not relationship:
        return
    own = single(said.axes & ~Axis.SOMEONE_ELSE)
    if own in (Assertion.HISTORICAL, Assertion.HYPOTHETICAL):
        own = Assertion.PRESENT if own is Assertion.HISTORICAL else Assertion.HYPOTHETICAL
    start, end = written, written
    if own is Assertion.ABSENT:
        start, end = times.of_statement(Kind.FAMILY_HISTORY, own, ever, dates, written)
    yield made._replace(
        kind=Kind.FAMILY_HISTORY, assertion=own, start=start, end=end, relationship=relationship
    )


def _denied(
    marked: Marked, written: tuple[int, int], concepts: Concepts, places: Places
) -> Iterator[Statement]:
    """Denials of all allergies of some sort."""
    for denial, said in zip(marked.denials, marked.denial_asserted, strict=True):
        assertion = single(said.axes & (Axis.SOMEONE_ELSE | Axis.HYPOTHETICAL))
        if assertion is not Assertion.PRESENT:
            continue  # somebody else's, or of a case that may come
        section = places.section(denial.span.start)
        start, end = times.of_statement(Kind.ALLERGY, Assertion.ABSENT, True, UNDATED, written)
        for sort in denial.sorts:
            yield Statement(
                Kind.ALLERGY,
                concepts.of_denial(sort),
                Assertion.ABSENT,
                bool(said.axes & Axis.POSSIBLE),
                start,
                end,
                denial.span,
                NO_SPAN,
                section.name if section is not None else "",
                places.passage(denial.span.start),
            )


def _of_part(text: str, start: int, end: int) -> bool:
    """Whether a denial is of a turn or a part of a disease only, in the words of its name or behind it."""
    return _PART.match(text, end) is not None or any(
        part.end() == end for part in _PART.finditer(text, start, end)
    )


def _ever(marked: Marked, said: Asserted, section: Section | None) -> bool:
    """Whether a denial is one of all time: "no history of", "never", among the past illnesses."""
    if not _DENIED[said.axes]:
        return False
    if section is not None and section.name in _PAST:
        return True
    return any(_EVER.search(marked.text, cue.start, cue.end) for cue in said.cues)


def _measured(
    marked: Marked, number: int, name: Name, written: tuple[int, int], concepts: Concepts, places: Places
) -> Iterator[Statement]:
    value, said, dates = marked.values[number], marked.value_asserted[number], marked.value_dated[number]
    if value.numbers == () and value.lo != value.lo:
        return  # not a number, such as T2N1M0
    result = _result(value, name)
    if result is None:
        return
    section = places.section(value.start)
    axes = said.axes & ~(Axis.NEGATED | Axis.HISTORICAL) if said.axes else said.axes
    assertion = Assertion.HYPOTHETICAL if value.status is Status.NOT_MEASURED else single(axes)
    label, loinc = _PRESSURES.get(value.part, (name.label, name.loinc))
    concept = concepts.of_result(
        value.what * 2 + (value.part == "diastolic"), label, loinc, LOINC, marked.text[slice(*value.name)]
    )
    own_day = (
        name.kind in _OWN_DAY
        or name.label in _OWN_DAY_LABELS
        or (section is not None and section.name == "vital signs")
    )
    when = times.of_result(dates, written, own_day)
    if value.status is Status.EARLIER and dates.start is None:
        when = (BEGINNING, written[1])
    yield Statement(
        Kind.OBSERVATION,
        concept,
        assertion,
        value.doubt != Doubt.NONE,
        when,
        when,
        (min(value.name.start, value.start), max(value.end, value.name.end)),
        said.cues[0] if said.cues else NO_SPAN,
        section.name if section is not None else "",
        places.passage(value.start),
        result,
    )


def _result(value: Value, name: Name) -> Result | None:
    """The number in its canonical unit; as it is written where its unit is not known."""
    if value.lo != value.lo:
        return None
    code = value.code or ("1" if name.kind in _SCORES else "")
    unit = resolve(code) if code else None
    flags = (ValueFlag.LOW_OPEN if value.low_open else 0) | (ValueFlag.HIGH_OPEN if value.high_open else 0)
    if unit is None:
        return Result(value.lo, value.hi, int(flags), -1, value.unit)
    low, high = to_canonical(value.lo, unit), to_canonical(value.hi, unit)
    written = value.unit if value.unit and resolve(value.unit) is not None else code
    return Result(low, high, int(flags), unit.dimension, written)


def _relationship(marked: Marked, said: Asserted, section: Section | None) -> str:
    """The code of the relative that is meant; of a family history without one, some member of it."""
    if said.relative is not None:
        words = marked.text[slice(*said.relative)].lower().replace("-", " ").replace("’", "'")
        return _relatives().get(" ".join(words.split()), "")
    if any(_FAMILY.search(marked.text, *cue) for cue in said.cues):
        return "FAMMEMB"
    if section is not None and section.name in ("family history", "family and social history"):
        return "FAMMEMB"
    return ""


@cache
def _relatives() -> dict[str, str]:
    return {
        form: row["code"]
        for row in rows_of("nlp.facts", "relatives.csv")
        for word in row["words"].split("|")
        for form in spelled(word)
    }
