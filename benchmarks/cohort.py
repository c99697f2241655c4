"""A cohort of 10,000 from raw NDJSON to who is in it, beside SQL written by hand for it (DuckDB, one thread).

Eight criteria, as a database asks for them: what is not recorded is not there. Both have to find the same
patients. The query knows just these criteria and the forms that these records have, opens three types of
files and tells who is in. The engine reads all that is sent, as it would for any protocol, accounts for every
line, hashes every file, and tells of everybody which criteria hold, which do not, which are open, and why.
"""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.ratios import Ratio, in_turn
from criteria_dsl import compile_file
from eligibility.judging import PASS, judge
from eligibility.program import Program
from eligibility.terminology import bind
from fhir_adapters import read
from fixtures.synthetic_fhir.write import write_ndjson

AS_OF = date(2026, 6, 1)
PATIENTS, PATIENTS_SMALL = 10_000, 300
PROTOCOL, QUERY = (Path(__file__).with_name(f"cohort.{kind}") for kind in ("elig", "sql"))
_ASKED = ("Patient", "Condition", "Observation")


def measure(small: bool) -> list[Ratio]:
    """Patients a second to the query's: of all files, and of the three types that the query opens."""
    program, count = compile_file(PROTOCOL).require(), PATIENTS_SMALL if small else PATIENTS
    with tempfile.TemporaryDirectory() as temporary:
        extract, three = Path(temporary, "extract"), Path(temporary, "three")
        write_ndjson(extract, count, 12, AS_OF)
        three.mkdir()
        for path in extract.glob("*.ndjson"):
            if path.name.startswith(_ASKED):
                os.link(path, three / path.name)
        if not _ours(program, extract) == _ours(program, three) == _theirs(extract):
            raise AssertionError("the engine and the query do not find the same patients")
        times = in_turn(
            {
                "all": lambda: _ours(program, extract),
                "three": lambda: _ours(program, three),
                "query": lambda: _theirs(extract),
            },
            repetitions=2 if small else 5,
        )
    theirs = count / times["query"].processor_median
    return [
        _told(
            f"who of {count:,} patients is in a cohort, from {which}",
            count / times[name].processor_median,
            theirs,
        )
        for name, which in (("all", "all raw JSON"), ("three", "raw JSON of the types that are asked for"))
    ]


def _told(name: str, ours: float, theirs: float) -> Ratio:
    """No ratio is promised: the line is there to be known."""
    note = f"{ours:,.0f} to {theirs:,.0f} patients a second of processor time, the same patients"
    return Ratio(
        name, ours / theirs, "DuckDB, SQL by hand for this cohort", "none set", holds=True, note=note
    )


def _ours(program: Program, folder: Path) -> set[str]:
    facts = read(folder).facts
    verdict = judge(program, facts, bind(program, {}, facts.concepts), AS_OF).verdict
    return {patient for patient, told in zip(facts.patients, verdict.tolist(), strict=True) if told == PASS}


def _theirs(folder: Path) -> set[str]:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(QUERY.read_text("utf-8").format(folder=folder)).fetchall()
    return {patient for (patient,) in found}
