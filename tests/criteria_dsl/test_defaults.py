"""The policies in force, as a person reads them; and the protocols that are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from criteria_dsl import compile_file, compile_text, print_defaults
from eligibility import program as ir

PROTOCOLS = Path(__file__).parents[2] / "protocols"
SHIPPED = sorted(p for p in PROTOCOLS.rglob("*.elig") if not p.name.endswith(".cases.elig"))

TEXT = """protocol T version 2 "Test"
  missing diagnosis means no
  notes fill gaps

diagnosis diabetes: ICD-10-CM E11*
medication metformin: RxNorm 6809
measurement HbA1c in %: LOINC 4548-4
allergy penicillin-allergy: RxNorm 7980

include I1 "Mixed"
  all of
  - diabetes at index
  - no metformin at index
  - most recent HbA1c is >= 7 %
  - penicillin-allergy at index
  - sex is female
  - clinician confirms "So it is."
  unconfirmed means yes
  review within 5 % of a limit
"""

SAID = """T version 2

include I1 "Mixed"
  diabetes: missing, outdated mean no; unconfirmed means yes; undated, unmapped, unreadable mean unknown; \
within 5 % of a limit means unknown; notes fill gaps
  metformin: missing, outdated mean no where the record covers the time, else unknown; \
unconfirmed means yes; undated, unmapped, unreadable mean unknown; within 5 % of a limit means unknown; \
notes fill gaps
  HbA1c: missing, outdated, undated, unmapped, unreadable mean unknown; unconfirmed means yes; \
within 5 % of a limit means unknown; notes fill gaps
  within 5 % of a limit means unknown
  penicillin-allergy: missing, undated, unmapped, unreadable mean unknown; outdated means no; \
unconfirmed means yes; within 5 % of a limit means unknown; notes fill gaps
  age and fields of the person: unknown where the record does not say
  the clinician's answer: unknown until it is given
"""


def test_defaults_are_said_in_plain_words() -> None:
    assert print_defaults(compile_text(TEXT).require()) == SAID


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_protocols_compile_without_a_word(path: Path) -> None:
    result = compile_file(path)
    assert [problem.render() for problem in result.problems] == []
    assert result.program is not None
    assert len(result.program.source_sha256) == 64


def test_the_hash_covers_libraries() -> None:
    text = (PROTOCOLS / "measures" / "CMS122.elig").read_text(encoding="utf-8")
    library = (PROTOCOLS / "measures" / "care-exclusions.elig").read_text(encoding="utf-8")
    one = compile_text(text, library=lambda name: library).require()
    other = compile_text(text, library=lambda name: library + "# a remark\n").require()
    assert one == other
    assert one.source_sha256 != other.source_sha256


def test_no_shipped_protocol_writes_out_licensed_codes() -> None:
    for path in SHIPPED:
        sets = compile_file(path).require().value_sets
        systems = {code.system for source in sets.values() for code in source.codes}
        assert "http://www.ama-assn.org/go/cpt" not in systems


def test_questions_say_who_answers() -> None:
    program = compile_file(PROTOCOLS / "demo.elig").require()
    consent = program.criteria[-1]
    assert (consent.stage, consent.responder) == (ir.Stage.CONSENT, ir.Responder.SCREENER)
