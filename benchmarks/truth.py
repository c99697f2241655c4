"""Agreement with results that other people expect: national measures on their own test patients.

Runs every test case of a measure through the same path as any input (bundle, facts, judge) and
compares each population with the expected count. A case left unknown counts as a disagreement.
Expectations that contradict the published rules are data with their reason
(`truth_contradictions.csv`), and so are those of rules that the language cannot say (`truth_limits.csv`,
which is where a measure that counts stays meets a language that judges patients). Both are shown
apart, and never counted as agreeing.
`python -m benchmarks.truth` prints the table and writes `benchmarks/truth.json`.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from criteria_dsl import compile_file
from eligibility.judging import judge
from eligibility.program import Program
from eligibility.reasons import Outcome
from eligibility.terminology import ValueSet, bind
from fhir_adapters import read_bundle

ROOT = Path(__file__).resolve().parent.parent
PROTOCOLS = ROOT / "protocols" / "measures"
MEASURES = ("CMS122", "CMS124", "CMS130", "CMS135", "CMS165", "CMS349", "CMS506", "CMS645", "CMS69")
# Order in which populations hide one another: who is not in the first is in none.
CASCADE = (
    "initial-population",
    "denominator",
    "denominator-exclusion",
    "numerator",
    "denominator-exception",
)


CONTRADICTIONS = Path(__file__).parent / "truth_contradictions.csv"
LIMITS = Path(__file__).parent / "truth_limits.csv"


class DataMissingError(Exception):
    """The folder of public test data is not there."""


def data_folder() -> Path:
    """The folder of public test data: $ELIGIBILITY_TEST_DATA, else ../shared/data."""
    folder = Path(os.environ.get("ELIGIBILITY_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "ecqm").is_dir():
        raise DataMissingError(f"NOT RUN: no test data in {folder} (set ELIGIBILITY_TEST_DATA)")
    return folder


@dataclass(frozen=True, slots=True)
class Compared:
    """One case, one population: what others expect and what we say ("unknown" stays unknown)."""

    measure: str
    case: str
    description: str
    population: str
    expected: int
    found: int | None

    @property
    def agrees(self) -> bool:
        return self.found == self.expected

    @property
    def key(self) -> tuple[str, str, str]:
        return self.measure, self.case, self.population


def reasons(file: Path) -> dict[tuple[str, str, str], str]:
    """Why an expectation is not met, by measure, case and population.

    `CONTRADICTIONS`: it contradicts the published rules. `LIMITS`: the language cannot say the rule.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        return {
            (row["measure"], row["case"], row["population"]): row["reason"] for row in csv.DictReader(lines)
        }


def read_value_sets(folder: Path) -> dict[str, ValueSet]:
    """The value sets of the measures, by canonical URL."""
    with gzip.open(folder / "ecqm" / "valuesets.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {
        row["url"]: ValueSet(row["url"], frozenset((s, c) for s, c in row["codes"]), row["name"])
        for row in rows
    }


def cases(folder: Path, measure: str) -> Iterator[dict[str, Any]]:
    """Test cases of a measure."""
    (file,) = (folder / "ecqm" / "cases").glob(f"{measure}FHIR*.jsonl")
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def compare(folder: Path, measure: str) -> list[Compared]:
    """Run all cases of one measure."""
    compiled = compile_file(PROTOCOLS / f"{measure}.elig")
    if compiled.program is None:
        raise ValueError("\n".join(f"{p.line}: {p.message}" for p in compiled.problems))
    value_sets = read_value_sets(folder)
    return [
        row for case in cases(folder, measure) for row in _case(compiled.program, value_sets, measure, case)
    ]


def _case(
    program: Program, value_sets: dict[str, ValueSet], measure: str, case: dict[str, Any]
) -> Iterator[Compared]:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in case["resources"]],
    }
    facts = read_bundle(json.dumps(bundle).encode()).facts
    period = (date.fromisoformat(case["period"]["start"]), date.fromisoformat(case["period"]["end"]))
    membership = bind(program, value_sets, facts.concepts)
    judgement = judge(program, facts, membership, period[1], {"measurement-period": period})
    # A case is named by its patient; a few hold a record of somebody else, too.
    at = list(facts.patients).index(case["case"])
    raw = {f.criterion.id: int(f.outcome[at]) for f in judgement.findings}
    (expected,) = case["expected"]
    for population, found in cascade(raw).items():
        if population not in expected:
            continue
        yield Compared(measure, case["case"], case["description"], population, expected[population], found)


def cascade(raw: dict[str, int]) -> dict[str, int | None]:
    """Counts from raw outcomes: each population counts only where those before it leave room for it.

    Exclusions count inside the denominator, the numerator outside them, exceptions outside both.
    """
    counts: dict[str, int | None] = {}
    inside: int | None = 1
    for population in CASCADE:
        # A population that the measure's text does not declare holds nobody.
        outcome = {Outcome.MET: 1, Outcome.NOT_MET: 0}.get(Outcome(raw.get(population, Outcome.NOT_MET)))
        counts[population] = 0 if inside == 0 else None if inside is None else outcome
        if population in ("denominator-exclusion", "numerator"):
            inside = None if counts[population] is None else int(inside == 1 and counts[population] == 0)
        else:
            inside = counts[population]
    return counts


def table(rows: list[Compared]) -> list[dict[str, Any]]:
    """Agreement per measure and population, and why others do not agree, where that is known."""
    contradicting, beyond = reasons(CONTRADICTIONS), reasons(LIMITS)
    keys = dict.fromkeys((r.measure, r.population) for r in rows)
    result = []
    for measure, population in keys:
        mine = [r for r in rows if (r.measure, r.population) == (measure, population)]
        agreed = sum(r.agrees for r in mine)
        line = {"measure": measure, "population": population, "cases": len(mine), "agreed": agreed}
        against = sum(r.key in contradicting for r in mine)
        result.append({**line, "contradicting": against, "cannot say": sum(r.key in beyond for r in mine)})
    return result


def main() -> int:
    try:
        folder = data_folder()
    except DataMissingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    rows = [row for measure in MEASURES for row in compare(folder, measure)]
    content = table(rows)
    shown = ("cases", "agreed", "contradicting", "cannot say")
    sys.stdout.write(f"{'measure':10}{'population':24}{''.join(f'{name:>15}' for name in shown)}\n")
    for line in content:
        numbers = "".join(f"{line[name] or '':>15}" for name in shown)
        sys.stdout.write(f"{line['measure']:10}{line['population']:24}{numbers}".rstrip() + "\n")
    contradicting, beyond = reasons(CONTRADICTIONS), reasons(LIMITS)
    known = contradicting | beyond
    for row in rows:
        if not row.agrees or row.key in known:
            word = "CONTRADICTS THE RULES" if row.key in contradicting else "DISAGREES"
            word = "CANNOT SAY" if row.key in beyond else word
            found = "unknown" if row.found is None else row.found
            sys.stdout.write(
                f"{word} {row.measure} {row.case} {row.population}: expected {row.expected}, "
                f"found {found} ({known.get(row.key, row.description)})\n"
            )
    (ROOT / "benchmarks" / "truth.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.agrees is not (row.key in known) for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
