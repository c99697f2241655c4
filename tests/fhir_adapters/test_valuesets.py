"""Value sets from files: what is read, and that nothing unreadable becomes an empty set."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from fhir_adapters.terminology import ValueSetError, read_value_sets

URL = "http://example.org/ValueSet/x"


def write(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_listed_codes_with_displays(tmp_path: Path) -> None:
    compose = {
        "include": [{"system": "s", "concept": [{"code": "1", "display": "One"}, {"code": "2"}]}],
        "exclude": [{"system": "s", "concept": [{"code": "2"}]}],
    }
    content = {"resourceType": "ValueSet", "url": URL, "title": "X", "compose": compose}
    held = read_value_sets([write(tmp_path / "v.json", content)])[URL]
    assert held.codes == {("s", "1")}
    assert held.displays == ("One",)
    assert held.name == "X"


def test_an_expansion_counts_more_than_its_definition(tmp_path: Path) -> None:
    content = {
        "resourceType": "ValueSet",
        "url": URL,
        "compose": {"include": [{"system": "s", "filter": [{"property": "concept"}]}]},
        "expansion": {
            "total": 3,
            "contains": [
                {"system": "s", "code": "1", "contains": [{"system": "s", "code": "1.1"}]},
                {"abstract": True, "display": "group", "contains": [{"system": "t", "code": "2"}]},
            ],
        },
    }
    held = read_value_sets([write(tmp_path / "v.json", content)])[URL]
    assert held.codes == {("s", "1"), ("s", "1.1"), ("t", "2")}


def test_bundles_lines_folders_and_gzip(tmp_path: Path) -> None:
    def one(number: int) -> dict[str, Any]:
        include = [{"system": "s", "concept": [{"code": str(number)}]}]
        return {"resourceType": "ValueSet", "url": f"{URL}{number}", "compose": {"include": include}}

    write(tmp_path / "b.json", {"resourceType": "Bundle", "entry": [{"resource": one(1)}]})
    write(tmp_path / "l.ndjson", "\n".join(json.dumps(one(n)) for n in (2, 3)) + "\n\n")
    (tmp_path / "z.json.gz").write_bytes(gzip.compress(json.dumps(one(4)).encode()))
    write(tmp_path / "readme.txt", "not read")
    assert set(read_value_sets([tmp_path])) == {f"{URL}{n}" for n in (1, 2, 3, 4)}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("{", "VALUE_SET_INVALID"),
        ('{"resourceType":"Patient"}', "VALUE_SET_INVALID"),
        ('{"resourceType":"ValueSet"}', "VALUE_SET_WITHOUT_URL"),
        (json.dumps({"resourceType": "ValueSet", "url": URL}), "VALUE_SET_EMPTY"),
        (
            json.dumps({"resourceType": "ValueSet", "url": URL, "compose": {"include": [{"system": "s"}]}}),
            "VALUE_SET_NOT_EXPANDED",
        ),
        (
            json.dumps(
                {"resourceType": "ValueSet", "url": URL, "compose": {"include": [{"valueSet": ["u"]}]}}
            ),
            "VALUE_SET_NOT_EXPANDED",
        ),
        (
            json.dumps(
                {
                    "resourceType": "ValueSet",
                    "url": URL,
                    "expansion": {"total": 9, "contains": [{"system": "s", "code": "1"}]},
                }
            ),
            "VALUE_SET_PARTIAL",
        ),
        ("[" * 5000, "VALUE_SET_INVALID"),
    ],
)
def test_what_cannot_be_used_is_an_error(content: str, code: str, tmp_path: Path) -> None:
    with pytest.raises(ValueSetError) as caught:
        read_value_sets([write(tmp_path / "v.json", content)])
    assert caught.value.code == code
    assert "v.json" in str(caught.value)


def test_missing_and_damaged_files(tmp_path: Path) -> None:
    with pytest.raises(ValueSetError) as caught:
        read_value_sets([tmp_path / "none.json"])
    assert caught.value.code == "VALUE_SET_FILE_MISSING"
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(b"{}" * 1000)[:20])
    with pytest.raises(ValueSetError) as caught:
        read_value_sets([tmp_path / "cut.json.gz"])
    assert caught.value.code == "VALUE_SET_UNREADABLE"


def test_one_url_with_two_contents_is_an_error(tmp_path: Path) -> None:
    for name, code in (("a.json", "1"), ("b.json", "2")):
        include = [{"system": "s", "concept": [{"code": code}]}]
        write(tmp_path / name, {"resourceType": "ValueSet", "url": URL, "compose": {"include": include}})
    with pytest.raises(ValueSetError) as caught:
        read_value_sets([tmp_path])
    assert caught.value.code == "VALUE_SET_TWICE"
