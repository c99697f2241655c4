"""Whatever words, codes and numbers stand in a definition: its text compiles, and says or asks each part."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.authoring.importing import Imported, import_file
from criteria_dsl import compile_text, format_text

HOSTILE = st.sampled_from(
    [
        *(
            "",
            " ",
            '"',
            "include",
            "sex",
            "and",
            "# no",
            "| a",
            "- b",
            "\n\tx",
            "\u2028",
            "é",
            "9",
            "a.b",
            "*",
        ),
        *(
            "E11",
            "E11*",
            "44054006",
            "4548-4",
            "x" * 600,
            "a (http://x.y/z)",
            "index",
            "normal",
            "of",
            "within",
        ),
    ]
)
WORDS = HOSTILE | st.text(max_size=12)
SYSTEMS = st.sampled_from(
    ["http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct", "http://loinc.org", "urn:x:y", "x", ""]
)
CODING = st.fixed_dictionaries(
    {"system": SYSTEMS, "code": WORDS, "display": st.sampled_from(["", "and below", "words"])}
)
CONCEPT = st.fixed_dictionaries({}, optional={"text": WORDS, "coding": st.lists(CODING, max_size=2)})
NUMBER = st.integers(-5, 10**12) | st.decimals(-100, 100, places=3).map(float)
QUANTITY = st.fixed_dictionaries(
    {"value": NUMBER},
    optional={
        "code": st.sampled_from(["mg/dL", "%", "1", "a", "{x}", "mg/(24.h)", "no unit", "[iU]/L"]),
        "comparator": st.sampled_from(["<", "<=", ">=", ">", "ad"]),
    },
)
AGE = {"coding": [{"system": "http://loinc.org", "code": "30525-0"}]}
KIND = st.sampled_from(["Condition", "Observation", "MedicationStatement", "Patient"]).map(
    lambda name: {"coding": [{"system": "http://hl7.org/fhir/resource-types", "code": name}]}
)
VALUE = st.one_of(
    CONCEPT.map(lambda one: {"valueCodeableConcept": one}),
    QUANTITY.map(lambda one: {"valueQuantity": one}),
    st.fixed_dictionaries({"low": QUANTITY, "high": QUANTITY}).map(lambda one: {"valueRange": one}),
    st.booleans().map(lambda one: {"valueBoolean": one}),
)
PERIOD = st.fixed_dictionaries(
    {},
    optional={"start": st.sampled_from(["2024", "2024-13", "x", "2025-02-30"]), "end": WORDS},
)
CHARACTERISTIC = st.builds(
    lambda code, value, more: {"code": code, **value, **more},
    st.one_of(CONCEPT, KIND, st.just(AGE)),
    VALUE,
    st.fixed_dictionaries({"exclude": st.booleans()}, optional={"id": WORDS, "period": PERIOD}),
)
CLINICAL = st.fixed_dictionaries(
    {},
    optional={
        "age_numerical": st.sampled_from([">=18", "<0.5", "old", "", "99999999999999"]),
        "gender": st.sampled_from(["Male", "!female", "x"]),
        "oncotree_primary_diagnosis": WORDS.filter(lambda words: bool(words.strip().lstrip("!").strip())),
        "er_status": WORDS,
    },
).filter(bool)
NODE = st.recursive(
    st.one_of(
        CLINICAL.map(lambda one: {"clinical": one}),
        st.dictionaries(st.text(min_size=1, max_size=5), WORDS, min_size=1, max_size=2).map(
            lambda one: {"genomic": one}
        ),
    ),
    lambda inner: st.builds(
        lambda key, nodes: {key: nodes},
        st.sampled_from(["and", "or", "not"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


def imported(form: str, content: dict[str, Any]) -> Imported:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return import_file(path, form)


def check(found: Imported) -> None:
    program = compile_text(found.text).require()
    assert [one.id for one in program.criteria] == list(found.criteria)
    assert format_text(found.text) == found.text


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(WORDS, WORDS, st.lists(CHARACTERISTIC, min_size=1, max_size=4))
def test_groups(name: str, identity: str, characteristics: list[dict[str, Any]]) -> None:
    content = {"resourceType": "Group", "id": identity, "name": name, "characteristic": characteristics}
    found = imported("fhir-group", content)
    check(found)
    assert len(found.criteria) == len(characteristics)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(WORDS, st.lists(st.lists(NODE, min_size=1, max_size=3), min_size=1, max_size=3))
def test_trials(name: str, arms: list[list[dict[str, Any]]]) -> None:
    content = {
        "protocol_no": name,
        "treatment_list": {"step": [{"arm": [{"arm_code": name, "match": match} for match in arms]}]},
    }
    check(imported("ctml", content))
