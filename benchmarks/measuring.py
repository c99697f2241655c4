"""A published measure from raw JSON to what each patient comes to, beside a CQL engine.

The patients are CMS122's own test cases, each many times under new names, with 200 further observations each.
Both judge all of its populations, each in one process that is started and has its program before the clock
runs; every count of every patient has to be the same. The engine reads NDJSON as Bulk Data sends it (files by
type), the peer bundles: each the form it is made for, of the same records.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from benchmarks import peer_cql
from benchmarks.ratios import NotRunError, Ratio, at_least, in_turn
from benchmarks.truth import PROTOCOLS, DataMissingError, cascade, cases, data_folder, read_value_sets
from criteria_dsl import compile_file
from eligibility.judging import judge
from eligibility.program import Program
from eligibility.terminology import ValueSet, bind
from fhir_adapters import read

MEASURE = "CMS122"
PERIOD = (date(2026, 1, 1), date(2026, 12, 31))
COPIES, COPIES_SMALL = 10, 1
MORE = 200
AT_ONCE = 56
TARGET = 200.0
_POPULATIONS = ("initial-population", "denominator", "denominator-exclusion", "numerator")
# LOINC code, unit, lowest and highest value: results that the measure does not ask for.
_RESULTS = (
    ("8867-4", "/min", 50, 110),
    ("8310-5", "Cel", 36, 39),
    ("2345-7", "mg/dL", 60, 250),
    ("2160-0", "mg/dL", 0.5, 2),
    ("718-7", "g/dL", 9, 17),
    ("2951-2", "mmol/L", 130, 148),
    ("2823-3", "mmol/L", 3, 5.5),
    ("9279-1", "/min", 10, 25),
    ("1742-6", "U/L", 5, 80),
    ("2093-3", "mg/dL", 120, 280),
)


def measure(small: bool) -> list[Ratio]:
    """One ratio: patients a second to the peer's."""
    try:
        data = data_folder()
    except DataMissingError as error:
        raise NotRunError(str(error)) from None
    program = compile_file(PROTOCOLS / f"{MEASURE}.elig").program
    if program is None:
        raise ValueError(f"{MEASURE} does not compile")
    value_sets = read_value_sets(data)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        patients = _write(folder, data, COPIES_SMALL if small else COPIES)
        _write_value_sets(folder / "sets.json", value_sets)
        try:
            peer = peer_cql.judge(folder / "sets.json", folder / "bundles.ndjson", AT_ONCE)
        except peer_cql.PeerError as error:
            raise NotRunError(str(error)) from None
        found: dict[str, tuple[int, ...]] = {}
        times = in_turn(
            {"ours": lambda: found.update(_judged(program, value_sets, folder / "extract"))},
            repetitions=2 if small else 5,
        )["ours"]
    if found != _cascaded(peer.found):
        raise AssertionError("the engine and the peer do not agree")
    ours, theirs = patients / times.processor_median, patients / peer.processor
    return [
        at_least(
            f"{MEASURE} of {patients} patients with {MORE} further results each, from raw JSON",
            ours / theirs,
            TARGET,
            "cql-execution",
            f"{ours:,.0f} to {theirs:,.1f} patients a second of processor time, all populations the same",
        )
    ]


def _judged(program: Program, value_sets: Mapping[str, ValueSet], path: Path) -> dict[str, tuple[int, ...]]:
    facts = read(path).facts
    membership = bind(program, value_sets, facts.concepts)
    judgement = judge(program, facts, membership, PERIOD[1], {"measurement-period": PERIOD})
    outcomes = {finding.criterion.id: finding.outcome for finding in judgement.findings}
    return {
        patient: _counts({name: int(outcome[at]) for name, outcome in outcomes.items()})
        for at, patient in enumerate(facts.patients)
    }


def _counts(raw: dict[str, int]) -> tuple[int, ...]:
    counts = cascade(raw)
    return tuple(-1 if counts[name] is None else int(counts[name] or 0) for name in _POPULATIONS)


def _cascaded(found: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The peer's counts: each population only where those before it leave room for it."""
    cascaded = {}
    for name, (first, denominator, excluded, numerator) in found.items():
        inside = first and denominator
        out = inside and excluded
        cascaded[name] = (first, inside, out, inside and not out and numerator)
    return {name: tuple(int(one) for one in counts) for name, counts in cascaded.items()}


def _write(folder: Path, data: Path, copies: int) -> int:
    """The patients in both forms; how many there are."""
    chosen = random.Random(7)
    originals, number = list(cases(data, MEASURE)), 0
    extract = folder / "extract"
    extract.mkdir()
    with ExitStack() as stack:
        bundles = stack.enter_context((folder / "bundles.ndjson").open("w"))
        files: dict[str, TextIO] = {}
        for copy in range(copies):
            for case in originals:
                records = [*_renamed(case, copy), *_more(f"{case['case'][:24]}{copy:012}", number, chosen)]
                entries = [{"resource": record} for record in records]
                bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
                bundles.write(_line(bundle))
                for record in records:
                    name = record["resourceType"]
                    if name not in files:
                        files[name] = stack.enter_context((extract / f"{name}.ndjson").open("w"))
                    files[name].write(_line(record))
                number += 1
    return number


def _renamed(case: dict[str, Any], copy: int) -> list[dict[str, Any]]:
    text = json.dumps(case["resources"])
    for record in case["resources"]:
        text = text.replace(record["id"], f"{record['id'][:24]}{copy:012}")
    records: list[dict[str, Any]] = json.loads(text)
    return records


def _more(patient: str, number: int, chosen: random.Random) -> Iterator[dict[str, Any]]:
    for at in range(MORE):
        code, unit, low, high = _RESULTS[at % len(_RESULTS)]
        day = f"20{chosen.randrange(24, 27)}-{chosen.randrange(1, 13):02}-{chosen.randrange(1, 29):02}"
        yield {
            "resourceType": "Observation",
            "id": f"more-{number}-{at}",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": f"{day}T{chosen.randrange(24):02}:00:00Z",
            "valueQuantity": {
                "value": round(chosen.uniform(low, high), 1),
                "unit": unit,
                "system": "http://unitsofmeasure.org",
                "code": unit,
            },
        }


def _write_value_sets(path: Path, value_sets: Mapping[str, ValueSet]) -> None:
    """As the peer's code service reads them: by address and version."""
    used = peer_cql.value_sets_used()
    content = {
        url: {"": [{"system": s, "code": c, "version": ""} for s, c in sorted(value_sets[url].codes)]}
        for url in used
    }
    path.write_text(json.dumps(content), "utf-8")


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, separators=(",", ":")) + "\n"
