"""Contents of notes that stand in Binaries of the same input are read, in whatever order they come."""

from __future__ import annotations

import zipfile
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from eligibility.facts import Reading
from fhir_adapters import Extract, read, read_bundle
from tests.fhir_adapters.notes.documents import document, report
from tests.fhir_adapters.notes.test_notes import problems, readings, told
from tests.fhir_adapters.notes.word_reader import WordReader
from tests.fhir_adapters.records import Record, as_json, bundle, lines, patient

SENTENCE = "Known diabetes since 2010."


def binary(
    text: str | bytes = SENTENCE, identifier: str = "b1", media: str = "text/plain", **more: Any
) -> Record:
    data = text.encode() if isinstance(text, str) else text
    return {
        "resourceType": "Binary",
        "id": identifier,
        "contentType": media,
        "data": b64encode(data).decode(),
        **more,
    }


def naming(url: str = "Binary/b1", media: str = "text/plain", **more: Any) -> Record:
    return {"contentType": media, "url": url, **more}


def taken(*records: Record) -> Extract:
    return read_bundle(bundle(patient(), *records), notes=WordReader())


@pytest.mark.parametrize("url", ["Binary/b1", "https://fhir.example/r4/Binary/b1", "Binary/b1/_history/2"])
@pytest.mark.parametrize("first", [True, False])
def test_a_content_elsewhere_in_the_bundle_is_read(url: str, first: bool) -> None:
    records = [binary(), document(naming(url))]
    extract = taken(*(records if first else records[::-1]))
    assert told(extract) == ["DocumentReference/d1 DocumentReference.content[0].attachment diabetes counts"]
    assert readings(extract) == {"read": 1}
    assert problems(extract) == {}
    assert extract.facts.unread == {}
    assert extract.facts.manifest.lines.accepted == 3


def test_an_entry_may_be_named_by_its_address() -> None:
    entries = [patient(), document(naming("urn:uuid:1f")), {k: v for k, v in binary().items() if k != "id"}]
    made = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": url, "resource": entry}
            for url, entry in zip(("urn:uuid:0a", "urn:uuid:0b", "urn:uuid:1f"), entries, strict=True)
        ],
    }
    assert readings(read_bundle(as_json(made), notes=WordReader())) == {"read": 1}


def test_a_report_and_a_document_may_name_the_same_content() -> None:
    extract = taken(report(naming()), binary(), document(naming()))
    assert sum(readings(extract).values()) == 2
    assert problems(extract) == {}


UNREAD: dict[str, tuple[list[Record], str]] = {
    "a Binary that was not sent": ([document(naming("Binary/b2")), binary()], "NOTE_ELSEWHERE"),
    "an address on the net": ([document(naming("https://fhir.example/notes/1")), binary()], "NOTE_ELSEWHERE"),
    "a picture": ([document(naming()), binary(b"\xff\xd8\xff", media="image/jpeg")], "NOTE_TYPE_UNREAD"),
    "another size": ([document(naming(size=7)), binary()], "NOTE_SIZE_DIFFERS"),
    "another hash": ([document(naming(hash="AAAA")), binary()], "NOTE_HASH_DIFFERS"),
    "no base64": ([document(naming()), {**binary(), "data": "%"}], "NOTE_BASE64_INVALID"),
    "no string": ([document(naming()), {**binary(), "data": {"a": 1}}], "NOTE_BASE64_INVALID"),
    "two contents": ([document(naming()), binary(), binary("Other.")], "NOTE_CONTENT_SEVERAL"),
    "no content": ([document(naming()), {"resourceType": "Binary", "id": "b1"}], "NOTE_ELSEWHERE"),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_cannot_be_read_is_counted_and_says_why(name: str) -> None:
    records, code = UNREAD[name]
    extract = taken(*records)
    assert problems(extract) == {code: 1}
    assert told(extract) == []


def test_the_same_content_twice_is_one() -> None:
    assert readings(taken(document(naming()), binary(), binary())) == {"read": 1}


def test_the_character_set_that_is_told_with_the_address_counts() -> None:
    content = binary("Café, diabetes".encode("latin-1"))
    assert readings(taken(document(naming(media="text/plain; charset=latin1")), content)) == {"read": 1}


def test_the_element_of_older_editions_is_read() -> None:
    made = binary()
    made["content"] = made.pop("data")
    assert readings(taken(document(naming()), made)) == {"read": 1}


def folder(tmp_path: Path) -> Path:
    """An extract whose contents lie in a file that comes first by its name, one of them twice."""
    tmp_path.mkdir(exist_ok=True)
    contents = [binary(f"{SENTENCE} Number {i}.", f"b{i}") for i in range(5)]
    (tmp_path / "Binary.000.ndjson").write_bytes(lines([*contents, contents[0]]))
    (tmp_path / "Binary.001.ndjson").write_bytes(lines([binary("Nobody names it.", "other"), contents[1]]))
    documents = [document(naming(f"Binary/b{i}"), identifier=f"d{i}") for i in range(6)]
    (tmp_path / "DocumentReference.ndjson").write_bytes(lines(documents))
    (tmp_path / "Patient.ndjson").write_bytes(lines([patient()]))
    return tmp_path


def test_contents_of_an_extract_are_read_whatever_the_order_of_its_files(tmp_path: Path) -> None:
    extract = read(folder(tmp_path / "a"), notes=WordReader())
    assert readings(extract) == {"read": 5, "type_unread": 1}
    assert problems(extract) == {"NOTE_ELSEWHERE": 1}
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted((tmp_path / "a").iterdir()):
            archive.write(path, path.name)
    other = read(packed, notes=WordReader())
    assert (told(other), readings(other), problems(other)) == (
        told(extract),
        readings(extract),
        problems(extract),
    )


def test_two_contents_of_one_name_in_an_extract_are_no_content_of_it(tmp_path: Path) -> None:
    made = folder(tmp_path / "a")
    (made / "Binary.002.ndjson").write_bytes(lines([binary("Something else.", "b2")]))
    extract = read(made, notes=WordReader())
    assert problems(extract) == {"NOTE_ELSEWHERE": 1, "NOTE_CONTENT_SEVERAL": 1}
    assert extract.facts.unread[Reading.DAMAGED].any()


def test_without_a_reader_contents_are_only_counted() -> None:
    extract = read_bundle(bundle(patient(), document(naming()), binary()))
    assert extract.facts.manifest.ignored_types == {"Binary": 1}
