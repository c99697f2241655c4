"""Lines of known shapes: what is read of them by their shape is what decoding each of them says."""

from __future__ import annotations

import random
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from fhir_adapters import Extract, read
from fhir_adapters.matcher import Matcher, Patterns
from fhir_adapters.patterns import Elements, pattern_of
from fhir_adapters.pieces import Pieces, numbered
from fhir_adapters.records import READ_NAMES, READ_TYPES
from fixtures.synthetic_fhir.write import write_ndjson
from tests.fhir_adapters.records import as_json, coded, condition, observation, quantity

TYPES = ("AllergyIntolerance", "Condition", "Encounter", "Immunization", "MedicationRequest", "Observation",
         "Patient", "Procedure")  # fmt: skip
DATES = (b"", b"2019", b"2019-13", b"x", b"2019-02-30", b"2020-01-01T10:00:00Z", b"2020-05", b"\\u0032020")
NUMBERS = (b"01", b"1e5", b"-0", b"1.", b"1e999", b".5", b"9" * 400, b"5.50", b"true", b"null", b'"7"', b"-")
STRINGS = (b"null", b"3", b'""', b'"\\u00e9"', b'"a\\"b"', b'"tab\\t"', b'"Patient/x"', b'"not-done"',
           b'"entered-in-error"', b"[]", b"{}", b'"\xc3"', b'"\xc3\xa9"', b'"\\ud800"', b'"\\x"',
           b'"\\u12"')  # fmt: skip
KEYS = (b'"value":', b'"status":', b'"id":', b'"code":', b'"subject":', b'"stat\\u0075s":', b'"valueString":')
SIGNS = (b'"', b"\\", b"{", b"}", b"\\u0041", b"\x00", b"\xff", b"\t", b" ", b"0", b"-", b",", b":", b"\r")


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("extract")
    write_ndjson(folder, 60, 3, date(2026, 6, 1))
    return folder


def edited(line: bytes, dice: random.Random) -> bytes:
    """A line with one thing in it written otherwise, so that it may be another record, or none."""
    places = {
        "date": (re.compile(rb'"(\d{4}-\d\d-\d\d[^"]*)"'), DATES),
        "number": (re.compile(rb":(-?[0-9.]+)[,}]"), NUMBERS),
        "string": (re.compile(rb':("[^"]*")[,}]'), STRINGS),
        "key": (re.compile(rb'("[A-Za-z]+":)'), KEYS),
        "sign": (re.compile(rb"()"), SIGNS),
        "lost": (re.compile(rb"(.)"), (b"",)),
    }
    pattern, others = places[dice.choice(tuple(places))]
    found = list(pattern.finditer(line))
    if not found:
        return line
    chosen = dice.choice(found)
    return line[: chosen.start(1)] + dice.choice(others) + line[chosen.end(1) :]


def told(extract: Extract) -> object:
    """All that was read, for comparing."""
    facts = extract.facts
    blocks = {
        kind: {name: column.tolist() for name, column in block.columns.items()}
        for kind, block in facts.blocks.items()
    }
    names = [facts.resources.name(row) for row in range(len(facts.resources))]
    links = [part.tolist() for part in (facts.links.source, facts.links.target, facts.links.role)]
    vocabulary = facts.concepts.codings, facts.words.texts
    return repr((facts.patients, blocks, names, links, vocabulary, extract.lines, extract.rejects))


def both(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[object, object]:
    """What is read by shapes, and by decoding every line."""
    by_shape = told(read(path))
    with monkeypatch.context() as patch:
        patch.setattr(Matcher, "match", lambda *_: None)
        return by_shape, told(read(path))


@pytest.mark.parametrize("type_name", TYPES)
def test_an_edited_line_says_the_same_either_way(
    type_name: str, extract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(type_name)
    lines = b"".join(path.read_bytes() for path in sorted(extract.glob(f"{type_name}*"))).splitlines()
    path = tmp_path / "lines.ndjson"
    for _ in range(40):
        chosen = dice.sample(lines, min(len(lines), dice.choice((4, 30))))
        at = dice.randrange(len(chosen))
        chosen[at] = edited(chosen[at], dice)
        path.write_bytes(b"\n".join(chosen) + dice.choice((b"", b"\n", b"\r\n")))
        by_shape, decoded = both(path, monkeypatch)
        assert by_shape == decoded, chosen[at]


def test_a_whole_extract_is_read_by_its_shapes(extract: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_shape, decoded = both(extract, monkeypatch)
    assert by_shape == decoded
    for name in TYPES:
        data = b"".join(path.read_bytes() for path in sorted(extract.glob(f"{name}*")))
        assert Patterns(READ_NAMES[name]).match(data, data.count(b"\n")) is not None


NO_PATTERN = {
    "a choice made twice": observation(valueQuantity={"value": 1}, valueString="x"),
    "an element of another edition": {**condition(), "resourceType": "Procedure", "notDone": False},
    "a shape of another edition": condition(stage={"summary": {"text": "II"}}),
    "an escape in a key": condition(**{'x"y': 1}),
    "a type that does not fit": observation(status=5),
    "an escape in a date": condition(onsetDateTime='2019"'),
}


@pytest.mark.parametrize("name", NO_PATTERN)
def test_what_a_shape_alone_cannot_say_makes_none(name: str) -> None:
    record = NO_PATTERN[name]
    line = as_json(record) + b"\n"
    patterns = Patterns(READ_NAMES[str(record["resourceType"])])
    assert patterns.match(line, 1) is None


PART = {"code": coded("8480-6"), "valueQuantity": quantity(120, "mm[Hg]")}
OTHER = {"code": coded("8462-4"), "dataAbsentReason": coded("unknown"), "referenceRange": [{"text": "low"}]}
COMPONENTS = {
    "none": (),
    "an empty list": ([],),
    "nothing": (None,),
    "no list": (PART,),
    "no objects": (["x"], [PART, None]),
    "one, two and other ones": ([PART], [PART, OTHER], [OTHER, {}], [OTHER, PART, PART, OTHER]),
    "more than are noted": ([PART] * 9, [PART]),
    "a choice made twice": ([{**PART, "valueString": "x"}], [PART]),
    "one that cannot be read": ([PART, OTHER], [PART, {**OTHER, "code": 5}]),
    "words and flags": ([{"valueString": 'a"b'}, {"valueBoolean": True}, {"valueInteger": 7}],),
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_components_say_the_same_either_way(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [{"component": component} for component in COMPONENTS[name]]
    records = [observation(f"o{i}", **more) for i, more in enumerate([*given, {}, *given, *given])]
    path = tmp_path / "lines.ndjson"
    path.write_bytes(b"\n".join(map(as_json, records)))
    by_shape, decoded = both(path, monkeypatch)
    assert by_shape == decoded


def test_parts_are_noted_by_their_places() -> None:
    lines = [as_json(observation(component=held)) + b"\n" for held in ([PART], [PART, OTHER], [PART] * 9)]
    noted = []
    for line in lines:
        matched = Patterns(READ_NAMES["Observation"]).match(line, 1)
        assert matched is not None
        elements = matched.elements.named.items()
        noted.append({name for name, e in elements if "[" in name and e.number in matched.given})
    first = {"component[0]", "component[0].code", "component[0].valueQuantity"}
    more = {f"component[1]{inner}" for inner in ("", ".code", ".dataAbsentReason", ".referenceRange")}
    assert noted == [first, first | more, set()]


def test_a_key_that_looks_like_a_path_is_none() -> None:
    line = as_json({**condition(), "meta.versionId": "2", "encounter.reference": "Encounter/e1"}) + b"\n"
    other = as_json({**observation(), "component[0]": {"code": 1}}) + b"\n"
    matched = Patterns(READ_NAMES["Condition"]).match(line, 1)
    assert matched is not None
    noted = {name for name, e in matched.elements.named.items() if "." in name and e.number in matched.given}
    assert noted == {"subject.reference"}
    matched = Patterns(READ_NAMES["Observation"]).match(other, 1)
    assert matched is not None
    assert matched.elements.named["component[0]"].number not in matched.given


def test_types_with_other_fields_are_decoded() -> None:
    unable = {record.__name__ for record in READ_TYPES if not Elements(record).able}
    assert unable == {"DeviceRequest"}


def test_lines_of_ever_new_shapes_are_given_up_soon() -> None:
    patterns = Patterns(READ_NAMES["Condition"])
    for i in range(20):
        lines = [as_json(condition(f"c{i}", **{f"x{i}-{k}": 1})) for k in range(100)]
        assert patterns.match(b"\n".join(lines) + b"\n", 100) is None
    kept = len(patterns)
    lines = [as_json(condition()) + b"\n"]
    assert patterns.match(lines[0], 1) is None
    assert len(patterns) == kept < 200


def test_a_pattern_notes_empty_strings_and_numbers_at_edges() -> None:
    elements = Elements(READ_NAMES["Observation"])
    record = observation("", valueInteger=7, issued="")
    del record["valueQuantity"]
    line = as_json(record) + b"\n"
    assert pattern_of(line, elements) is not None
    matched = Patterns(READ_NAMES["Observation"]).match(line, 1)
    assert matched is not None
    units = np.frombuffer(line, dtype=np.uint8)
    found = {
        name: Pieces(units, matched.starts[e.number], matched.stops[e.number]).each()[0]
        for name, e in matched.elements.named.items()
        if e.number in matched.given
    }
    assert found["id"] == found["issued"] == b""
    assert found["valueInteger"] == b"7"
    assert found["subject"] == b'{"reference":"Patient/p1"}'
    assert found["status"] == b"final"


def test_numbers_tell_pieces_apart() -> None:
    dice = random.Random(1)
    alphabet = (b"a", b"b", b"", b"long piece that is repeated ")
    pieces = [b"".join(dice.choices(alphabet, k=dice.randrange(9))) for _ in range(3_000)]
    stops = np.cumsum([len(piece) for piece in pieces]).astype(np.int32)
    starts = stops - np.array([len(piece) for piece in pieces], dtype=np.int32)
    data = np.frombuffer(b"".join(pieces), dtype=np.uint8)
    which, firsts = numbered(data, starts, stops, [0], len(pieces))[0]
    assert [pieces[row] for row in firsts[which].tolist()] == pieces
    assert len(firsts) == len(set(pieces))
    assert Pieces(data, starts, stops).each() == pieces
