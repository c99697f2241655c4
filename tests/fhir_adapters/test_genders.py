"""Genders as they are written: case and space alone make no other word."""

from __future__ import annotations

import json

import pytest

from eligibility.facts import Kind
from fhir_adapters import read_bundle


@pytest.mark.parametrize(
    ("written", "read"),
    [("female", "female"), ("Female", "female"), ("Male ", "male"), ("F", "F"), ("w", "w"), (None, "")],
)
def test_a_gender_is_read_whatever_its_case(written: str | None, read: str) -> None:
    patient = {"resourceType": "Patient", "id": "p"} | ({"gender": written} if written else {})
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}]}
    facts = read_bundle(json.dumps(bundle).encode()).facts
    block = facts.blocks[Kind.DEMOGRAPHIC]
    assert facts.words.texts[int(block.column("sex")[0])] == read
