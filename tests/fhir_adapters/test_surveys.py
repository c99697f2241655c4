"""Questions of a form are told apart: one that is asked for is not mistaken for another."""

from __future__ import annotations

from typing import Any

import pytest

from eligibility.codesystems import LOINC
from eligibility.concepts import Coding
from eligibility.facts import Kind
from eligibility.program import Code, Program, ValueSetSource
from eligibility.terminology import bind
from fhir_adapters import read_bundle
from fhir_adapters.mapping.surveys import loinc_of
from tests.fhir_adapters.records import bundle, patient

FORM = "http://example.org/Questionnaire/intake"


def response(*items: dict[str, Any], form: str = FORM) -> dict[str, Any]:
    return {"resourceType": "QuestionnaireResponse", "id": "q", "status": "completed", "item": list(items),
            "subject": {"reference": "Patient/p1"}, "questionnaire": form}  # fmt: skip


def asked(link: str, **more: Any) -> dict[str, Any]:
    return {"linkId": link, "answer": [{"valueBoolean": True}], **more}


def codings(item: dict[str, Any], form: str = FORM) -> tuple[Coding, ...]:
    facts = read_bundle(bundle(patient(), response(item, form=form))).facts
    block = facts.blocks[Kind.ANSWER]
    return facts.concepts.codings[int(block.columns["concept"][0])]


@pytest.mark.parametrize(
    ("item", "form", "expected"),
    [
        (asked("tobacco"), FORM, {(FORM, "tobacco")}),
        (asked("tobacco"), f"{FORM}|2.0", {(FORM, "tobacco")}),
        (asked("72166-2"), FORM, {(FORM, "72166-2"), (LOINC, "72166-2")}),
        (asked("/54127-6/54114-4"), FORM, {(FORM, "/54127-6/54114-4"), (LOINC, "54114-4")}),
        (asked("1-8"), FORM, {(FORM, "1-8")}),
        (asked("a", definition="http://loinc.org/72166-2"), FORM, {(FORM, "a"), (LOINC, "72166-2")}),
        (asked("a", definition="http://e.org/d#x.y"), FORM, {(FORM, "a"), ("http://e.org/d", "x.y")}),
    ],
)
def test_a_question_has_these_codes(item: dict[str, Any], form: str, expected: set[Coding]) -> None:
    assert set(codings(item, form)) == expected


@pytest.mark.parametrize(
    ("link", "code"),
    [("44261-6", "44261-6"), ("44261-7", ""), ("/1-8", "1-8"), ("1-8", ""), ("page-2", ""), ("", "")],
)
def test_a_link_id_is_a_loinc_code_only_where_its_check_digit_says_so(link: str, code: str) -> None:
    assert loinc_of(link) == code


def test_other_questions_are_not_taken_for_the_one_that_is_asked_for() -> None:
    items = [asked("packs"), asked("since"), asked("72166-2", text="Tobacco smoking status"), asked("x")]
    facts = read_bundle(
        bundle(
            patient(),
            response(*items),
        )
    ).facts
    other = "http://example.org/Questionnaire/other"
    sets = {
        "by code": ValueSetSource((Code(LOINC, "44261-6"),), names=("PHQ 9 total",)),
        "by link": ValueSetSource((Code(other, "age"),), names=("age",)),
        "in words": ValueSetSource((Code(other, "t"),), names=("tobacco",)),
    }
    membership = bind(Program("p", "1", "", (), sets), {}, facts.concepts)
    held = facts.blocks[Kind.ANSWER].columns["concept"]
    near = {name: int(membership.near[name][held].sum()) for name in sets}
    assert near == {"by code": 0, "by link": 0, "in words": 1}


def test_every_answer_and_every_follow_up_question_is_a_row() -> None:
    follow_up = {"linkId": "packs", "answer": [{"valueInteger": 1}, {"valueInteger": 2}]}
    group = {"linkId": "g", "item": [asked("a"), {"linkId": "b", "answer": [{"valueBoolean": True,
             "item": [follow_up]}]}, {"linkId": "unanswered"}]}  # fmt: skip
    facts = read_bundle(bundle(patient(), response(group))).facts
    paths = {facts.words.texts[i] for i in facts.blocks[Kind.ANSWER].column("path")}
    here = "QuestionnaireResponse.item[0].item"
    assert paths == {
        f"{here}[0].answer[0]",
        f"{here}[1].answer[0]",
        f"{here}[1].answer[0].item[0].answer[0]",
        f"{here}[1].answer[0].item[0].answer[1]",
    }
