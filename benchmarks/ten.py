"""Ten protocols over the same records: what a department with ten trials in one disease asks for.

Each has the twenty criteria of the judging workload. Ten of them are the same in all protocols to the letter;
the other ten differ in a limit or in how far they look back, so that no two protocols agree on any of those.
No protocol listens to notes.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from benchmarks.judging import PROTOCOL

COUNT = 10
# Words of the workload, the number in them that is another in each protocol, its first, and the step.
_OWN = (
    ("age at index is 18 to 75 years", "75", "66", "1"),
    ("index is 7.0 to 10.5 %", "7.0", "6.5", "0.1"),
    ("is >= 45 mL/min", "45", "30", "3"),
    ("is <= 120 U/L", "120", "80", "10"),
    ("most recent hemoglobin is >= 10 g/dL", "10", "9", "0.2"),
    ("systolic-pressure of >= 130 mm", "130", "125", "1"),
    ("malignancy starting within 5 years", "5", "2", "1"),
    ("insulin overlapping the 90 days", "90", "30", "10"),
    ("potassium is > 5.5 mmol/L", "5.5", "5.0", "0.1"),
    ("body-mass-index is > 45 kg/m2", "45", "36", "1"),
)


def text_of(number: int) -> str:
    """The protocol of this number, from 0."""
    head, _, rest = PROTOCOL.read_text("utf-8").partition("\n")
    text = "\n".join((head.replace("BENCH-1", f"BENCH-1{number}"), "  notes ignored", rest))
    for words, old, first, step in _OWN:
        if text.count(words) != 1:
            raise ValueError(f"the workload does not say once: {words}")
        own = str(Decimal(first) + number * Decimal(step))
        text = text.replace(words, words.replace(old, own))
    return text


def write_protocols(folder: Path) -> list[Path]:
    """All ten as files."""
    folder.mkdir(exist_ok=True)
    made = [folder / f"bench-{number}.elig" for number in range(COUNT)]
    for number, path in enumerate(made):
        path.write_text(text_of(number), "utf-8")
    return made
