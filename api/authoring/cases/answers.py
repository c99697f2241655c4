"""What a person answered to a question of the protocol, as the form that would have been sent."""

from __future__ import annotations

import re

from api.authoring.cases.given import GivenError
from api.authoring.cases.writing import Resource, Writing, quantity
from criteria_dsl.cases import GivenAnswer
from criteria_dsl.cases.tree import Quantity
from criteria_dsl.plan.criteria import leaves
from eligibility.program import Ask, Program

_DAY = re.compile(r"\d{4}(-\d\d){0,2}")


def answer(writer: Writing, program: Program, given: GivenAnswer, identity: str) -> Resource:
    """A QuestionnaireResponse with one item. Raises GivenError for a question that is not asked."""
    asked = _asked(program, given)
    found = {**writer.base("QuestionnaireResponse", identity), "status": "completed"}
    moment = given.when.start if given.when is not None else None
    found["authored"] = writer.date(moment) if moment is not None else writer.index_date()
    found["item"] = [{"linkId": asked.key, "text": asked.question, "answer": [_value(given)]}]
    return found


def _asked(program: Program, given: GivenAnswer) -> Ask:
    criterion = next((one for one in program.criteria if one.id == given.criterion.text), None)
    if criterion is None:
        raise GivenError(given.criterion.span, f"the protocol has no criterion `{given.criterion.text}`")
    statements = [criterion.statement, *([criterion.applies_to] if criterion.applies_to is not None else [])]
    asked = {leaf.key: leaf for one in statements for leaf in leaves(one) if isinstance(leaf, Ask)}
    if given.question is not None:
        asked = {key: leaf for key, leaf in asked.items() if leaf.question == given.question.text}
    if not asked:
        raise GivenError(given.span, f"`{given.criterion.text}` does not ask that")
    if len(asked) > 1:
        message = f"`{given.criterion.text}` asks several questions: write the question behind its name"
        raise GivenError(given.criterion.span, message)
    return next(iter(asked.values()))


def _value(given: GivenAnswer) -> Resource:
    said = given.answer
    if isinstance(said, Quantity):
        return {"valueQuantity": quantity(said)} if said.unit else {"valueDecimal": quantity(said)["value"]}
    if said.text in ("yes", "no"):
        return {"valueBoolean": said.text == "yes"}
    return {"valueDate" if _DAY.fullmatch(said.text) else "valueString": said.text}
