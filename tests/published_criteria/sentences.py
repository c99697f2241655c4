"""Which published criteria are written in the language: by a fixed rule, not by choice.

All non-empty lines of the eligibility texts, in the order of the file, are counted; every 28th of them,
beginning with the first, is taken until there are 120. (Chia corpus, CC BY 4.0; the texts are in the public
test data and not here.) The selection criteria of the cohort-selection challenge n2c2 2018 come after them.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ELIGIBILITY_TEST_DATA", ROOT / ".." / "shared" / "data")) / "criteria"
COUNT = 120


@dataclass(frozen=True, slots=True)
class Sentence:
    """One published criterion; `line` counts from 1 in the text of the trial's section."""

    trial: str
    section: str
    line: int
    text: str


def sentences(folder: Path = DATA) -> list[Sentence]:
    """The chosen lines, in order."""
    found: list[Sentence] = []
    with gzip.open(folder / "chia-dev.jsonl.gz", "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            lines = enumerate(row["text"].split("\n"), start=1)
            found += [Sentence(row["trial"], row["section"], n, t.strip()) for n, t in lines if t.strip()]
    return found[:: len(found) // COUNT][:COUNT]


def challenge(folder: Path = DATA) -> list[Sentence]:
    """The thirteen criteria of the challenge, in order."""
    text = (folder / "n2c2-2018-criteria.md").read_text(encoding="utf-8")
    lines = [re.fullmatch(r"(\d+) ([A-Z0-9-]+): (.+)", line.strip()) for line in text.splitlines()]
    return [Sentence("n2c2-2018", "inclusion", int(m[1]), m[3]) for m in lines if m is not None]
