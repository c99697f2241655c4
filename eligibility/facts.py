"""The one table of facts: everything the engine can know about patients, whatever it came from.

The table is kept as one block of columns per kind of fact. A block's rows are ordered by concept,
patient and start, so that a criterion reads only the rows of the concepts it names. Columns are
numpy arrays; nothing in here knows FHIR, and nothing in here changes after `FactsBuilder.finish`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eligibility.concepts import Concepts, Words
from eligibility.instants import BEGINNING, END_OF_TIME
from eligibility.manifest import Manifest
from eligibility.resources import Resources
from eligibility.stretches import Stretches

Array = NDArray[Any]


class Kind(IntEnum):
    """What sort of thing a fact is. The numbers are stored: never reuse one."""

    DEMOGRAPHIC = 1
    CONDITION = 2
    OBSERVATION = 3
    MEDICATION = 4
    PROCEDURE = 5
    ENCOUNTER = 6
    ALLERGY = 7
    IMMUNIZATION = 8
    ORDER = 9
    DEVICE_ORDER = 10
    REPORT = 11
    NOTE = 12
    ANSWER = 13
    CONTACT = 14
    FAMILY_HISTORY = 15
    COVERAGE = 16
    CONSENT = 17
    DEVICE = 18
    SURVEY = 19
    MENTION = 20  # a stated phrase of the protocol's that a note holds; it has no codes


class Standing(IntEnum):
    """Whether a record's own status lets it count as having happened."""

    COUNTS = 0
    UNCONFIRMED = 1  # provisional, preliminary, unknown: may count
    DOES_NOT_COUNT = 2  # refuted, not done, cancelled, entered in error, only planned


class NotDone(IntEnum):
    """Whether a record says that something was not done, or is not to be done.

    Such a record never counts as done (its standing is DOES_NOT_COUNT); it is a fact of its own.
    """

    NO = 0
    YES = 1
    UNCONFIRMED = 2  # the record that says so may itself not hold


class ValueState(IntEnum):
    """What the value columns of a row hold."""

    NONE = 0
    NUMBER = 1  # value_lo, value_hi in the canonical unit `unit`
    CODED = 2  # value_concept
    UNIT_UNRESOLVED = 3  # a number whose unit is missing or cannot be converted
    TEXT = 4  # words or a shape we do not compare


class Source(IntEnum):
    """Where a fact comes from; later ones rank higher only where DESIGN says so."""

    CODED_RECORD = 0
    RECORD_TEXT = 1
    NOTE = 2
    ANSWER = 3
    RULING = 4


class Assertion(IntEnum):
    """What a note says of what it names. Rows of coded records are PRESENT."""

    PRESENT = 0
    ABSENT = 1
    POSSIBLE = 2
    HYPOTHETICAL = 3
    HISTORICAL = 4
    SOMEONE_ELSE = 5


class Reading(IntEnum):
    """What became of the text of a note. The numbers are stored."""

    NOT_ASKED = 0  # no texts were read
    READ = 1
    DUPLICATE = 2  # the very text of another note of the patient, written at the same time, which was read
    TOO_SLOW = 3  # the reader of notes gave up on it
    TYPE_UNREAD = 4  # of a type whose text is not read (PDF, pictures), or kept elsewhere
    DAMAGED = 5  # what was sent cannot be unpacked or decoded, or is not what the sender meant to send
    EMPTY = 6


class ValueFlag(IntEnum):
    """Bits of `value_flags`: which ends of the value interval are themselves excluded."""

    LOW_OPEN = 1
    HIGH_OPEN = 2


# Column name -> (dtype, value of a row that says nothing). Every kind has the common columns.
COMMON: Mapping[str, tuple[str, object]] = {
    "patient": ("int32", 0),
    "concept": ("int32", 0),  # id in Concepts; 0 is "no coding at all"
    "start_lo": ("int64", None),  # instants: earliest and latest possible start
    "start_hi": ("int64", None),
    "end_lo": ("int64", None),  # END_OF_TIME twice: ongoing; END_OF_TIME only as end_hi: unknown
    "end_hi": ("int64", None),
    "recorded_lo": ("int64", BEGINNING),  # when it was recorded (ordered, written down): earliest instant
    "recorded": ("int64", END_OF_TIME),  # and latest instant; END_OF_TIME if unsaid
    "standing": ("uint8", Standing.COUNTS),
    "not_done": ("uint8", NotDone.NO),
    "status": ("int16", 0),  # word id of the record's own main status, 0 if absent
    "source": ("uint8", Source.CODED_RECORD),
    "resource": ("int32", -1),  # row of Facts.resources
    "path": ("int16", 0),  # word id of the element path inside the resource
    "encounter": ("int32", -1),  # row of Facts.resources of the encounter that it is part of, -1 if none
}

# Columns that only rows from notes fill (`source` NOTE); every kind may have such rows.
FROM_NOTES: Mapping[str, tuple[str, object]] = {
    "assertion": ("uint8", Assertion.PRESENT),
    "doubtful": ("uint8", 0),  # 1: an ambiguous or misspelt name, which can only raise a question
    "section": ("int16", 0),  # word id of the section's usual name, 0 where the note has none
    "quote": ("int32", -1),  # word id of the very words
    "span_lo": ("int32", -1),  # text[span_lo:span_hi] of the note as it is read is the quote
    "span_hi": ("int32", -1),
    "cue_lo": ("int32", -1),  # the words that decided the assertion, -1 where none did
    "cue_hi": ("int32", -1),
    "passage": ("int64", 0),  # hash of the sentence: copies of one sentence are one piece of evidence
}

_VALUE: Mapping[str, tuple[str, object]] = {
    "value_state": ("uint8", ValueState.NONE),
    "value_lo": ("float64", np.nan),  # canonical unit; -inf where the comparator leaves it open
    "value_hi": ("float64", np.nan),
    "value_flags": ("uint8", 0),
    "unit": ("int16", -1),  # dimension id of eligibility.units, -1 if none
    "unit_as_written": ("int16", 0),  # word id, for showing
    "value_concept": ("int32", 0),
}

# Attribute columns by kind. `concept` columns hold ids of Concepts (a list of codings is one set),
# `word` columns hold ids of Words. 0 means: the record does not say.
_CONCEPT: tuple[str, object] = ("int32", 0)
_WORD: tuple[str, object] = ("int16", 0)
_NUMBER: tuple[str, object] = ("float64", np.nan)

ATTRIBUTES: Mapping[Kind, Mapping[str, tuple[str, object]]] = {
    Kind.DEMOGRAPHIC: {
        "birth_lo": ("int64", None),
        "birth_hi": ("int64", None),
        "death_lo": ("int64", None),  # END_OF_TIME where not known to be dead
        "death_hi": ("int64", None),
        "deceased": ("uint8", 0),  # 1 known dead, 0 not said to be
        "sex": _WORD,  # administrative gender: male, female, other, unknown
        "birth_sex": _WORD,
        "recorded_sex": _CONCEPT,  # us-core-sex
        "gender_identity": _CONCEPT,
        "race": _CONCEPT,
        "ethnicity": _CONCEPT,
        "language": _CONCEPT,
        "country": _WORD,
        "state": _WORD,
        "postal_code": ("int32", 0),  # word id; there are more postal codes than int16 holds
    },
    Kind.CONDITION: {
        "clinical_status": _WORD,
        "verification_status": _WORD,
        "category": _CONCEPT,
        "severity": _CONCEPT,
        "body_site": _CONCEPT,
        "stage": _CONCEPT,
    },
    Kind.OBSERVATION: {
        **_VALUE,
        "category": _CONCEPT,
        "interpretation": _CONCEPT,
        "absent_reason": _CONCEPT,
        "body_site": _CONCEPT,
        "method": _CONCEPT,
        "not_done_reason": _CONCEPT,
        "range_lo": _NUMBER,  # reference range, canonical unit of the row; -inf: given and unreadable
        "range_hi": _NUMBER,
    },
    Kind.MEDICATION: {
        "channel": _WORD,  # ordered, dispensed, administered, stated
        "intent": _WORD,
        "category": _CONCEPT,
        "reason": _CONCEPT,
        "route": _CONCEPT,
        "not_done_reason": _CONCEPT,
        "dose_per_day": _NUMBER,  # canonical unit of dose_unit
        "dose_unit": ("int16", -1),
        "days_supplied": _NUMBER,
        "period_known": ("uint8", 0),  # 1 where supply, dosing period or stated period gave the end
    },
    Kind.PROCEDURE: {
        "category": _CONCEPT,
        "reason": _CONCEPT,
        "body_site": _CONCEPT,
        "outcome": _CONCEPT,
        "not_done_reason": _CONCEPT,
    },
    Kind.ENCOUNTER: {
        "class": _CONCEPT,
        "reason": _CONCEPT,
        "diagnosis": _CONCEPT,
        "discharge": _CONCEPT,
        "location": _CONCEPT,
        "service": _CONCEPT,
    },
    Kind.ALLERGY: {
        "clinical_status": _WORD,
        "verification_status": _WORD,
        "category": _WORD,
        "criticality": _WORD,
        "type": _WORD,
        "reaction": _CONCEPT,
    },
    Kind.IMMUNIZATION: {"reason": _CONCEPT, "route": _CONCEPT, "not_done_reason": _CONCEPT},
    Kind.ORDER: {
        "intent": _WORD,
        "category": _CONCEPT,
        "reason": _CONCEPT,
        "body_site": _CONCEPT,
        "not_done_reason": _CONCEPT,
    },
    Kind.DEVICE_ORDER: {"intent": _WORD, "reason": _CONCEPT, "not_done_reason": _CONCEPT},
    Kind.REPORT: {"category": _CONCEPT, "conclusion": _CONCEPT},
    Kind.NOTE: {
        "category": _CONCEPT,
        "content_type": _WORD,
        "bytes": ("int64", 0),
        "reading": ("uint8", Reading.NOT_ASKED),
        "problem": _WORD,  # code of what kept its text from being read, 0 where nothing did
    },
    Kind.ANSWER: {**_VALUE, "question": _WORD, "responder": _WORD, "questionnaire": _CONCEPT},
    Kind.CONTACT: {},
    Kind.FAMILY_HISTORY: {
        "relationship": _CONCEPT,
        "relative_sex": _CONCEPT,
        "onset_age": _NUMBER,  # completed years of the relative, least and most; see INTERVALS
        "onset_age_hi": _NUMBER,
        "relative_deceased": _NUMBER,  # 1 dead, 0 alive, unsaid
        "contributed_to_death": _NUMBER,
        "outcome": _CONCEPT,
    },
    Kind.COVERAGE: {"payor": _CONCEPT, "class": _CONCEPT, "relationship": _CONCEPT},
    Kind.CONSENT: {
        "decision": _WORD,  # permit, deny
        "scope": _CONCEPT,
        "rule": _CONCEPT,
        "exceptions": ("uint8", 0),  # 1 where parts are decided otherwise
    },
    Kind.DEVICE: {"body_site": _CONCEPT, "reason": _CONCEPT},
    Kind.SURVEY: {"responder": _WORD},
    Kind.MENTION: {},
}

# Number columns that are the least a number can be -> the column of the most; where that says nothing,
# the number is known exactly.
INTERVALS: Mapping[str, str] = {"onset_age": "onset_age_hi"}
# Columns of the person that hold words as people write them, without a closed list.
PLACES = frozenset({"country", "state", "postal_code"})


def columns_of(kind: Kind) -> dict[str, tuple[str, object]]:
    """All columns of a kind: name to (dtype, default); a default of None means: always given."""
    return {**COMMON, **FROM_NOTES, **ATTRIBUTES[kind]}


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one kind, ordered by concept, patient, start_lo, resource.

    `columns` holds arrays of one length; a column nobody filled is absent and reads as its default.
    `offsets` is int64[n_concepts + 1]: the rows of concept `c` are `offsets[c]:offsets[c + 1]`.
    Columns that are equal throughout share one array (`start_lo is start_hi` means that every
    start is exact, `end_lo is start_lo` that every row is an instant): readers may use that, and
    must not rely on it. `latest_start` is the greatest `start_hi` (BEGINNING without rows).
    """

    kind: Kind
    columns: Mapping[str, Array]
    offsets: NDArray[np.int64]
    latest_start: int

    def __len__(self) -> int:
        return int(self.offsets[-1])

    def column(self, name: str) -> Array:
        """A column's array; a default-filled one where the block does not hold it."""
        held = self.columns.get(name)
        if held is not None:
            return held
        dtype, default = columns_of(self.kind)[name]
        return np.full(len(self), default, dtype=dtype)

    def rows_of_column(self, name: str, rows: Stretches) -> Array:
        """Some rows of a column, without making a column that the block does not hold."""
        held = self.columns.get(name)
        if held is not None:
            return rows.of(held)
        dtype, default = columns_of(self.kind)[name]
        return np.full(len(rows), default, dtype=dtype)


@dataclass(frozen=True, slots=True)
class Links:
    """Relations between records: `source[i]` has `role[i]` `target[i]` (rows of Resources)."""

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    role: NDArray[np.int16]  # word ids: "component-of", "diagnosis", "reason", "part-of", ...


def no_links() -> Links:
    """A table of links without rows."""
    return Links(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int16))


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of a set of patients, with the vocabulary their ids point into.

    `patients[i]` is the identifier of dense patient i. Patients without any fact are in the list
    and are judged. `corrupt[kind]` is bool[n_patients]: a rejected line named this patient and
    could have held a fact of that kind. `unread[reading]` is bool[n_patients], for TOO_SLOW, TYPE_UNREAD
    and DAMAGED: a note of the patient's that may count was not read, for that reason, in any of the forms
    it was sent in. Without texts to read it is empty (see `Manifest.notes_read`). What notes could have said
    is lost, too, where `corrupt[Kind.NOTE]` holds; it may be of any kind.
    """

    patients: Sequence[str]
    concepts: Concepts
    words: Words
    blocks: Mapping[Kind, Block]
    resources: Resources
    manifest: Manifest
    links: Links = field(default_factory=no_links)
    corrupt: Mapping[Kind, NDArray[np.bool_]] = field(default_factory=dict)
    unread: Mapping[Reading, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def n_patients(self) -> int:
        return len(self.patients)
