"""Value sets worked out, pinned and asked for: definitions, hierarchies, tables, a server, a lock."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api.authoring import locking
from api.errors import UserError
from api.loading import load_protocol
from criteria_dsl import compile_text
from eligibility.codesystems import ICD_10_CM, RXNORM, SNOMED_CT
from fhir_adapters.terminology import ValueSetError, read_value_sets
from fhir_adapters.terminology.lock import lock_of, read_lock
from fhir_adapters.terminology.server import PAGE, TerminologyServer

URL = "http://example.org/ValueSet/x"
ISA = f"{SNOMED_CT}?fhir_vs=isa/"
# A small hierarchy of our own: 101 over 102 and 103, 103 over 104; 105 was moved away.
HEAD = (
    *("id", "effectiveTime", "active", "moduleId", "sourceId", "destinationId"),
    *("relationshipGroup", "typeId", "characteristicTypeId", "modifierId"),
)
IS_A, SITE = 116680003, 363698007
ROWS = (
    (102, 101, IS_A, 1),
    (103, 101, IS_A, 1),
    (104, 103, IS_A, 1),
    (105, 101, IS_A, 0),
    (106, 101, SITE, 1),
)
RF2 = "\n".join(
    "\t".join(map(str, row))
    for row in (
        HEAD,
        *((i, 20250101, live, 9, child, up, 0, kind, 9, 9) for i, (child, up, kind, live) in enumerate(ROWS)),
    )
)


def rrf(general: int, relation: str, special: int, source: str = "RXNORM") -> str:
    """`special relation general`, in the columns of RXNREL.RRF."""
    return f"{general}||CUI|RO|{special}||CUI|{relation}|1||{source}||||||"


RXNREL = "\n".join(
    [
        rrf(1, "has_ingredient", 10),  # component of the ingredient
        rrf(10, "consists_of", 20),  # drug of the component
        rrf(20, "tradename_of", 30),  # its brand
        rrf(20, "contains", 40),  # a pack with it
        rrf(1, "has_ingredient", 50, "OTHER"),
        rrf(1, "inverse_isa", 60),
    ]
)


def resource(compose: dict[str, Any], url: str = URL) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": url, "compose": compose}


def codes(tmp_path: Path, *resources: dict[str, Any], url: str = URL) -> set[str]:
    for i, one in enumerate(resources):
        (tmp_path / f"v{i}.json").write_text(json.dumps(one), encoding="utf-8")
    return {code for _, code in read_value_sets([tmp_path])[url].codes}


# --- definitions


def test_a_definition_over_other_sets(tmp_path: Path) -> None:
    listed = {"include": [{"system": "s", "concept": [{"code": c} for c in "abc"]}]}
    other = resource(listed, "http://example.org/ValueSet/other")
    both = {
        "include": [{"valueSet": [other["url"]]}],
        "exclude": [{"system": "s", "concept": [{"code": "b"}]}],
    }
    assert codes(tmp_path, resource(both), other) == {"a", "c"}


def test_conditions_of_one_include_hold_together(tmp_path: Path) -> None:
    other = resource(
        {"include": [{"system": "s", "concept": [{"code": "a"}, {"code": "z"}]}]}, "http://example.org/o"
    )
    one = {"system": "s", "concept": [{"code": "a"}, {"code": "b"}], "valueSet": [other["url"]]}
    assert codes(tmp_path, resource({"include": [one]}), other) == {"a"}


def test_filters_by_hierarchy(tmp_path: Path) -> None:
    (tmp_path / "sct2_Relationship_Snapshot_INT_20250101.txt").write_text(RF2, encoding="utf-8")

    def filtered(operator: str) -> dict[str, Any]:
        one = {"property": "concept", "op": operator, "value": "101"}
        return {"include": [{"system": SNOMED_CT, "filter": [one]}]}

    assert codes(tmp_path, resource(filtered("is-a"))) == {"101", "102", "103", "104"}
    assert codes(tmp_path, resource(filtered("descendent-of"))) == {"102", "103", "104"}


def test_icd_10_cm_below_by_its_library(tmp_path: Path) -> None:
    one = {"property": "concept", "op": "is-a", "value": "E11.1"}
    assert codes(tmp_path, resource({"include": [{"system": ICD_10_CM, "filter": [one]}]})) == {
        "E11.1", "E11.10", "E11.11",
    }  # fmt: skip


def test_a_circle_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueSetError) as caught:
        codes(tmp_path, resource({"include": [{"valueSet": [URL]}]}))
    assert caught.value.code == "VALUE_SET_CIRCLE"


# --- hierarchies and tables


def test_rxnorm_products_lie_below_their_ingredient(tmp_path: Path) -> None:
    (tmp_path / "RXNREL.RRF").write_text(RXNREL + "\n", encoding="utf-8")
    url = f"{RXNORM}?fhir_vs=isa/1"
    assert read_value_sets([tmp_path], [url])[url].codes == {
        (RXNORM, c) for c in ("1", "10", "20", "30", "40")
    }


def test_a_code_that_the_release_does_not_hold_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "RXNREL.RRF").write_text(RXNREL + "\n", encoding="utf-8")
    with pytest.raises(ValueSetError) as caught:
        read_value_sets([tmp_path], [f"{RXNORM}?fhir_vs=isa/999"])
    assert caught.value.code == "CODE_UNKNOWN"


def test_below_in_the_language_is_an_implicit_value_set() -> None:
    codes = "SNOMED 73211009*, 22298006; RxNorm 6809*"
    program = compile_text(f'protocol T version 1 "T"\ndiagnosis d: {codes}\ninclude I "I"\n  d\n').require()
    (source,) = program.value_sets.values()
    assert source.urls == (f"{ISA}73211009", f"{RXNORM}?fhir_vs=isa/6809")
    assert [code.code for code in source.codes] == ["22298006"]


def test_tables(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        f"url,system,code,display,name\n{URL},s,1,One,Numbers\n{URL},s,2,,\nhttp://example.org/y,t,3,,\n",
        encoding="utf-8",
    )
    found = read_value_sets([tmp_path])
    assert found[URL].codes == {("s", "1"), ("s", "2")}
    assert (found[URL].name, found[URL].displays) == ("Numbers", ("One",))


@pytest.mark.parametrize(
    "content", ["url,code\nx,1\n", f"url,system,code\n{URL},,1\n", "", 'url,system,code\n"x'], ids=range(4)
)
def test_tables_that_cannot_be_used(content: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(ValueSetError) as caught:
        read_value_sets([tmp_path])
    assert caught.value.code == "VALUE_SET_INVALID"


# --- a terminology server

Answer = Callable[[dict[str, list[str]]], tuple[int, Any]]


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    """A terminology server on this machine that answers `$expand` by a function of the query."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = answer(parse_qs(urlsplit(self.path).query))
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def pages(total: int, told: int | None = None) -> Answer:
    """So many codes, a page at a time."""

    def answer(query: dict[str, list[str]]) -> tuple[int, Any]:
        first = int(query["offset"][0])
        found = [
            {"system": "s", "code": str(i)} for i in range(first, min(total, first + int(query["count"][0])))
        ]
        expansion = {
            "timestamp": "2026-01-02",
            "total": told if told is not None else total,
            "contains": found,
        }
        return 200, {"resourceType": "ValueSet", "version": "7", "expansion": expansion}

    return answer


def test_an_expansion_of_several_pages() -> None:
    with served(pages(2 * PAGE + 5)) as base, TerminologyServer(base) as server:
        held = server.expand(URL)
    assert len(held.codes) == 2 * PAGE + 5
    assert (held.url, held.version, held.date) == (URL, "7", "2026-01-02")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (pages(PAGE + 3, told=PAGE + 9), "VALUE_SET_PARTIAL"),
        (
            lambda _: (404, {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "no"}]}),
            "TERMINOLOGY_REFUSED",
        ),
        (lambda _: (500, b"<html>"), "TERMINOLOGY_REFUSED"),
        (lambda _: (302, b""), "TERMINOLOGY_REFUSED"),
        (lambda _: (200, b"<html>"), "VALUE_SET_INVALID"),
        (lambda _: (200, {"resourceType": "Patient"}), "TERMINOLOGY_ANSWER"),
        (lambda _: (200, {"resourceType": "ValueSet", "expansion": {"contains": []}}), "VALUE_SET_EMPTY"),
    ],
    ids=["partial", "refused", "broken", "redirect", "no JSON", "no set", "empty"],
)
def test_what_a_server_may_answer_instead(answer: Answer, code: str) -> None:
    with served(answer) as base, TerminologyServer(base) as server, pytest.raises(ValueSetError) as caught:
        server.expand(URL)
    assert caught.value.code == code


def test_no_server() -> None:
    with TerminologyServer("http://127.0.0.1:9") as server, pytest.raises(ValueSetError) as caught:
        server.expand(URL)
    assert caught.value.code == "TERMINOLOGY_UNAVAILABLE"


# --- the lock


def protocol(folder: Path) -> Path:
    text = f'protocol T version 1 "T"\ndiagnosis d: value-set "{URL}"\ninclude I "I"\n  d\n'
    path = folder / "t.elig"
    path.write_text(text, encoding="utf-8")
    return path


def value_set(folder: Path, *found: str) -> Path:
    path = folder / "sets.json"
    concept = [{"code": code} for code in found]
    path.write_text(
        json.dumps(resource({"include": [{"system": "s", "concept": concept}]})), encoding="utf-8"
    )
    return path


def test_a_lock_pins_the_codes(tmp_path: Path) -> None:
    path, sets = protocol(tmp_path), value_set(tmp_path, "1", "2")
    made = locking.make_lock(path, [sets], "")
    assert read_lock(lock_of(path)) == made
    assert '"1"' not in lock_of(path).read_text(encoding="utf-8").replace('"version": "1"', "")
    _, supplied = load_protocol(path, [])
    assert supplied[URL].codes == {("s", "1"), ("s", "2")}
    assert locking.check_lock(path, [sets], "") == []
    value_set(tmp_path, "1", "3")
    (drift,) = locking.check_lock(path, [sets], "")
    assert (drift.added, drift.removed) == ((("s", "3"),), (("s", "2"),))
    assert load_protocol(path, [sets])[1][URL].codes == {("s", "1"), ("s", "2")}


def error_of(call: Callable[[], object]) -> str:
    with pytest.raises(UserError) as caught:
        call()
    return caught.value.code


def test_nothing_but_the_pinned_codes_is_judged_with(tmp_path: Path) -> None:
    path, sets = protocol(tmp_path), value_set(tmp_path, "1", "2")
    assert error_of(lambda: locking.check_lock(path, [sets], "")) == "LOCK_MISSING"
    assert error_of(lambda: locking.make_lock(path, [], "")) == "VALUE_SET_MISSING"
    locking.make_lock(path, [sets], "")
    for cached in (tmp_path / ".eligibility-cache").rglob("*.json"):
        cached.unlink()
    assert error_of(lambda: load_protocol(path, [])) == "LOCK_CODES_MISSING"
    assert load_protocol(path, [sets])[1][URL].codes == {("s", "1"), ("s", "2")}
    value_set(tmp_path, "1")
    assert error_of(lambda: load_protocol(path, [sets])) == "LOCK_MISMATCH"
    lock_of(path).write_text('{"protocol":"T","version":"1","value_sets":[]}', encoding="utf-8")
    assert error_of(lambda: load_protocol(path, [sets])) == "LOCK_OUTDATED"
    lock_of(path).write_text("{", encoding="utf-8")
    assert error_of(lambda: load_protocol(path, [sets])) == "LOCK_INVALID"


def test_other_displays_are_another_value_set(tmp_path: Path) -> None:
    """Notes are looked through for them."""
    path, sets = protocol(tmp_path), tmp_path / "sets.json"

    def worded(*displays: str) -> None:
        concept = [{"code": str(i), "display": words} for i, words in enumerate(displays)]
        sets.write_text(json.dumps(resource({"include": [{"system": "s", "concept": concept}]})))

    worded("Wet lung", "Dry lung")
    made = locking.make_lock(path, [sets], "")
    worded("wet  LUNG", "Dry-lung")
    assert locking.check_lock(path, [sets], "") == []
    worded("Wet lung", "Damp lung")
    (drift,) = locking.check_lock(path, [sets], "")
    assert (drift.added, drift.removed, drift.reworded) == ((), (), True)
    assert load_protocol(path, [sets])[1][URL].displays == ("Dry lung", "Wet lung")
    for cached in (tmp_path / ".eligibility-cache").rglob("*.json"):
        cached.unlink()
    assert error_of(lambda: load_protocol(path, [sets])) == "LOCK_MISMATCH"
    assert locking.make_lock(path, [sets], "") != made


def test_a_lock_from_a_server(tmp_path: Path) -> None:
    path = protocol(tmp_path)
    with served(pages(3)) as base:
        made = locking.make_lock(path, [], base)
        assert locking.check_lock(path, [], base) == []
    assert [(pin.url, pin.count) for pin in made.value_sets] == [(URL, 3)]
    assert load_protocol(path, [])[1][URL].codes == {("s", str(i)) for i in range(3)}
