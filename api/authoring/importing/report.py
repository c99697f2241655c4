"""What an import shows: the text, and the table of what is not simply said in it."""

from __future__ import annotations

import sys

from api.authoring.importing.draft import Outcome, Remark
from api.authoring.importing.run import Imported
from api.outputs import printable

_MEANINGS = {
    Outcome.ASKED: "a clinician is asked",
    Outcome.SUPPLY: "a value set that you have to supply",
    Outcome.DIFFERS: "said, but read differently there",
    Outcome.LISTED: "has no place in the text",
}


def as_data(imported: Imported) -> dict[str, object]:
    """The import as JSON data."""
    return {
        "text": imported.text,
        "criteria": list(imported.criteria),
        "remarks": [
            {
                "outcome": remark.outcome.value,
                "criterion": remark.criterion,
                "place": remark.place,
                "original": remark.original,
                "reason": remark.reason,
            }
            for remark in imported.remarks
        ],
    }


def print_imported(imported: Imported, written: bool) -> None:
    """The text unless it was written to a file, then one paragraph for each sort of remark."""
    out = sys.stdout.write
    if not written:
        out(imported.text + "\n")
    for outcome, meaning in _MEANINGS.items():
        of_this = [remark for remark in imported.remarks if remark.outcome is outcome]
        if of_this:
            out(f"{_comment(written)}{outcome.value}: {meaning}\n")
        for remark in of_this:
            out(f"{_comment(written)}  {_line(remark)}\n")
    out(f"{_comment(written)}{len(imported.criteria)} criteria, {len(imported.remarks)} remarks\n")


def _comment(written: bool) -> str:
    """Below the text itself, the table is a comment: what is printed stays a protocol."""
    return "" if written else "# "


def _line(remark: Remark) -> str:
    of = f"{remark.criterion}  " if remark.criterion else ""
    return printable(f"{of}{remark.original}  [{remark.place}]  {remark.reason}")
