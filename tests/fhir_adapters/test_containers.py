"""What is lost with a bundle, or with one entry of it, is known for every patient it was about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eligibility.facts import Kind
from fhir_adapters import CODES, Extract, FhirInputError, read, read_bundle
from fhir_adapters.mapping.table import ALL_KINDS
from tests.fhir_adapters.records import as_json, bundle, condition, lines, observation, patient


def marked(extract: Extract) -> dict[str, set[Kind]]:
    """Kinds marked corrupt, by patient."""
    found: dict[str, set[Kind]] = {}
    for kind, flags in extract.facts.corrupt.items():
        for name, flag in zip(extract.facts.patients, flags.tolist(), strict=True):
            if flag:
                found.setdefault(name, set()).add(kind)
    return found


def bundled(*entries: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries)}


TWO = [patient("p1"), condition("c1", "p1"), patient("p2"), observation("o2", "p2")]
EVERYTHING = set(ALL_KINDS)


@pytest.mark.parametrize("bad", [None, 7, "x", [], {"fullUrl": 7}, {"fullUrl": ["a"], "resource": {}}])
@pytest.mark.parametrize("as_line", [False, True])
def test_a_bad_entry_costs_only_itself(bad: Any, as_line: bool, tmp_path: Path) -> None:
    content = bundled({"resource": TWO[0]}, bad, *({"resource": record} for record in TWO[1:]))
    if as_line:
        (tmp_path / "x.ndjson").write_bytes(lines([content, patient("p3")]))
        extract = read(tmp_path / "x.ndjson")
    else:
        extract = read_bundle(as_json(content))
    [reject] = extract.rejects
    assert (reject.code in CODES, reject.entry) == (True, 1)
    assert extract.lines.accepted == 4 + as_line
    assert extract.facts.manifest.unattributed == 1
    assert marked(extract) == {}


def test_a_record_lost_with_the_address_of_its_entry_is_its_patients() -> None:
    entries = [{"resource": patient()}, {"fullUrl": 7, "resource": condition()}]
    extract = read_bundle(as_json(bundled(*entries)))
    assert marked(extract) == {"p1": {Kind.CONDITION}}
    assert extract.facts.manifest.unattributed == 0


def test_a_refused_bundle_marks_every_patient_it_names(tmp_path: Path) -> None:
    wrong = {"resourceType": "Bundle", "entry": {"one": {"resource": TWO[0]}, "two": {"resource": TWO[3]}}}
    (tmp_path / "x.ndjson").write_bytes(lines([patient("p3"), wrong]))
    extract = read(tmp_path / "x.ndjson")
    assert (extract.lines.accepted, extract.lines.rejected) == (1, 1)
    assert marked(extract) == {"p1": EVERYTHING, "p2": EVERYTHING}
    (tmp_path / "x.ndjson").write_bytes(lines([patient("p3"), {"resourceType": "Bundle", "entry": 5}]))
    extract = read(tmp_path / "x.ndjson")
    assert (marked(extract), extract.facts.manifest.unattributed) == ({}, 1)


@pytest.mark.parametrize("address", ["urn:uuid:1", "http://example.org/people/1"])
def test_a_patient_named_by_an_address_is_the_patient_of_the_entry(address: str, tmp_path: Path) -> None:
    entries = {"a": {"fullUrl": address, "resource": patient("p1")},
               "b": {"resource": condition(subject={"reference": address})}}  # fmt: skip
    (tmp_path / "x.ndjson").write_bytes(lines([patient("p3"), {"resourceType": "Bundle", "entry": entries}]))
    assert marked(read(tmp_path / "x.ndjson")) == {"p1": EVERYTHING}


@pytest.mark.parametrize("slashes", [b"/", b"\\/"])
@pytest.mark.parametrize("cut", [1, 30, 120])
def test_a_truncated_bundle_marks_all_it_still_names_and_counts(
    cut: int, slashes: bytes, tmp_path: Path
) -> None:
    filling = [observation(f"f{i}", "p1", note=[{"text": "n" * 500}]) for i in range(200)]
    data = bundle(TWO[0], TWO[1], *filling, *TWO[2:])
    assert len(data) > 100_000
    (tmp_path / "good.json").write_bytes(bundle(patient("p3")))
    (tmp_path / "cut.json").write_bytes(data[:-cut].replace(b"/", slashes))
    extract = read(tmp_path)
    assert [reject.code for reject in extract.rejects] == ["JSON_INVALID"]
    assert marked(extract) == {"p1": EVERYTHING, "p2": EVERYTHING}
    assert extract.facts.manifest.unattributed == 1  # others may have come after


def test_a_truncated_record_that_names_two_patients_marks_both(tmp_path: Path) -> None:
    record = {**condition(of="p1"), "patient": {"reference": "Patient/p2"}}
    (tmp_path / "x.ndjson").write_bytes(lines([patient("p3")]) + as_json(record)[:-1] + b"\n")
    assert marked(read(tmp_path / "x.ndjson")) == {"p1": {Kind.CONDITION}, "p2": {Kind.CONDITION}}


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
@pytest.mark.parametrize("url", ["Condition/c1", "http://example.org/fhir/Condition/c1"])
@pytest.mark.parametrize("before", [False, True])
def test_a_record_to_be_deleted_or_changed_is_in_doubt(method: str, url: str, before: bool) -> None:
    records = [{"resource": patient()}, {"resource": condition()}, {"resource": observation("o1")}]
    request = {"request": {"method": method, "url": url}}
    extract = read_bundle(as_json(bundled(*([request, *records] if before else [*records, request]))))
    [reject] = extract.rejects
    assert reject.code == {"DELETE": "DELETION", "PATCH": "PARTIAL_CHANGE"}[method]
    assert reject.code in CODES
    assert (extract.lines.accepted, extract.lines.blank) == (3, 0)
    assert marked(extract) == {"p1": {Kind.CONDITION}}
    assert extract.facts.manifest.unattributed == 0


def test_the_record_to_be_deleted_may_be_in_another_file(tmp_path: Path) -> None:
    request = {"request": {"method": "DELETE", "url": "Condition/c1"}}
    (tmp_path / "a.json").write_bytes(as_json(bundled({"resource": patient("p9")}, request)))
    (tmp_path / "b.ndjson").write_bytes(lines([patient(), condition()]))
    assert marked(read(tmp_path)) == {"p1": {Kind.CONDITION}}


@pytest.mark.parametrize(
    ("url", "unattributed"),
    [("Condition/other", 1), ("Condition?patient=p1", 1), (None, 1), ("Claim/1", 0), ("Patient/p2", 1)],
)
def test_a_deletion_of_what_was_not_read_is_counted(url: str | None, unattributed: int) -> None:
    request = {"request": {"method": "DELETE", "url": url}}
    extract = read_bundle(as_json(bundled({"resource": patient()}, {"resource": condition()}, request)))
    assert (marked(extract), extract.facts.manifest.unattributed) == ({}, unattributed)


def test_the_deletion_of_a_patient_marks_everything() -> None:
    request = {"request": {"method": "DELETE", "url": "Patient/p1"}}
    extract = read_bundle(as_json(bundled({"resource": patient()}, {"resource": condition()}, request)))
    assert marked(extract) == {"p1": EVERYTHING}


def test_other_requests_are_read_as_before() -> None:
    entries = [{"resource": patient(), "request": {"method": "PUT", "url": "Patient/p1"}},
               {"resource": condition(note=[{"text": "DELETE"}]), "request": {"method": "POST"}},
               {"request": {"method": "GET", "url": "Patient?_id=p1"}}]  # fmt: skip
    extract = read_bundle(as_json(bundled(*entries)))
    assert (extract.lines.accepted, extract.lines.blank, extract.rejects) == (2, 1, [])


@pytest.mark.parametrize("as_line", [False, True])
def test_a_bundle_with_two_lists_of_entries_is_refused(as_line: bool, tmp_path: Path) -> None:
    one, two = (as_json([{"resource": record}]) for record in (patient("p1"), patient("p2")))
    data = b'{"resourceType":"Bundle","entry":%s,"entry" : %s}' % (one, two)
    if not as_line:
        with pytest.raises(FhirInputError) as caught:
            read_bundle(data)
        assert caught.value.code == "DUPLICATE_KEY"
    (tmp_path / "x.ndjson").write_bytes(lines([patient("p3")]) + data + b"\n")
    extract = read(tmp_path / "x.ndjson")
    assert [reject.code for reject in extract.rejects] == ["DUPLICATE_KEY"]
    assert marked(extract) == {"p1": EVERYTHING, "p2": EVERYTHING}


@pytest.mark.parametrize(("first", "second"), [(3, 2), (1, 1), (0, 3), (3, 0)])
@pytest.mark.parametrize("kind", [condition, patient])
def test_two_lists_of_entries_are_noticed_wherever_they_stand(
    kind: Callable[..., dict[str, Any]], first: int, second: int
) -> None:
    lists = [as_json([{"fullUrl": "urn:x", "resource": kind()}] * count) for count in (first, second)]
    data = b'{"entry":%s,"type":"batch","entry":%s,"resourceType":"Bundle"}' % tuple(lists)
    with pytest.raises(FhirInputError) as caught:
        read_bundle(data)
    assert caught.value.code == "DUPLICATE_KEY"
    once = b'{"type":"batch","entry":%s,"resourceType":"Bundle"}' % as_json(
        [{"resource": kind(note=[{"text": "entry"}]), "entry": []}] * 3
    )
    assert read_bundle(once).lines.accepted == 3


def test_entries_within_entries_are_not_given_twice() -> None:
    listing = {"resourceType": "List", "entry": [{"item": {"display": '"entry": "entry"'}}], "entry ": 1}
    inner = bundled({"resource": patient()}, {"resource": listing})
    assert read_bundle(as_json(bundled({"resource": inner}, {"resource": listing}))).lines.accepted == 1


def test_other_keys_given_twice_count_as_the_last_says() -> None:
    data = bundle(patient()).replace(b'"gender":"female"', b'"gender":"male","gender":"female"')
    assert (
        read_bundle(data).facts.blocks[Kind.DEMOGRAPHIC].column("sex")[0]
        == (read_bundle(bundle(patient())).facts.blocks[Kind.DEMOGRAPHIC].column("sex")[0])
    )


@pytest.mark.parametrize(
    "modifier", [{"modifierExtension": [{"url": "x", "valueBoolean": True}]}, {"implicitRules": "http://x"}]
)
def test_a_patient_that_something_unknown_modifies_is_not_trusted(modifier: dict[str, Any]) -> None:
    extract = read_bundle(bundle(patient("p1", **modifier), patient("p2"), condition(of="p1")))
    assert marked(extract) == {"p1": {Kind.DEMOGRAPHIC}}
