"""Every kind of damage: its code, its line, whom it was about, and that nothing else is lost."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from eligibility.facts import Kind
from fhir_adapters import CODES, Extract, FhirInputError, explain_reject, read, read_bundle, write_rejects
from tests.fhir_adapters.records import as_json, bundle, condition, lines, observation, patient
from tests.fhir_adapters.showing import rows

LAB, PROBLEM = {Kind.OBSERVATION}, {Kind.CONDITION}
GOOD = lines([patient(), condition("c1"), observation("o1")])


def read_lines(folder: Path, data: bytes, name: str = "data.ndjson", **options: object) -> Extract:
    path = folder / name
    path.write_bytes(data)
    return read(path, **options)  # type: ignore[arg-type]


def swapped(record: dict[str, object], old: bytes, new: bytes) -> bytes:
    raw = as_json(record)
    assert old in raw
    return raw.replace(old, new)


# name: (line, code, patient whose record it was, kinds marked)
DAMAGE = {
    "cut short": (as_json(observation("x"))[:-40], "JSON_INVALID", "p1", LAB),
    "no JSON at all": (b"<xml/>", "JSON_INVALID", "", set()),
    "a trailing comma": (as_json(observation("x"))[:-1] + b",}", "JSON_INVALID", "p1", LAB),
    "NaN": (swapped(observation("x"), b"7.2", b"NaN"), "JSON_INVALID", "p1", LAB),
    "too large": (swapped(observation("x"), b"7.2", b"1e400"), "NUMBER_OUT_OF_RANGE", "p1", LAB),
    "bad UTF-8": (swapped(observation("x"), b"final", b"fin\xffal"), "UTF8_INVALID", "p1", LAB),
    "a zero byte": (swapped(observation("x"), b"final", b"fi\0nal"), "NUL_BYTE", "p1", LAB),
    "a lone surrogate": (swapped(observation("x"), b"final", b"\\ud800"), "JSON_INVALID", "p1", LAB),
    "a list": (b"[1,2]", "TYPE_MISMATCH", "", set()),
    "a number": (b"5", "TYPE_MISMATCH", "", set()),
    "no type": (swapped(condition("x"), b'"resourceType":"Condition",', b""), "RESOURCE_TYPE_MISSING", "p1",
                None),
    "a type that is a number": (swapped(condition("x"), b'"Condition"', b"5"), "TYPE_MISMATCH", "p1", None),
    "a status that is a list": (swapped(observation("x"), b'"final"', b'["final"]'), "TYPE_MISMATCH", "p1",
                                LAB),
    "a code that is a string": (as_json(observation("x", code="4548-4")), "TYPE_MISMATCH", "p1", LAB),
    "a value that is a string": (swapped(observation("x"), b"7.2", b'"7.2"'), "TYPE_MISMATCH", "p1",
                                 LAB),
    "an impossible day": (as_json(condition("x", onsetDateTime="2019-02-30")), "DATE_INVALID", "p1",
                          PROBLEM),
    "an impossible day within": (as_json(condition("x", onsetDateTime="", onsetPeriod={"start": "never"})),
                                 "DATE_INVALID", "p1", PROBLEM),
    "no subject": (as_json({**condition("x"), "subject": None}), "SUBJECT_MISSING", "", set()),
    "a subject by identifier": (as_json(condition("x", subject={"identifier": {"value": "5"}})),
                                "REFERENCE_UNRESOLVED", "", set()),
    "deep nesting": (b'{"resourceType":"Observation","x":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
                     "DEPTH_EXCEEDED", "", set()),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_line_costs_only_itself(name: str, tmp_path: Path) -> None:
    line, code, owner, kinds = DAMAGE[name]
    head, tail = GOOD.split(b"\n", 1)
    extract = read_lines(tmp_path, head + b"\n" + line + b"\n" + tail)
    [reject] = extract.rejects
    assert (reject.code, reject.line, reject.offset) == (code, 2, len(head) + 1)
    assert reject.code in CODES
    assert reject.raw == line[: 1 << 20]
    assert reject.patient == owner
    assert extract.lines.total == 4
    assert (extract.lines.accepted, extract.lines.rejected) == (3, 1)
    assert rows(extract.facts) == rows(read_lines(tmp_path, GOOD).facts)
    assert extract.facts.manifest.unattributed == (0 if owner else 1)
    marked = {kind for kind, flags in extract.facts.corrupt.items() if flags.any()}
    if kinds is None:
        assert len(marked) > 8, "a record of unknown type could have held anything"
    else:
        assert marked == kinds


@pytest.mark.parametrize("name", sorted(set(DAMAGE) - {"a list", "a number", "no JSON at all"}))
def test_a_damaged_entry_costs_only_itself_where_the_document_still_parses(name: str) -> None:
    line, code, owner, _ = DAMAGE[name]
    parts = [as_json(patient()), line, as_json(condition("c1"))]
    data = (
        b'{"resourceType":"Bundle","entry":[' + b",".join(b'{"resource":%s}' % part for part in parts) + b"]}"
    )
    if code in ("JSON_INVALID", "NUL_BYTE", "DEPTH_EXCEEDED"):
        with pytest.raises(FhirInputError):
            read_bundle(data)
        return
    extract = read_bundle(data)
    [reject] = extract.rejects
    assert (reject.code, reject.entry, reject.patient, reject.raw) == (code, 1, owner, line)
    assert extract.lines.accepted == 2


def test_blank_lines_byte_order_mark_and_carriage_returns_are_fine(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n\r\n") + b"  \r\n"
    extract = read_lines(tmp_path, data)
    assert (extract.lines.accepted, extract.lines.blank, extract.lines.rejected) == (3, 4, 0)


def test_line_separators_inside_strings_do_not_split_lines(tmp_path: Path) -> None:
    record = condition("c1", note=[{"text": "one\u2028two\u2029three\x85four"}])
    extract = read_lines(tmp_path, lines([patient(), record]))
    assert extract.lines.accepted == extract.lines.total == 2


def test_a_last_line_without_newline_counts(tmp_path: Path) -> None:
    assert read_lines(tmp_path, GOOD.rstrip(b"\n")).lines.accepted == 3


def test_two_records_on_one_line_are_not_one_record(tmp_path: Path) -> None:
    extract = read_lines(tmp_path, lines([patient()]) + GOOD.replace(b"\n", b"") + b"\n")
    assert (extract.lines.accepted, extract.lines.rejected) == (1, 1)


def test_nulls_are_absent(tmp_path: Path) -> None:
    sound = condition("c1")
    nulls = {**sound, "encounter": None, "recordedDate": None, "category": [None], "severity": None}
    one, other = (read_lines(tmp_path, lines([patient(), r])) for r in (sound, nulls))
    assert rows(one.facts) == rows(other.facts)


def test_a_line_beyond_the_limit_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    long = as_json(condition("x", note=[{"text": "n" * 3_000_000}]))
    extract = read_lines(tmp_path, GOOD + long + b"\n" + lines([condition("c9")]), longest_line=100_000)
    [reject] = extract.rejects
    assert (reject.code, reject.line, reject.offset) == ("LINE_TOO_LONG", 4, len(GOOD))
    assert (reject.patient, len(reject.raw)) == ("p1", 1 << 20)
    assert extract.lines.accepted == 4
    assert read_lines(tmp_path, GOOD + long).lines.accepted == 4


def test_a_truncated_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    many = lines([patient(), *(condition(f"c{i}") for i in range(3000))])
    packed = gzip.compress(many)
    extract = read_lines(tmp_path, packed[: len(packed) * 2 // 3], "data.ndjson.gz")
    assert "GZIP_TRUNCATED" in {reject.code for reject in extract.rejects}
    assert extract.lines.accepted > 1000
    assert extract.facts.manifest.unattributed >= 1


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.json", b"", "EMPTY_INPUT"),
        ("a.json", b" \n ", "EMPTY_INPUT"),
        ("a.txt", b"Dear colleague,\nplease find enclosed", "JSON_INVALID"),
        ("a.json", bundle(patient())[:-10], "JSON_INVALID"),
        ("a.json", b'{"hello": "world"}', "NOT_FHIR"),
        ("a.gz", b"\x1f\x8b\x08rubbish", "GZIP_INVALID"),
    ],
)
def test_an_input_that_cannot_be_read_at_all(name: str, data: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(FhirInputError) as caught:
        read_lines(tmp_path, data, name)
    assert caught.value.code == code
    assert code in CODES
    assert name in str(caught.value)


def test_no_such_file_and_an_empty_folder(tmp_path: Path) -> None:
    for source, code in ((tmp_path / "none.json", "NOT_FOUND"), (tmp_path, "EMPTY_INPUT")):
        with pytest.raises(FhirInputError) as caught:
            read(source)
        assert caught.value.code == code


def test_one_bad_file_does_not_cost_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(bundle(patient(), condition()))
    (tmp_path / "b.json").write_bytes(bundle(patient("p2"))[:-20])
    (tmp_path / "manifest.json").write_bytes(b'{"transactionTime":"2026-01-01T00:00:00Z","output":[]}')
    (tmp_path / "README.md").write_bytes(b"# Export")
    extract = read(tmp_path)
    assert extract.lines.accepted == 2
    assert [(r.file, r.code) for r in extract.rejects] == [("b.json", "JSON_INVALID")]
    assert extract.facts.manifest.unattributed == 1
    assert {file.path: bool(file.skipped) for file in extract.files} == {
        "a.json": False, "b.json": False, "manifest.json": True, "README.md": True,
    }  # fmt: skip


def test_unknown_types_and_records_of_groups_are_ignored_and_counted(tmp_path: Path) -> None:
    records = [
        patient(),
        {"resourceType": "Claim", "id": "1"},
        {"resourceType": "MadeUp", "id": "1"},
        observation("g", subject={"reference": "Group/1"}),
    ]
    extract = read_lines(tmp_path, lines(records))
    assert (extract.lines.accepted, extract.lines.ignored) == (1, 3)
    assert extract.facts.manifest.ignored_types == {
        "Claim": 1, "MadeUp": 1, "Observation (not of a patient)": 1,
    }  # fmt: skip


def test_rejects_can_be_written_mended_and_read_again(tmp_path: Path) -> None:
    bad = as_json(condition("x", onsetDateTime="2019-02-30"))
    extract = read_lines(tmp_path, GOOD + bad + b"\n")
    write_rejects(extract.rejects, tmp_path / "rejects.ndjson")
    written = (tmp_path / "rejects.ndjson").read_bytes()
    assert written == bad + b"\n"
    assert len(extract.rejects[0].digest) == 64
    assert read_lines(tmp_path, written.replace(b"02-30", b"02-28")).lines.accepted == 1


def test_the_strict_path_refuses_what_the_lenient_one_reads(tmp_path: Path) -> None:
    invalid = observation("x", status="done")
    twice = as_json(condition("y")).replace(b'"id":"y"', b'"id":"z","id":"y"')
    data = GOOD + as_json(invalid) + b"\n" + twice + b"\n"
    assert read_lines(tmp_path, data).lines.accepted == 5
    strict = read_lines(tmp_path, data, strict=True)
    found = {reject.line: (reject.code, reject.path) for reject in strict.rejects}
    assert found[5] == ("DUPLICATE_KEY", "Condition.id")
    assert 4 in found or strict.lines.accepted == 4  # the models leave the binding of codes open
    missing = as_json({"resourceType": "Observation", "id": "x", "subject": {"reference": "Patient/p1"}})
    assert "STRICT_INVALID" in explain_reject(missing)
    assert "JSON_INVALID" in explain_reject(b"{")
