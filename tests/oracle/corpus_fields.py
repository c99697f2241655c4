"""Small cases about the words and codes that a record's fields hold; see `corpus`."""

from __future__ import annotations

from eligibility.facts import Kind, Standing
from eligibility.program import Answer, Exists, PersonIs, Policy, SetTest, WordTest
from eligibility.reasons import Cause
from tests.oracle.corpus import DENSE, NO, UNKNOWN, YES, day, entry, fact, person, rows, some

THERE = (YES, Cause.EVIDENCE)
NOT_THERE = (NO, Cause.ABSENCE_ASSUMED)
IN_DOUBT = (UNKNOWN, Cause.STATUS_UNCONFIRMED)

for asked, said in (
    ("active", {"active": THERE, "relapse": THERE, "recurrence": THERE, "remission": NOT_THERE}),
    ("inactive", {"resolved": THERE, "remission": THERE, "relapse": NOT_THERE}),
    ("remission", {"remission": THERE, "inactive": IN_DOUBT, "resolved": NOT_THERE, "active": NOT_THERE}),
):
    for word, truth in {**said, "unknown": IN_DOUBT, "Active": IN_DOUBT}.items():
        entry(
            f"whose clinical status is {asked}, of one that is {word}",
            Exists(rows(some(Kind.CONDITION, WordTest("clinical_status", (asked,))))),
            (truth, [fact(Kind.CONDITION, day(-3), clinical_status=word), *DENSE]),
        )

for negated in (False, True):
    for word in ("unknown", "Active", "bespoke"):
        unconfirmed = fact(Kind.MEDICATION, day(-3), standing=Standing.UNCONFIRMED, status=word)
        told = f"whose status is {'not ' if negated else ''}active, of one that is {word}"
        test = WordTest("status", ("active",), negated)
        entry(told, Exists(rows(some(Kind.MEDICATION, test))), (IN_DOUBT, [unconfirmed, *DENSE]))

entry(
    "a status that nobody knows, where unconfirmed means no",
    Exists(
        rows(some(Kind.MEDICATION, WordTest("status", ("active",)), policy=Policy(unconfirmed=Answer.NO)))
    ),
    (
        (NO, Cause.ABSENCE_ASSUMED),
        [fact(Kind.MEDICATION, day(-3), standing=Standing.UNCONFIRMED, status="unknown"), *DENSE],
    ),
)

for word, truth in {
    "food+medication": THERE,
    "food": (UNKNOWN, Cause.DATA_NOT_FOUND),  # as if absent, and silence is no answer of allergies
    "environment+food": (UNKNOWN, Cause.DATA_NOT_FOUND),
    "medicine": IN_DOUBT,
}.items():
    entry(
        f"an allergy whose category is medication, of {word}",
        Exists(rows(some(Kind.ALLERGY, WordTest("category", ("medication",))))),
        (truth, [fact(Kind.ALLERGY, day(-3), category=word), *DENSE]),
    )

entry(
    "a field that is not the asked one may be, in another system; of the same system it is",
    Exists(rows(some(Kind.ENCOUNTER, SetTest("class", "alpha", negated=True)))),
    ((UNKNOWN, Cause.CODE_UNMAPPED), [fact(Kind.ENCOUNTER, day(-3), **{"class": "foreign"})]),
    (THERE, [fact(Kind.ENCOUNTER, day(-3), **{"class": "beta"})]),
)

for negated in (False, True):
    entry(
        f"sex is {'not ' if negated else ''}female, in a word that FHIR does not have",
        PersonIs("sex", ("female",), negated=negated),
        ((UNKNOWN, Cause.CODE_UNMAPPED), [person(sex="F")]),
        ((UNKNOWN, Cause.DATA_NOT_FOUND), [person(sex="unknown")]),
        ((YES if negated else NO, Cause.DEMOGRAPHIC), [person(sex="other")]),
    )
