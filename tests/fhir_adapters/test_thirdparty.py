"""Public bundles of other makers: every entry accounted for, and NDJSON of the same says the same."""

from __future__ import annotations

import gzip
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from fhir_adapters import read
from tests.fhir_adapters.records import as_json
from tests.fhir_adapters.showing import rows

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ELIGIBILITY_TEST_DATA", ROOT / ".." / "shared" / "data")) / "synthea"
pytestmark = [
    pytest.mark.thirdparty,
    pytest.mark.skipif(
        not DATA.is_dir(), reason=f"NOT RUN: no folder {DATA}; set ELIGIBILITY_TEST_DATA to the test data"
    ),
]


def bundles(folder: str) -> list[Path]:
    return sorted((DATA / folder).glob("*.json.gz"))


def test_every_entry_of_all_bundles_is_accounted_for() -> None:
    entries = 0
    for path in DATA.rglob("*.json.gz"):
        entries += len(json.loads(gzip.decompress(path.read_bytes()))["entry"])
    extract = read(DATA)
    assert extract.lines.total == entries
    assert extract.lines.rejected == 0
    assert set(extract.facts.manifest.ignored_types) == {"ImagingStudy"}
    assert (extract.facts.n_patients, extract.patients_without_record) == (190, 0)
    assert extract.unresolved_medications == 0
    assert len(extract.files) == 190


@pytest.mark.parametrize("folder", ["emis75-notes", "smart-r4-615", "smart-r4-2019-legacy"])
def test_bulk_files_in_any_order_say_what_the_bundles_say(folder: str, tmp_path: Path) -> None:
    paths = bundles(folder)[:4]
    files: dict[str, list[bytes]] = {}
    one = tmp_path / "bundles"
    one.mkdir()
    for path in paths:
        (one / path.name).write_bytes(path.read_bytes())
        for record in exploded(json.loads(gzip.decompress(path.read_bytes()))):
            files.setdefault(record["resourceType"], []).append(as_json(record) + b"\n")
    expected = rows(read(one).facts, contacts=True)
    for seed in (1, 2):
        other = tmp_path / f"bulk{seed}"
        other.mkdir()
        for name, content in files.items():
            random.Random(seed).shuffle(content)
            half = len(content) // 2
            (other / f"{name}.{seed}.ndjson").write_bytes(b"".join(content[:half]))
            (other / f"part-{seed}-{name}.gz").write_bytes(gzip.compress(b"".join(content[half:])))
        assert rows(read(other).facts, contacts=True) == expected


def exploded(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a bundle with its urn references written as Type/id."""
    names = {
        entry["fullUrl"]: f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        for entry in bundle["entry"]
    }
    text = json.dumps(bundle)
    for url, name in names.items():
        text = text.replace(f'"reference": "{url}"', f'"reference": "{name}"')
    return [entry["resource"] for entry in json.loads(text)["entry"]]
