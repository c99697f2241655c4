"""Where a text stops being JSON."""

from __future__ import annotations

import pytest

from api.service.positions import position
from tests.service.conftest import FHIR, Client, code_of


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"a": 1}', ""),
        (b"", "line 1, column 1"),
        (b'{"a": 1,\n "b": x}', "line 2, column 7"),
        (b'{"a": 1,\n "b": ', "line 2, column 7"),
        ('{"é": x}'.encode(), "line 1, column 7"),
        (b'\xef\xbb\xbf{"a" 1}', "line 1, column 7"),
        (b'{\n"a": "\xff"}', "line 2, column 7"),
        (b"[" * 100_000, ""),
    ],
)
def test_where_it_stops(body: bytes, place: str) -> None:
    found = position(body)
    assert found == place or (len(body) > 50_000 and found.startswith("line 1"))


@pytest.mark.parametrize(
    "path", ["/screenings?as_of=2026-06-01", "/fhir/ResearchStudy/$screen", "/fhir/ResearchSubject"]
)
def test_a_refusal_names_it(client: Client, path: str) -> None:
    client.add('protocol P version 1 "P"\n\ninclude A "Age"\n  age at index is >= 18 years\n')
    answer = client.post(path, content=b'{"resourceType": "Bundle",\n "entry": [}', headers=FHIR)
    assert code_of(answer) == "JSON_INVALID"
    assert answer.json()["issue"][0]["location"] == ["line 2, column 12"]
