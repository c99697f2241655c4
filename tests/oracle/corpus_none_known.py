"""Small cases of records that say that no allergy is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eligibility.facts import Kind, Standing, ValueState
from eligibility.instants import END_OF_TIME
from eligibility.program import (
    Answer,
    Counted,
    Exists,
    Pick,
    PickedIsIn,
    Policy,
    Selection,
    ValueInSet,
    WordTest,
)
from eligibility.reasons import Cause
from tests.oracle.corpus import (
    NO,
    RECENT,
    UNDATED,
    UNKNOWN,
    YES,
    Fact,
    day,
    entry,
    fact,
    rows,
    some,
    starting,
    unconfirmed,
)

DENIED = (NO, Cause.DENIED)
SILENT = (UNKNOWN, Cause.DATA_NOT_FOUND)
CONTRADICTED = (UNKNOWN, Cause.DATA_NOT_FOUND | Cause.SOURCE_CONFLICT)
CONFLICT = (UNKNOWN, Cause.SOURCE_CONFLICT)
THERE = (YES, Cause.EVIDENCE)


def allergy(concept: str, start: int = -30, **columns: Any) -> Fact:
    held = {"clinical_status": "active", **columns}
    return replace(fact(Kind.ALLERGY, day(start), concept, **held), end=(END_OF_TIME, END_OF_TIME))


def some_allergy(*tests: Any, **rest: Any) -> Selection:
    return some(Kind.ALLERGY, *tests, **rest)


NONE, NO_DRUG = allergy("no-allergy"), allergy("no-drug-allergy")
ANY_TIME = Exists(rows(some_allergy()))
entry(
    "no known allergy answers no, as far as it is active, confirmed and known by the cutoff",
    ANY_TIME,
    (DENIED, [NONE]),
    (DENIED, [replace(NONE, start=UNDATED)]),
    (SILENT, [replace(NONE, standing=Standing.DOES_NOT_COUNT)]),
    (SILENT, [unconfirmed(NONE)]),
    (SILENT, [allergy("no-allergy", clinical_status="resolved")]),
    (SILENT, [allergy("no-allergy", 9)]),
    (SILENT, [replace(NONE, start=day(-2, 9))]),
    (SILENT, [allergy("no-allergy", reaction="beta")]),
    (SILENT, []),
)
entry(
    "an allergy that is not written down later contradicts it; one that is later stands",
    ANY_TIME,
    (CONFLICT, [NONE, allergy("alpha", -90)]),
    (CONFLICT, [NONE, allergy("alpha", -30)]),
    (CONFLICT, [NONE, replace(allergy("alpha"), start=UNDATED)]),
    (THERE, [NONE, allergy("alpha", -9)]),
    (THERE, [NONE, replace(allergy("alpha", -90, recorded_lo=day(-9)[0]), recorded=day(-9)[1])]),
    (THERE, [NONE, allergy("alpha", -90, clinical_status="resolved")]),
    ((UNKNOWN, Cause.STATUS_UNCONFIRMED | Cause.SOURCE_CONFLICT), [NONE, unconfirmed(allergy("alpha", -90))]),
)
entry(
    "another allergy beside it, earlier or later, leaves open what it says",
    ANY_TIME,
    (CONTRADICTED, [NONE, allergy("beta", -90)]),
    (CONTRADICTED, [NONE, allergy("beta", -9)]),
    (DENIED, [NONE, allergy("beta", clinical_status="resolved")]),
    (DENIED, [NONE, replace(allergy("beta"), standing=Standing.DOES_NOT_COUNT)]),
)
entry(
    "what is said of drugs answers for drugs alone",
    ANY_TIME,
    (SILENT, [NO_DRUG]),
    (CONFLICT, [NO_DRUG, allergy("alpha", -90, category="medication")]),
    (THERE, [NO_DRUG, allergy("alpha", -90, category="food")]),
)
entry(
    "a term that is narrowed to drugs",
    Exists(rows(some_allergy(WordTest("category", ("medication",))))),
    (DENIED, [NO_DRUG]),
    (DENIED, [NONE]),
    (DENIED, [NO_DRUG, allergy("beta", -90, category="food")]),
    (CONTRADICTED, [NONE, allergy("beta", -90, category="food")]),
    (DENIED, [NONE, NO_DRUG, allergy("beta", -90, category="food")]),
    (CONTRADICTED, [NO_DRUG, allergy("beta", -90)]),
    (CONTRADICTED, [NO_DRUG, allergy("beta", -90, category="food+medication")]),
)
entry(
    "no policy is needed, and none stands against it; a damaged record does",
    Exists(rows(some_allergy(policy=Policy(missing=Answer.YES)))),
    (DENIED, [NONE]),
    ((UNKNOWN, Cause.DATA_CORRUPT), [NONE]),
    corrupt=((1, Kind.ALLERGY),),
)
entry(
    "it holds for every time up to the cutoff",
    Exists(rows(some_allergy(starting(RECENT)))),
    (DENIED, [allergy("no-allergy", -900)]),
    (DENIED, [allergy("no-allergy", -900), allergy("alpha", -200, clinical_status="resolved")]),
)
entry(
    "too few to count",
    Counted(rows(some_allergy()), least=2),
    ((NO, Cause.COUNT), [NONE]),
)
entry(
    "a term that names the code has it, and is not denied by itself",
    Exists(rows(some_allergy(value_set="no-allergy"))),
    (THERE, [NONE]),
)
entry(
    "a term of any code has every allergy, and no record that none is known",
    Exists(rows(some_allergy(value_set="every"))),
    (DENIED, [NONE]),
    (THERE, [allergy("foreign")]),
    (SILENT, [NO_DRUG]),
)
entry(
    "what a record without a category of its own says of everything, one with a category says of that alone",
    ANY_TIME,
    (SILENT, [allergy("no-allergy", category="medication")]),
    (SILENT, [allergy("no-allergy", category="food+medication")]),
    (DENIED, [allergy("no-allergy", category="biologic+environment+food+medication")]),
    (THERE, [allergy("no-allergy", category="food"), allergy("alpha", -90, category="medication")]),
    (CONFLICT, [allergy("no-allergy", category="food"), allergy("alpha", -90, category="food")]),
)
entry(
    "a narrowed record answers for a term of its category, unless its code speaks of another",
    Exists(rows(some_allergy(WordTest("category", ("medication",))))),
    (DENIED, [allergy("no-allergy", category="medication")]),
    (DENIED, [allergy("no-allergy", category="food+medication")]),
    (SILENT, [allergy("no-allergy", category="food")]),
    (SILENT, [allergy("no-drug-allergy", category="food")]),
)
UNREAD = (UNKNOWN, Cause.CODE_UNMAPPED)
entry(
    "words that say that no allergy is known are none; words that leave it open, or deny a code, are a doubt",
    Exists(rows(some_allergy(value_set="every"))),
    (SILENT, [allergy("no-allergy-words")]),
    (DENIED, [allergy("no-allergy-words", -90), NONE]),
    (SILENT, [allergy("not-asked")]),
    (UNREAD, [allergy("unknown-words")]),
    (UNREAD, [allergy("alpha-denied")]),
    (THERE, [allergy("no-allergy-words"), allergy("foreign")]),
)
entry(
    "a code beside words that deny it is a doubt for a term that names it too",
    ANY_TIME,
    (UNREAD, [allergy("alpha-denied")]),
    (DENIED, [allergy("no-allergy-words"), NONE]),
    ((UNKNOWN, Cause.CODE_UNMAPPED | Cause.SOURCE_CONFLICT), [allergy("unknown-words"), NONE]),
)
entry(
    "a code beside one that says that none is known is a doubt, and no answer",
    ANY_TIME,
    (UNREAD, [allergy("alpha-and-none")]),
    (UNREAD, [allergy("alpha-and-none", verification_status="confirmed")]),
)
entry(
    "the code of all allergies beside words for drugs alone answers for drugs alone",
    ANY_TIME,
    (SILENT, [allergy("no-allergy-to-drugs")]),
    (SILENT, [allergy("no-allergy-to-drugs", category="food")]),
    (THERE, [allergy("no-allergy-to-drugs"), allergy("alpha", -90, category="food")]),
    (DENIED, [allergy("no-allergy-to-drugs"), NONE]),
)
entry(
    "words for drugs alone answer for a term that is narrowed to drugs",
    Exists(rows(some_allergy(WordTest("category", ("medication",))))),
    (DENIED, [allergy("no-allergy-to-drugs")]),
    (DENIED, [allergy("no-allergy-to-drugs", category="food+medication")]),
    (SILENT, [allergy("no-allergy-to-drugs", category="food")]),
)
A_DRUG = fact(Kind.MEDICATION, day(-30))
entry(
    "a drug, vaccine or disease of which nobody knows which it is may be any; one that is none is not",
    Exists(rows(some(Kind.MEDICATION, policy=Policy(missing=Answer.NO)))),
    (UNREAD, [replace(A_DRUG, concept="not-asked")]),
    (UNREAD, [replace(A_DRUG, concept="nobody-knows")]),
    (UNREAD, [replace(A_DRUG, concept="unknown-words")]),
    ((NO, Cause.ABSENCE_ASSUMED), [replace(A_DRUG, concept="no-drugs")]),
    (THERE, [replace(A_DRUG, concept="nobody-knows"), A_DRUG]),
)
entry(
    "no known medication is none; that nothing is known of them is a doubt, where silence would be a no",
    Exists(rows(some(Kind.MEDICATION, value_set="every", policy=Policy(missing=Answer.NO)))),
    ((NO, Cause.ABSENCE_ASSUMED), [replace(A_DRUG, concept="no-drugs")]),
    (UNREAD, [replace(A_DRUG, concept="not-asked")]),
    (THERE, [replace(A_DRUG, concept="no-drugs"), A_DRUG]),
)
entry(
    "a visit of an unknown type is a visit",
    Exists(rows(some(Kind.ENCOUNTER, value_set="every"))),
    (THERE, [fact(Kind.ENCOUNTER, day(-30), "unanswered")]),
    (THERE, [fact(Kind.ENCOUNTER, day(-30), "nobody-knows")]),
)
UNANSWERED = fact(Kind.OBSERVATION, day(-30), value_state=ValueState.CODED, value_concept="unanswered")
for negated in (False, True):
    test = ValueInSet("alpha", negated)
    entry(
        f"an answer that says that nobody knows is no other answer, negated {negated}",
        Exists(rows(some(Kind.OBSERVATION, test))),
        (UNREAD, [UNANSWERED]),
        (UNREAD, [UNANSWERED, replace(UNANSWERED, start=day(-60))]),
    )
    entry(
        f"nor is the latest one, negated {negated}",
        PickedIsIn(Pick.MOST_RECENT, rows(some(Kind.OBSERVATION)), "alpha", negated=negated),
        (UNREAD, [UNANSWERED]),
    )
