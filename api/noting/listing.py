"""One patient's notes as plain data: each with what became of it, its text, and what was found in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from eligibility.builder import FactsBuilder
from eligibility.concepts import Concepts, Words
from eligibility.facts import Assertion, Block, Facts, Kind, Reading
from eligibility.instants import show
from eligibility.manifest import Manifest
from eligibility.notes import Note, NoteReader
from eligibility.showing import show_row
from fhir_adapters import CODES, Extract


def list_notes(extract: Extract, patient: int, reader: NoteReader) -> dict[str, Any]:
    """Notes of a patient (its dense index) in order of time.

    Statements are found anew, note by note: in the table those of copied sentences stand once.
    """
    facts = extract.facts
    texts = {(text.resource, text.path): text.note for text in extract.texts}
    block = facts.blocks.get(Kind.NOTE)
    shown: list[dict[str, Any]] = []
    if block is not None:
        mine = np.flatnonzero(block.columns["patient"] == patient)
        rows = sorted(mine.tolist(), key=_place(facts, block))
        shown = [_note(facts, block, row, texts, reader) for row in rows]
    return {"patient": facts.patients[patient], "notes": shown}


def _place(facts: Facts, block: Block) -> Callable[[int], tuple[int, str, str]]:
    """Order of notes: by time, then by name and element."""
    started, resource, path = (block.column(name) for name in ("start_lo", "resource", "path"))

    def place(row: int) -> tuple[int, str, str]:
        name = facts.resources.name(int(resource[row]))
        return int(started[row]), name, facts.words.texts[int(path[row])]

    return place


def _note(
    facts: Facts, block: Block, row: int, texts: dict[tuple[int, str], Note], reader: NoteReader
) -> dict[str, Any]:
    resource = int(block.column("resource")[row])
    path = facts.words.texts[int(block.column("path")[row])]
    reading = Reading(int(block.column("reading")[row]))
    problem = facts.words.texts[int(block.column("problem")[row])]
    note = texts.get((resource, path))
    described = show_row(facts, Kind.NOTE, row)
    found: list[dict[str, Any]] = []
    if note is not None and reading is Reading.READ:
        found = statements(note, reader, facts.concepts)
    return {
        "resource": facts.resources.name(resource),
        "path": path,
        "what": "" if described.what == "uncoded" else described.what,
        "when": described.when,
        "status": described.status,
        "standing": described.standing,
        "content_type": facts.words.texts[int(block.column("content_type")[row])],
        "bytes": int(block.column("bytes")[row]),
        "reading": reading.name.lower().replace("_", " "),
        "problem": problem,
        "meaning": CODES.get(problem, ""),
        "written": "" if note is None else show(note.written_lo, note.written_hi),
        "text": None if note is None or reading is Reading.DUPLICATE else note.text,
        "found": found,
    }


def statements(note: Note, reader: NoteReader, concepts: Concepts) -> list[dict[str, Any]]:
    """What a reader finds in a note, in the order of the text."""
    words = Words()
    builder = FactsBuilder(concepts, words)
    builder.patient("")
    for rows in reader.read([note], concepts, words).rows:
        nobody = np.zeros(len(rows.note), dtype=np.int32)
        builder.add(rows.kind, {**rows.columns, "patient": nobody, "resource": nobody - 1})
    facts = builder.finish(Manifest())
    found = [
        _statement(facts, kind, block, row, note.text)
        for kind, block in facts.blocks.items()
        if kind is not Kind.CONTACT
        for row in range(len(block))
    ]
    return sorted(found, key=lambda one: (one["start"], one["end"], one["kind"], one["what"]))


def _statement(facts: Facts, kind: Kind, block: Block, row: int, text: str) -> dict[str, Any]:
    described = show_row(facts, kind, row)

    def cell(name: str) -> int:
        return int(block.column(name)[row])

    cue = [cell("cue_lo"), cell("cue_hi")] if cell("cue_lo") >= 0 else None
    return {
        "start": cell("span_lo"),
        "end": cell("span_hi"),
        "quote": text[cell("span_lo") : cell("span_hi")],
        "kind": described.kind,
        "what": described.what,
        "value": described.value,
        "when": described.when,
        "assertion": Assertion(cell("assertion")).name.lower().replace("_", " "),
        "cue": None if cue is None else {"start": cue[0], "end": cue[1], "words": text[cue[0] : cue[1]]},
        "section": facts.words.texts[cell("section")],
        "doubtful": bool(cell("doubtful")),
    }


def why(statement: dict[str, Any]) -> str:
    """Why a statement was taken as it was, in words. A name that says so itself ("NKDA") is not repeated."""
    parts = []
    cue = statement["cue"]
    if cue is not None and not statement["start"] <= cue["start"] < cue["end"] <= statement["end"]:
        parts.append(f"for “{statement['cue']['words']}”")
    if statement["section"]:
        parts.append(f"under {statement['section']}")
    if statement["doubtful"]:
        parts.append("can only raise a question")
    return ", ".join(parts)
