"""The hash of a patient's facts changes with the facts, and with nothing else."""

from __future__ import annotations

import copy
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.fingerprints import facts_hashes
from fhir_adapters import Vocabulary, read_bundle
from fixtures.synthetic_fhir.patients import patients

DEMO: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "demo-patient.json").read_text("utf-8")
)

_EDITED = frozenset(("value", "code", "onsetDateTime", "effectiveDateTime", "birthDate", "status", "start"))


def _hashes(bundle: dict[str, Any], vocabulary: Vocabulary | None = None) -> dict[str, str]:
    facts = read_bundle(json.dumps(bundle).encode(), vocabulary=vocabulary).facts
    return dict(zip(facts.patients, facts_hashes(facts), strict=True))


def _records() -> list[list[dict[str, Any]]]:
    """Records of eight synthetic people, one list each."""
    return [
        [json.loads(resource.line) for resource in one.resources] for one in patients(8, 3, date(2026, 6, 1))
    ]


def _bundle(records: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": record} for record in records],
    }


def test_neither_order_nor_company_nor_what_was_read_before_matter() -> None:
    people = _records()
    alone = {name: told for one in people for name, told in _hashes(_bundle(one)).items()}
    assert len(set(alone.values())) == len(people) == 8
    together = [record for one in people for record in one]
    chance = random.Random(5)
    kept = Vocabulary()
    for _ in range(4):
        chance.shuffle(together)
        assert _hashes(_bundle(together), kept) == alone
        assert _hashes(_bundle(together[:40]), kept) == _hashes(_bundle(together[:40]))


@pytest.mark.parametrize("seed", range(60))
def test_any_other_value_date_or_code_is_another_hash(seed: int) -> None:
    """Edits one number, day or code of one record; where the table of facts changes, the hash does."""
    from api.listing import list_facts

    chance = random.Random(seed)
    edited = copy.deepcopy(DEMO)
    places = list(_places(edited))
    holder, key = chance.choice(places)
    value = holder[key]
    holder[key] = value + 1 if isinstance(value, int | float) else _other(value)

    def seen(bundle: dict[str, Any]) -> tuple[str, str]:
        facts = read_bundle(json.dumps(bundle).encode()).facts
        return json.dumps(list_facts(facts, 0), sort_keys=True), facts_hashes(facts)[0]

    (rows, digest), (rows_edited, digest_edited) = seen(DEMO), seen(edited)
    assert (rows != rows_edited) <= (digest != digest_edited), (key, value)


def _places(node: Any) -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in _EDITED and isinstance(value, int | float | str) and not isinstance(value, bool):
                yield node, key
            yield from _places(value)
    elif isinstance(node, list):
        for value in node:
            yield from _places(value)


def _other(text: str) -> str:
    return text.replace("20", "19") if "20" in text else text + "1"
