"""What `eligibility notes` shows: every note with what became of it, its text, and what was found in it."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api import noting
from api.cli import app
from api.loading import load_question, read_extract
from api.noting.marking import pieces
from api.population import questions
from api.screening import record, run
from tests.fhir_adapters.notes.documents import attachment, document, report
from tests.fhir_adapters.notes.word_reader import WordReader
from tests.fhir_adapters.records import bundle, condition, patient

TEXT = "Known diabetes.\n<script>alert(1)</script> \x1b[31mred\x1b[0m [bold]x[/bold]\nNo new DIABETES."


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(noting, "note_reader", lambda **_: WordReader())
    path = tmp_path / "bundle.json"
    records = [
        patient("p&1"),
        document(attachment(TEXT), of="p&1"),
        report(attachment(TEXT), of="p&1", effectiveDateTime="2026-01-05T10:00:00Z"),
        document(attachment(b"%PDF", "application/pdf"), identifier="d2", of="p&1", date="2026-01-06"),
        condition(of="p&1", note=[{"text": "Well controlled."}]),
        patient("p2"),
        document(attachment("Nobody else's."), identifier="d3", of="p2"),
    ]
    path.write_bytes(bundle(*records))
    return path


def called(*words: str) -> str:
    result = CliRunner().invoke(app, ["notes", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_as_data(source: Path) -> None:
    content: dict[str, Any] = json.loads(called(str(source), "--patient", "p&1", "--json"))
    assert [(note["resource"], note["reading"], note["problem"]) for note in content["notes"]] == [
        ("Condition/c1", "read", ""),
        ("DiagnosticReport/r1", "read", ""),
        ("DocumentReference/d1", "duplicate", ""),
        ("DocumentReference/d2", "type unread", "NOTE_TYPE_UNREAD"),
    ]
    note = content["notes"][1]
    assert note["text"] == TEXT
    assert [one["quote"] for one in note["found"]] == ["diabetes", "DIABETES"]
    assert all(TEXT[one["start"] : one["end"]] == one["quote"] for one in note["found"])


def test_on_a_terminal(source: Path) -> None:
    shown = called(str(source), "--patient", "p&1")
    assert "\x1b[31m" not in shown
    assert "[bold]x[/bold]" in shown
    assert "NOTE_TYPE_UNREAD" in shown
    assert "Nobody else's." not in shown
    assert shown.count("Known diabetes.") == 1


def test_as_a_page(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes.html"
    assert TEXT not in called(str(source), "--patient", "p&1", "--html", str(path))
    page = path.read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count('<mark class="present" title=') == 2
    assert "Notes of p&amp;1" in page
    assert path.stat().st_mode & 0o077 == 0
    assert sorted(found.name for found in tmp_path.iterdir()) == ["bundle.json", "notes.html"]


def test_pieces_are_the_text() -> None:
    marks: list[dict[str, Any]] = [
        {"start": 2, "end": 6, "cue": {"start": 0, "end": 1}},
        {"start": 4, "end": 9, "cue": None},
        {"start": 8, "end": 99, "cue": {"start": 7, "end": 8}},
    ]
    found = list(pieces("0123456789", marks))
    assert "".join(piece.text for piece in found) == "0123456789"
    assert [piece.text for piece in found if piece.cue] == ["0", "7"]
    assert list(pieces("", [])) == []


def test_a_run_says_what_became_of_every_note(source: Path, tmp_path: Path) -> None:
    protocol = tmp_path / "p.elig"
    protocol.write_text('protocol P version 1 "x"\n\ninclude I1 "Adult"\n  age at index is >= 18 years\n')
    question = load_question(protocol, "2026-06-01", [], [])
    told = record(run(question, read_extract(str(source), "UTC", complete=False, notes=WordReader())))[
        "notes"
    ]
    assert told == {
        "total": 5, "read": 3, "duplicate": 1, "too_slow": 0, "type_unread": 1, "damaged": 0, "empty": 0,
        "problems": {"NOTE_TYPE_UNREAD": 1}, "faults": {},
    }  # fmt: skip
    assert record(run(question, read_extract(str(source), "UTC", complete=False)))["notes"] is None


def test_a_fault_of_the_reader_is_told_without_a_word_of_the_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "shared_reader", lambda *_: nullcontext(WordReader()))
    protocol, source = tmp_path / "p.elig", tmp_path / "bundle.json"
    protocol.write_text(
        'protocol P version 1 "x"\n\ndiagnosis d: ICD-10-CM E11*\n\nexclude D "D"\n  d at index\n',
        encoding="utf-8",
    )
    source.write_bytes(bundle(patient("p1"), document(attachment("Zebrafish explode."), of="p1")))
    out = tmp_path / "out"
    words = ["screen", str(protocol), str(source), "--as-of", "2026-06-01", "--out", str(out), "--complete"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "ValueError in" in " ".join(result.output.split())
    assert "Zebrafish" not in result.output
    told = json.loads((out / "run.json").read_text())
    assert sum(told["notes"]["faults"].values()) == 1
    assert told["counts"]["verdicts"] == {"pass": 0, "needs-clinician-review": 1, "fail": 0}
