"""Ranges of ICD-10-CM: what they hold, in records of every exactness, and what a lock makes of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.errors import UserError
from api.loading import load_protocol
from criteria_dsl import compile_text
from eligibility import icd_10_cm
from eligibility.judging import judge
from eligibility.reasons import Cause, Outcome
from eligibility.terminology import bind
from fhir_adapters import read_bundle

HEAD = 'protocol T version 1 "t"\n\n'
BODY = '\ninclude I1 "it"\n  it\n'


def judged(
    source: str, *codes: str, system: str = "http://hl7.org/fhir/sid/icd-10-cm"
) -> tuple[Outcome, Cause]:
    """Whether a patient under care, with one diagnosis of these codings, has what the term names."""
    own = {"subject": {"reference": "Patient/p"}}
    visits = [
        {
            "resourceType": "Encounter",
            "id": f"e{year}{month}",
            "status": "finished",
            "class": {"code": "AMB"},
            "period": {"start": f"{year}-{month}-15", "end": f"{year}-{month}-15"},
            **own,
        }
        for year in range(2018, 2026)
        for month in ("01", "04", "07", "10")
    ]
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "code": {"coding": [{"system": system, "code": code} for code in codes]},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "onsetDateTime": "2024-01-01",
        **own,
    }
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1970-01-01"}
    entries = [{"resource": one} for one in (patient, *visits, *([condition] if codes else []))]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    facts = read_bundle(json.dumps(bundle).encode(), delivered=None).facts
    program = compile_text(f"{HEAD}diagnosis it: {source}\n{BODY}").require()
    found = judge(program, facts, bind(program, {}, facts.concepts), date(2026, 1, 1)).findings[0]
    return Outcome(int(found.outcome[0])), Cause(int(found.causes[0]))


@pytest.mark.parametrize(
    ("source", "code", "outcome"),
    [
        ("C00-C96", "C00.0", Outcome.MET),
        ("C00-C96", "C50.911", Outcome.MET),
        ("C00-C96", "c50911", Outcome.MET),
        ("C00-C96", "C96.Z", Outcome.MET),
        ("C00-C96", "C7A.010", Outcome.MET),
        ("C00-C96", "C4A", Outcome.MET),
        ("C00-C96", "B99.9", Outcome.NOT_MET),
        ("C00-C96", "D00.0", Outcome.NOT_MET),
        # The order of the tabular list, not of the letters.
        ("C00-C75", "C7A.010", Outcome.NOT_MET),
        ("C76-C80", "C7B.1", Outcome.NOT_MET),
        ("C7A-C76", "C7B.1", Outcome.MET),
        ("M05-M10", "M1A.00", Outcome.MET),
        ("C50.1-C50.4", "C50.111", Outcome.MET),
        ("C50.1-C50.4", "C50.4", Outcome.MET),
        ("C50.1-C50.4", "C50.511", Outcome.NOT_MET),
        ("C50.8-C51", "C51.9", Outcome.MET),
        # A code that is no longer, or not yet, in the list falls under its category.
        ("I60-I69", "I63.999", Outcome.MET),
        # Less exact than an end, or a block: it may be one of them.
        ("C50.1-C50.4", "C50", Outcome.UNKNOWN),
        ("C51-C52", "C51-C58", Outcome.UNKNOWN),
        ("C00-C14", "C00-D49", Outcome.UNKNOWN),
        ("C00-C96", "C44-D09", Outcome.UNKNOWN),
        # A block all of which is asked for.
        ("C00-C96", "C00-C14", Outcome.MET),
        ("E08-E13", "E08-E13", Outcome.MET),
        ("E08-E13", "e10-e11", Outcome.MET),
        ("C00-C96", "D10-D36", Outcome.NOT_MET),
        ("E08*", "E08-E13", Outcome.UNKNOWN),
    ],
)
def test_what_a_range_holds(source: str, code: str, outcome: Outcome) -> None:
    found, causes = judged(f"ICD-10-CM {source}", code)
    assert found is outcome
    assert outcome is not Outcome.UNKNOWN or causes & Cause.CODE_UNMAPPED


def test_a_range_is_the_same_as_its_prefixes() -> None:
    written = ", ".join(f"{code}*" for code in icd_10_cm.between("E08", "E13"))
    assert written == "E08*, E09*, E10*, E11*, E13*"
    one, other = (
        compile_text(f"{HEAD}diagnosis it: ICD-10-CM {text}\n{BODY}").require().value_sets
        for text in ("E08-E13", written)
    )
    assert one == other


def test_other_systems_and_nothing_recorded() -> None:
    assert judged("ICD-10-CM C00-C96")[0] is Outcome.NOT_MET
    assert judged("ICD-10-CM C00-C96", "C50.9", system="http://hl7.org/fhir/sid/icd-10")[0] is Outcome.UNKNOWN
    assert judged("ICD-10-CM C00-C96; SNOMED 363346000", "363346000", system="http://snomed.info/sct")[0] is (
        Outcome.MET
    )


@pytest.mark.parametrize("first", ["A00", "C00", "C50.1", "C7A", "O9A", "S72.001A", "Z99"])
def test_each_code_stands_once_and_in_order(first: str) -> None:
    assert icd_10_cm.between(first, first) == (first,)
    everything = icd_10_cm.between("A00", "Z99")
    assert list(everything) == list(dict.fromkeys(everything))
    assert all(len(code) == 3 for code in everything)


def locked(folder: Path, text: str) -> Path:
    protocol = folder / "p.elig"
    protocol.write_text(f"{HEAD}diagnosis it: {text}\n{BODY}", encoding="utf-8")
    assert CliRunner().invoke(app, ["lock", str(protocol)]).exit_code == 0
    return protocol


def test_a_lock_lists_what_a_range_came_to(tmp_path: Path) -> None:
    protocol = locked(tmp_path, "ICD-10-CM E08-E13, C50.1-C50.4")
    lock = json.loads((tmp_path / "p.lock.json").read_text(encoding="utf-8"))
    assert [(one["written"], one["codes"]) for one in lock["ranges"]] == [
        ("C50.1-C50.4", ["C50.1", "C50.2", "C50.3", "C50.4"]),
        ("E08-E13", ["E08", "E09", "E10", "E11", "E13"]),
    ]
    assert lock["ranges"][0]["source"].startswith("simple-icd-10-cm ")
    load_protocol(protocol, [])
    assert CliRunner().invoke(app, ["lock", str(protocol), "--check"]).exit_code == 0


@pytest.mark.parametrize(
    ("change", "code", "shown"),
    [
        (
            lambda ranges: ranges[0].update(codes=["E08", "E09", "E12"]),
            "LOCK_MISMATCH",
            "E08-E13: 3 codes added, 1",
        ),
        (lambda ranges: ranges.clear(), "LOCK_OUTDATED", "E08-E13: 5 codes added, 0"),
    ],
)
def test_a_range_that_moved(change: object, code: str, shown: str, tmp_path: Path) -> None:
    protocol = locked(tmp_path, "ICD-10-CM E08-E13")
    path = tmp_path / "p.lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    assert callable(change)
    change(lock["ranges"])
    path.write_text(json.dumps(lock), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_protocol(protocol, [])
    assert caught.value.code == code
    checked = CliRunner().invoke(app, ["lock", str(protocol), "--check"])
    assert checked.exit_code == 1
    assert shown in checked.output


def test_locks_from_before_ranges_are_read(tmp_path: Path) -> None:
    protocol = locked(tmp_path, "ICD-10-CM E11*")
    path = tmp_path / "p.lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    del lock["ranges"]
    path.write_text(json.dumps(lock), encoding="utf-8")
    load_protocol(protocol, [])


def test_ranges_without_end_are_stopped() -> None:
    many = ", ".join(f"{code}-Z99" for code in icd_10_cm.between("A00", "C00"))
    (problem, *_) = compile_text(f"{HEAD}diagnosis it: ICD-10-CM {many}\n{BODY}").problems
    assert (problem.code, "100,000" in problem.message) == ("E004", True)
    assert (
        compile_text(f"{HEAD}diagnosis it: ICD-10-CM {'A00-Z99, ' * 900}A00-Z99\n{BODY}").program is not None
    )
