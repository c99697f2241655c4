"""QuestionnaireResponse → one SURVEY row, and one ANSWER row for each answer.

The response names its questions by link id and perhaps by definition; the codes of a question stand in
the Questionnaire, which is not asked. A question is therefore known by these codings:

- (the questionnaire's canonical URL without its version, the link id);
- LOINC, where the link id is a LOINC code, perhaps after a path ("/71802-3", "/54127-6/54114-4");
- (what stands before the `#` of the definition, or before its last `/`; what stands after it).

A questionnaire is known likewise by its URL parted at the last `/`. Coded answers are coded values,
numbers have their units, `true` and `false` are coded, and everything else (words, dates, files) is
kept as words, which nobody compares. A question without words is called by its link id: what has no words
at all could mean anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from msgspec import Raw, Struct

from eligibility.codesystems import LOINC
from eligibility.concepts import Coding
from eligibility.facts import Array, Kind, Source
from fhir_adapters.batch import Batch
from fhir_adapters.emission import Emission, Rows
from fhir_adapters.mapping.common import encounter_keys, status_columns
from fhir_adapters.mapping.observation import values_of
from fhir_adapters.parts import Component
from fhir_adapters.record import ABSENT
from fhir_adapters.references import Reference
from fhir_adapters.rejects import BadRowsError
from fhir_adapters.row_batch import RowBatch
from fhir_adapters.times import Times
from fhir_adapters.vocabulary import Vocabulary

# ruff: noqa: N815  (element names are FHIR's)

_LOINC_CODE = re.compile(r"(?:^|/)(\d{1,7})-(\d)$")
_SURELY_LOINC = 5  # digits before the dash from which a link id without a path is no mere numbering
_RESPONDERS = {
    "Patient": "patient",
    "RelatedPerson": "related-person",
    "Practitioner": "practitioner",
    "PractitionerRole": "practitioner",
}


class Answer(Struct, gc=False):
    valueBoolean: Raw = ABSENT
    valueDecimal: Raw = ABSENT
    valueInteger: Raw = ABSENT
    valueQuantity: Raw = ABSENT
    valueCoding: Raw = ABSENT
    valueString: Raw = ABSENT
    valueUri: Raw = ABSENT
    valueDate: Raw = ABSENT
    valueDateTime: Raw = ABSENT
    valueTime: Raw = ABSENT
    valueAttachment: Raw = ABSENT
    valueReference: Raw = ABSENT
    item: list[Item] = []


class Item(Struct, gc=False):
    linkId: str = ""
    definition: str = ""
    text: str = ""
    answer: list[Answer] = []
    item: list[Item] = []


_items = msgspec.json.Decoder(list[Item]).decode
_reference = msgspec.json.Decoder(Reference).decode
_either = msgspec.json.Decoder(Reference | str).decode


@dataclass(frozen=True, slots=True)
class _Reply:
    """One answer: the record it stands in, its question and where it stands."""

    row: int
    item: Item
    answer: Answer
    path: str


def questionnaire_response(batch: Batch) -> Emission:
    """Rows of a batch of QuestionnaireResponses."""
    canonicals = _canonicals(batch)
    shared: dict[str, Array] = {
        **Times.instants(*batch.dates_of("authored")).columns(),
        **status_columns(batch),
        **encounter_keys(batch),
        "responder": _responders(batch),
        "source": np.full(len(batch), Source.ANSWER, dtype=np.uint8),
    }
    vocabulary = batch.vocabulary
    forms = np.array([_form(vocabulary, url) for url in canonicals], dtype=np.int32)
    rows = [Rows(Kind.SURVEY, {"concept": forms, **shared})]
    replies = [
        _Reply(row, item, answer, path)
        for row, items in batch.decoded("item", _items, "item")
        for item, answer, path in _answers(items, "QuestionnaireResponse.item")
    ]
    if replies:
        record = np.array([reply.row for reply in replies], dtype=np.int64)
        columns = {name: array[record] for name, array in shared.items()}
        questions = [_question(vocabulary, canonicals[r.row], r.item) for r in replies]
        columns["concept"] = np.array(questions, dtype=np.int32)
        columns["questionnaire"] = forms[record]
        columns["question"] = np.array([vocabulary.words[r.item.linkId] for r in replies], dtype=np.int16)
        columns["path"] = np.array([vocabulary.words[r.path] for r in replies], dtype=np.int16)
        columns.update(_values(batch, replies))
        rows.append(Rows(Kind.ANSWER, columns, record))
    return Emission(rows)


def _answers(items: list[Item], path: str) -> Iterator[tuple[Item, Answer, str]]:
    """Every answer within, with its question and its place; groups and follow-up questions included."""
    for i, item in enumerate(items):
        here = f"{path}[{i}]"
        for k, answer in enumerate(item.answer):
            yield item, answer, f"{here}.answer[{k}]"
            yield from _answers(answer.item, f"{here}.answer[{k}].item")
        yield from _answers(item.item, f"{here}.item")


def _values(batch: Batch, replies: list[_Reply]) -> dict[str, Array]:
    parts = [_component(reply.answer) for reply in replies]
    try:
        return values_of(RowBatch(parts, batch.vocabulary, batch.references, batch.zone))
    except BadRowsError as bad:
        problems = {replies[at].row: problem for at, problem in bad.problems.items()}
        raise BadRowsError(problems) from None


def _component(answer: Answer) -> Component:
    """An answer in the shape of an observation's value."""
    words = next(
        (
            raw
            for raw in (answer.valueString, answer.valueUri, answer.valueDate, answer.valueDateTime)
            if bytes(raw)
        ),
        answer.valueTime,
    )
    unread = answer.valueAttachment if bytes(answer.valueAttachment) else answer.valueReference
    coding = bytes(answer.valueCoding)
    return Component(
        valueQuantity=answer.valueQuantity,
        valueCodeableConcept=Raw(b'{"coding":[' + coding + b"]}") if coding else ABSENT,
        valueString=words,
        valueBoolean=answer.valueBoolean,
        valueInteger=answer.valueInteger,
        valueDecimal=answer.valueDecimal,
        valueTime=unread,
    )


def _canonicals(batch: Batch) -> list[str]:
    """The canonical URL of each response's questionnaire, without a version; "" where unsaid."""
    found = [""] * len(batch)
    for row, held in batch.decoded("questionnaire", _either):
        text = held if isinstance(held, str) else held.reference
        found[row] = text.partition("|")[0]
    return found


def _responders(batch: Batch) -> Array:
    """Who answered: the source, else the author."""
    column = np.zeros(len(batch), dtype=np.int16)
    for name in ("author", "source"):
        for row, held in batch.decoded(name, _reference):
            kind = batch.references.name(held.reference, held.type).partition("/")[0] or held.type
            word = _RESPONDERS.get(kind)
            if word:
                column[row] = batch.vocabulary.words[word]
    return column


def _form(vocabulary: Vocabulary, url: str) -> int:
    coding = _parted(url)
    return vocabulary.concepts_held.intern((coding,), f"questionnaire {coding[1]}") if coding else 0


def _question(vocabulary: Vocabulary, canonical: str, item: Item) -> int:
    codings: list[Coding] = []
    if item.linkId:
        if canonical:
            codings.append((canonical, item.linkId))
        loinc = loinc_of(item.linkId)
        if loinc:
            codings.append((LOINC, loinc))
    defined = _parted(item.definition)
    if defined:
        codings.append(defined)
    return vocabulary.concepts_held.intern(codings, item.text or f"question {item.linkId}")


def _parted(url: str) -> Coding | None:
    """A URL as system and code; LOINC's own addresses as LOINC codes."""
    system, _, code = url.rpartition("#" if "#" in url else "/")
    if not system or not code:
        return None
    if "loinc.org" in system and loinc_of(code, digits=1):
        return LOINC, code
    return system, code


def loinc_of(link: str, digits: int = _SURELY_LOINC) -> str:
    """The LOINC code that a link id is; "" for one that only looks like it (LOINC check digit, mod 10)."""
    found = _LOINC_CODE.search(link)
    if found is None or (len(found[1]) < digits and "/" not in link):
        return ""
    total = 0
    for place, digit in enumerate(reversed(found[1])):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return f"{found[1]}-{found[2]}" if -total % 10 == int(found[2]) else ""
