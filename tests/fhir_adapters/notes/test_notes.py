"""Every note is accounted for, its facts carry its place, and copies count once."""

from __future__ import annotations

import logging
import traceback
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha1
from typing import Any

import numpy as np
import pytest

from eligibility.concepts import Concepts, Words
from eligibility.facts import Block, Kind, Reading, Source, Standing
from eligibility.notes import Note, NotesRead
from fhir_adapters import Extract, read, read_bundle
from fhir_adapters.notes import taking
from tests.fhir_adapters.notes.documents import attachment, document, report
from tests.fhir_adapters.notes.word_reader import WordReader
from tests.fhir_adapters.records import Record, bundle, coded, condition, lines, observation, order, patient

SENTENCE = "Known diabetes since 2010."


def taken(*records: Record, reader: WordReader | None = None, keep_texts: bool = False) -> Extract:
    return read_bundle(bundle(patient(), *records), notes=reader or WordReader(), keep_texts=keep_texts)


def told(extract: Extract) -> list[str]:
    """Facts from notes: place, quote, standing."""
    facts = extract.facts
    block = facts.blocks.get(Kind.CONDITION)
    if block is None:
        return []
    rows = np.flatnonzero(block.column("source") == Source.NOTE).tolist()
    words = facts.words.texts
    return sorted(
        f"{facts.resources.name(int(block.column('resource')[row]))} "
        f"{words[int(block.column('path')[row])]} {words[int(block.column('quote')[row])]} "
        f"{Standing(int(block.column('standing')[row])).name.lower()}"
        for row in rows
    )


def readings(extract: Extract) -> dict[str, int]:
    assert extract.note_account is not None
    return {how: count for how, count in extract.note_account.readings.items() if count}


def problems(extract: Extract) -> dict[str, int]:
    assert extract.note_account is not None
    return dict(extract.note_account.problems)


def notes_of(extract: Extract) -> Block:
    return extract.facts.blocks[Kind.NOTE]


FORMS: dict[str, tuple[bytes, str]] = {
    "plain": (SENTENCE.encode(), "text/plain; charset=utf-8"),
    "html": (f"<html><body><p>{SENTENCE}</p></body></html>".encode(), "text/html"),
    "rtf": (rb"{\rtf1\ansi " + SENTENCE.encode() + rb"\par}", "application/rtf"),
    "cda": (
        f"<ClinicalDocument><section><text>{SENTENCE}</text></section></ClinicalDocument>".encode(),
        "application/hl7-cda+xml",
    ),
    "utf-16": (SENTENCE.encode("utf-16"), "text/plain"),
    "latin-1": (f"{SENTENCE} Café.".encode("latin-1"), "text/plain; charset=latin1"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("carrier", [document, report])
def test_a_note_becomes_facts_at_its_place(form: str, carrier: Any) -> None:
    content, content_type = FORMS[form]
    made = carrier(attachment(content, content_type))
    extract = taken(made)
    element = "content[0].attachment" if carrier is document else "presentedForm[0]"
    kind = made["resourceType"]
    assert told(extract) == [f"{kind}/{made['id']} {kind}.{element} diabetes counts"]
    assert readings(extract) == {"read": 1}
    assert problems(extract) == {}
    assert extract.facts.unread == {}
    assert extract.facts.manifest.notes_read


@pytest.mark.parametrize("form", FORMS)
def test_the_span_of_a_quote_is_the_quote(form: str) -> None:
    content, content_type = FORMS[form]
    extract = taken(document(attachment(content, content_type)), keep_texts=True)
    facts = extract.facts
    block = facts.blocks[Kind.CONDITION]
    texts = {(text.resource, text.path): text.note.text for text in extract.texts}
    assert len(block) == 1
    place = int(block.column("resource")[0]), facts.words.texts[int(block.column("path")[0])]
    span = slice(int(block.column("span_lo")[0]), int(block.column("span_hi")[0]))
    assert texts[place][span] == facts.words.texts[int(block.column("quote")[0])] == "diabetes"


def test_texts_are_kept_only_where_they_are_asked_for() -> None:
    assert taken(document(attachment(SENTENCE))).texts == ()
    assert [text.note.text for text in taken(document(attachment(SENTENCE)), keep_texts=True).texts] == [
        SENTENCE
    ]


def test_without_a_reader_nothing_is_looked_at() -> None:
    extract = read_bundle(
        bundle(patient(), document(attachment(SENTENCE)), condition(note=[{"text": SENTENCE}]))
    )
    assert extract.note_account is None
    assert not extract.facts.manifest.notes_read
    assert len(notes_of(extract)) == 1
    assert notes_of(extract).column("reading")[0] == Reading.NOT_ASKED
    assert extract.facts.unread == {}


UNREAD: dict[str, tuple[Record, Reading, str]] = {
    "pdf": (attachment(b"%PDF-1.7", "application/pdf"), Reading.TYPE_UNREAD, "NOTE_TYPE_UNREAD"),
    "a picture": (attachment(b"\xff\xd8\xff", "image/jpeg"), Reading.TYPE_UNREAD, "NOTE_TYPE_UNREAD"),
    "an address": (
        {"contentType": "text/plain", "url": "Binary/1"},
        Reading.TYPE_UNREAD,
        "NOTE_ELSEWHERE",
    ),
    "only a size": ({"contentType": "text/plain", "size": 20}, Reading.TYPE_UNREAD, "NOTE_ELSEWHERE"),
    "a pdf elsewhere": (
        {"contentType": "application/pdf", "url": "x"},
        Reading.TYPE_UNREAD,
        "NOTE_TYPE_UNREAD",
    ),
    "no base64": ({"contentType": "text/plain", "data": "!!!"}, Reading.DAMAGED, "NOTE_BASE64_INVALID"),
    "no padding": ({"contentType": "text/plain", "data": "YWI"}, Reading.DAMAGED, "NOTE_BASE64_INVALID"),
    "no string": ({"contentType": "text/plain", "data": 7}, Reading.DAMAGED, "NOTE_BASE64_INVALID"),
    "another size": (attachment("diabetes", size=100), Reading.DAMAGED, "NOTE_SIZE_DIFFERS"),
    "another hash": (
        attachment("diabetes", hash=b64encode(sha1(b"x").digest()).decode()),
        Reading.DAMAGED,
        "NOTE_HASH_DIFFERS",
    ),
    "a hash that is none": (attachment("diabetes", hash={"a": 1}), Reading.DAMAGED, "NOTE_HASH_DIFFERS"),
    "undecodable": (attachment(b"diab\xe9t\xe8s"), Reading.DAMAGED, "NOTE_UNDECODABLE"),
    "cut markup": (attachment("<a>diabetes", "text/xml"), Reading.DAMAGED, "NOTE_MARKUP_BROKEN"),
    "a text that takes too long": (attachment("a slow one"), Reading.TOO_SLOW, "NOTE_TOO_SLOW"),
    "a text at which the reader fails": (attachment("explode"), Reading.DAMAGED, "NOTE_READER_FAILED"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_was_not_read_is_counted_and_marks_its_patient(name: str) -> None:
    content, reading, code = UNREAD[name]
    others = patient("p2"), document(attachment(SENTENCE), identifier="d2", of="p2")
    extract = taken(document(content), *others)
    assert readings(extract) == {"read": 1, reading.name.lower(): 1}
    assert problems(extract) == {code: 1}
    assert {how: flags.tolist() for how, flags in extract.facts.unread.items()} == {reading: [True, False]}
    assert told(extract) == ["DocumentReference/d2 DocumentReference.content[0].attachment diabetes counts"]
    block = notes_of(extract)
    place = extract.facts.resources.name(int(block.column("resource")[block.column("problem") != 0][0]))
    assert place == "DocumentReference/d1"


@pytest.mark.parametrize("content", [attachment(""), attachment(" \n"), {"contentType": "text/plain"}, {}])
def test_empty_notes_are_counted(content: Record) -> None:
    extract = taken(document(content))
    assert readings(extract) == {"empty": 1}
    assert extract.facts.unread == {}


@pytest.mark.parametrize(
    "digest", [sha1(b"diabetes").hexdigest(), b64encode(sha1(b"diabetes").digest()).decode()]
)
def test_sizes_and_hashes_that_agree(digest: str) -> None:
    for size in (len("diabetes"), len(b64encode(b"diabetes"))):
        assert readings(taken(document(attachment("diabetes", size=size, hash=digest)))) == {"read": 1}


def test_one_form_that_was_read_is_enough() -> None:
    pdf, html = attachment(b"%PDF", "application/pdf"), attachment(f"<p>{SENTENCE}</p>", "text/html")
    extract = taken(document(pdf, html))
    assert readings(extract) == {"read": 1, "type_unread": 1}
    assert extract.facts.unread == {}
    separate = taken(document(pdf), document(html, identifier="d2"))
    assert list(separate.facts.unread) == [Reading.TYPE_UNREAD]


def test_documents_made_in_error_mark_nobody_and_decide_nothing() -> None:
    extract = taken(document(attachment("!", "application/pdf"), status="entered-in-error"))
    assert readings(extract) == {"type_unread": 1}
    assert extract.facts.unread == {}
    extract = taken(document(attachment(SENTENCE), status="entered-in-error"))
    assert told(extract)[0].endswith("does_not_count")


def test_the_state_of_the_document_itself_counts_too() -> None:
    for state, standing in {
        "final": "counts",
        "preliminary": "unconfirmed",
        "entered-in-error": "does_not_count",
    }.items():
        assert told(taken(document(attachment(SENTENCE), docStatus=state)))[0].endswith(standing)


def test_the_same_text_at_the_same_time_is_read_once() -> None:
    reader = WordReader()
    first = report(attachment(SENTENCE), effectiveDateTime="2026-01-05T10:00:00Z")
    second = document(attachment(SENTENCE))
    for records in ((first, second), (second, first)):
        extract = taken(*records, reader=reader)
        assert readings(extract) == {"read": 1, "duplicate": 1}
        # Of two notes of one time it belongs to the first by name, in whatever order they come.
        assert told(extract) == ["DiagnosticReport/r1 DiagnosticReport.presentedForm[0] diabetes counts"]
    assert len(reader.given) == 2


def test_another_patient_with_the_same_text_is_another() -> None:
    extract = taken(
        document(attachment(SENTENCE)),
        patient("p2"),
        document(attachment(SENTENCE), of="p2", identifier="d2"),
    )
    assert readings(extract) == {"read": 2}
    assert len(told(extract)) == 2


def test_a_copy_that_counts_comes_before_an_earlier_one_that_does_not() -> None:
    void = document(attachment(SENTENCE), status="entered-in-error")
    good = document(attachment(SENTENCE), identifier="d2")
    for records in ((void, good), (good, void)):
        assert told(taken(*records)) == [
            "DocumentReference/d2 DocumentReference.content[0].attachment diabetes counts"
        ]


def test_a_sentence_copied_forward_counts_once() -> None:
    notes = [
        document(
            attachment(f"Day {i}.\n{SENTENCE}\nSome diabetes here too {i}."),
            identifier=f"d{i}",
            date=f"2026-01-0{i}",
        )
        for i in (3, 1, 2)
    ]
    for order_ in (notes, notes[::-1]):
        extract = taken(*order_)
        assert readings(extract) == {"read": 3}
        place = "DocumentReference.content[0].attachment diabetes counts"
        # The copied sentence once, of the first note; the others are sentences of their own.
        assert told(extract) == [f"DocumentReference/d{i} {place}" for i in (1, 1, 2, 3)]


def test_a_sentence_twice_in_one_note_counts_once() -> None:
    assert len(told(taken(document(attachment(f"{SENTENCE}\n{SENTENCE}"))))) == 1


def test_a_record_delivered_twice_is_one() -> None:
    made = document(attachment(SENTENCE))
    extract = taken(made, made)
    assert readings(extract) == {"read": 1}
    assert told(extract) == ["DocumentReference/d1 DocumentReference.content[0].attachment diabetes counts"]


def test_the_later_version_of_a_note_counts() -> None:
    old = document(attachment(SENTENCE), meta={"lastUpdated": "2026-01-05T10:00:00Z"})
    new = document(attachment("No such thing."), meta={"lastUpdated": "2026-01-06T10:00:00Z"})
    same = document(attachment(SENTENCE), meta={"lastUpdated": "2026-01-06T10:00:00Z"})
    for records in ((old, new), (new, old)):
        assert told(taken(*records)) == []
    for records in ((old, same), (same, old)):
        extract = taken(*records)
        assert readings(extract) == {"read": 1}
        assert len(told(extract)) == 1


def test_merged_patients_share_their_notes() -> None:
    link = [{"other": {"reference": "Patient/p1"}, "type": "replaced-by"}]
    extract = taken(
        document(attachment(SENTENCE)),
        patient("p2", link=link),
        document(attachment(SENTENCE), of="p2", identifier="d2"),
        document(attachment("x", "image/png"), of="p2", identifier="d3"),
    )
    assert list(extract.facts.patients) == ["p1"]
    assert readings(extract) == {"read": 1, "duplicate": 1, "type_unread": 1}
    assert len(told(extract)) == 1
    assert extract.facts.unread[Reading.TYPE_UNREAD].tolist() == [True]


FIELDS: dict[str, tuple[Record, str, str]] = {
    "an annotation": (
        observation(note=[{"text": "x"}, {"text": SENTENCE, "time": "2026-02-01"}]),
        "Observation/o1 Observation.note[1].text",
        SENTENCE,
    ),
    "of an order": (
        order(note=[{"text": SENTENCE}]),
        "MedicationRequest/m1 MedicationRequest.note[0].text",
        SENTENCE,
    ),
    "of a diagnosis": (condition(note=[{"text": SENTENCE}]), "Condition/c1 Condition.note[0].text", SENTENCE),
    "a conclusion": (
        report(conclusion=SENTENCE),
        "DiagnosticReport/r1 DiagnosticReport.conclusion",
        SENTENCE,
    ),
    "a long result": (
        observation(valueString=SENTENCE * 5, valueQuantity=None),
        "Observation/o1 Observation.value",
        SENTENCE * 5,
    ),
    "a diagnosis in words": (
        condition(code={"text": SENTENCE}),
        "Condition/c1 Condition.code.text",
        SENTENCE,
    ),
    "of a family history": (
        {
            "resourceType": "FamilyMemberHistory",
            "id": "f1",
            "status": "completed",
            "patient": {"reference": "Patient/p1"},
            "date": "2026-01-01",
            "condition": [{"code": coded("1"), "note": [{"text": SENTENCE}]}],
        },
        "FamilyMemberHistory/f1 FamilyMemberHistory.condition[0].note[0].text",
        f"Family history:\n{SENTENCE}",
    ),
    "of an allergy": (
        {
            "resourceType": "AllergyIntolerance",
            "id": "a1",
            "patient": {"reference": "Patient/p1"},
            "code": coded("1"),
            "recordedDate": "2026-01-01",
            "reaction": [{"description": SENTENCE}],
        },
        "AllergyIntolerance/a1 AllergyIntolerance.reaction[0].description",
        f"Allergies:\n{SENTENCE}",
    ),
    "an older annotation": (condition(note=SENTENCE), "Condition/c1 Condition.note", SENTENCE),
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("container", ["bundle", "lines"])
def test_free_text_of_records(name: str, container: str, tmp_path: Any) -> None:
    record, place, text = FIELDS[name]
    record = {key: value for key, value in record.items() if value is not None}
    reader = WordReader()
    if container == "bundle":
        extract = taken(record, reader=reader)
    else:
        (tmp_path / "some.ndjson").write_bytes(lines([patient(), record]))
        extract = read(tmp_path, notes=reader)
    assert SENTENCE in reader.given[-1].text
    assert [note.text for note in reader.given if SENTENCE in note.text] == [text]
    found = [row for row in told(extract) if row.startswith(place)]
    assert len(found) >= 1
    assert all(row == f"{place} diabetes counts" for row in found)
    assert readings(extract)["read"] == len(reader.given)


def test_a_field_of_another_shape_is_damaged() -> None:
    extract = taken(condition(note=[7]))
    assert problems(extract) == {"TYPE_MISMATCH": 1}
    assert list(extract.facts.unread) == [Reading.DAMAGED]
    assert extract.rejects == []


def test_nulls_are_nothing() -> None:
    extract = taken(condition(note=[None, {"text": None}, {"text": SENTENCE, "time": None}], code=None))
    assert told(extract) == ["Condition/c1 Condition.note[2].text diabetes counts"]
    assert problems(extract) == {}


def test_a_diagnosis_that_is_over_is_not_read_as_one_of_today() -> None:
    assert told(taken(condition(code={"text": SENTENCE}, clinicalStatus=coded("resolved")))) == []


def test_compositions_are_one_note_with_headings() -> None:
    sections = [
        {"title": "History", "text": {"status": "generated", "div": f"<div><p>{SENTENCE}</p></div>"},
         "section": [{"code": {"text": "Family history"}, "text": {"div": "<div>Mother: <b>MI</b></div>"}}]},
        {"title": "Plan:", "text": {"div": "<div>None&nbsp;yet.</div>"}},
    ]  # fmt: skip
    made = {
        "resourceType": "Composition", "id": "k1", "status": "final", "type": coded("1"), "title": "x",
        "subject": {"reference": "Patient/p1"}, "date": "2026-01-05", "section": sections,
    }  # fmt: skip
    reader = WordReader()
    extract = taken(made, reader=reader)
    expected = f"History:\n{SENTENCE}\n\nFamily history:\nMother: MI\n\nPlan:\nNone yet."
    assert [note.text for note in reader.given] == [expected]
    assert told(extract) == ["Composition/k1 Composition.section diabetes counts"]
    made["subject"] = [made["subject"]]
    assert len(told(taken(made))) == 1
    del made["subject"]
    extract = taken(made)
    assert extract.rejects == []
    assert extract.lines.ignored == 1
    assert told(extract) == []


def test_when_it_was_written() -> None:
    reader = WordReader()
    plain = attachment("one")
    dated = attachment("two", creation="2025-12-31")
    yesterday = report(attachment("four"), identifier="r2", effectiveDateTime="2026-01-04T10:00:00Z")
    taken(document(plain, dated), report(attachment("three")), yesterday, reader=reader)
    texts = {note.text: (note.written_lo, note.written_hi) for note in reader.given}
    facts = taken(document(plain)).facts.blocks[Kind.NOTE]
    assert texts["one"] == (facts.column("start_lo")[0], facts.column("start_hi")[0])
    day = 86_400_000
    lo, hi = texts["two"]
    assert hi - lo + 1 == day
    assert texts["one"][0] // day - lo // day == 5
    assert texts["three"] == texts["one"]
    assert texts["four"][1] - texts["four"][0] == day  # from what it tells about to its issue
    assert {note.title for note in reader.given} == {"History and physical note"}


def test_many_notes_go_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "_NOTES", 10)
    monkeypatch.setattr(taking, "_REMEMBERED", 5)
    reader = WordReader()
    records = [document(attachment(f"{SENTENCE} {i % 20}"), identifier=f"d{i:03}") for i in range(40)]
    extract = taken(*records, reader=reader)
    assert max(reader.batches) == 10
    # Some were read again, having been forgotten; that changes nothing.
    assert len(reader.given) > 20
    assert readings(extract) == {"read": 20, "duplicate": 20}
    assert [row.partition(" ")[0] for row in told(extract)] == [
        f"DocumentReference/d{i:03}" for i in range(20)
    ]


def test_no_order_and_no_container_changes_what_notes_say(tmp_path: Any) -> None:
    records = [patient(f"p{i}") for i in range(4)]
    for i in range(24):
        text = f"{SENTENCE}\nnumber {i % 5} {'slow' if i % 11 == 0 else ''}"
        carrier = document if i % 2 else report
        more = (
            {"date": f"2026-01-{1 + i % 3:02}"}
            if carrier is document
            else {"issued": f"2026-01-{1 + i % 3:02}"}
        )
        records.append(carrier(attachment(text), identifier=f"n{i}", of=f"p{i % 4}", **more))
    expected: Any = None
    for seed in range(4):
        np.random.default_rng(seed).shuffle(records)  # type: ignore[arg-type]
        (tmp_path / "all.ndjson").write_bytes(lines(records))
        for extract in (
            read(tmp_path, notes=WordReader()),
            read_bundle(bundle(*records), notes=WordReader()),
        ):
            flags = extract.facts.unread[Reading.TOO_SLOW]
            slow = {name for name, flag in zip(extract.facts.patients, flags, strict=True) if flag}
            found = told(extract), readings(extract), problems(extract), slow
            expected = expected or found
            assert found == expected


class Talkative:
    """A reader that puts the text into its errors."""

    def read(self, notes: Sequence[Note], concepts: Concepts, words: Words) -> NotesRead:
        text = notes[0].text
        raise KeyError(text)


def test_no_text_reaches_a_log_or_a_message(caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    secret = "Zebrafish syndrome"
    with caplog.at_level(logging.DEBUG):
        extract = read_bundle(
            bundle(patient(), document(attachment(secret), attachment(f"<a>{secret}", "text/xml"))),
            notes=Talkative(),
            keep_texts=True,
        )
    assert problems(extract) == {"NOTE_MARKUP_BROKEN": 1, "NOTE_READER_FAILED": 1}
    assert extract.note_account is not None
    assert list(extract.note_account.faults.values()) == [1]
    (place,) = extract.note_account.faults
    assert place.startswith("KeyError in ")
    assert secret not in place
    assert secret not in caplog.text
    assert secret not in "".join(capfd.readouterr())
    assert secret not in repr(extract) + repr(extract.texts) + repr(extract.texts[0].note)
    assert secret not in traceback.format_exc()
