"""Each corpus file is a bundle; the text beside it says why, and which fact rows it must become."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fhir_adapters import read, read_bundle
from tests.fhir_adapters.records import lines
from tests.fhir_adapters.showing import rows

CORPUS = Path(__file__).parent / "corpus"
CASES = sorted(path.stem for path in CORPUS.glob("*.json"))


def expected(name: str) -> list[str]:
    text = (CORPUS / f"{name}.txt").read_text(encoding="utf-8")
    assert text.startswith("# "), "say why"
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("name", CASES)
def test_a_bundle_becomes_these_facts(name: str) -> None:
    extract = read(CORPUS / f"{name}.json")
    assert extract.rejects == []
    assert rows(extract.facts) == sorted(expected(name))


@pytest.mark.parametrize("name", CASES)
def test_many_of_each_record_become_the_same_facts(name: str, tmp_path: Path) -> None:
    """Long columns take other paths than short ones; what they say must not differ."""
    entries = json.loads((CORPUS / f"{name}.json").read_bytes())["entry"]
    records = [entry["resource"] for entry in entries]
    copies = []
    for i in range(40):
        text = lines(records).decode().replace('"id":"', f'"id":"{i}-').replace("Patient/", f"Patient/{i}-")
        for opening in ("Encounter/", "Device/", '"#'):
            text = text.replace(opening, f"{opening}{i}-")
        copies.append(text)
    (tmp_path / "many.ndjson").write_text("".join(copies))
    found = rows(read(tmp_path).facts)
    assert len(found) == 40 * len(expected(name))
    undone = sorted({row.replace(" 17-", " ").replace("/17-", "/") for row in found if " 17-" in row})
    assert undone == sorted(set(expected(name)))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("zone", ["America/New_York", "+05:30"])
def test_only_times_with_an_offset_depend_on_the_zone(name: str, zone: str) -> None:
    data = (CORPUS / f"{name}.json").read_bytes()
    stripped = data.replace(b'Z"', b'"').replace(b'-04:00"', b'"').replace(b'+02:00"', b'"')
    assert rows(read_bundle(stripped, zone=zone).facts) == rows(read_bundle(stripped).facts)
    moved = rows(read_bundle(data, zone=zone).facts)
    assert (moved == rows(read_bundle(data).facts)) == (data == stripped)
