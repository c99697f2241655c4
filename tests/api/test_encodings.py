"""A protocol that is not UTF-8 is refused by one code, whatever is asked of it, with the line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.errors import UserError

TEXT = 'protocol T version 1 "t"\n\ninclude A "Kr\u00e4fte"\n  sex is female\n'
HERE = ["--as-of", "2026-06-01"]
COMMANDS = [
    ["check", "{p}"],
    ["lint", "{p}"],
    ["fmt", "{p}"],
    ["test", "{p}"],
    ["lock", "{p}"],
    ["lock", "{p}", "--check"],
    ["render", "{p}"],
    ["export", "{p}", "--format", "fhir-r4"],
    ["diff", "{p}", "{p}"],
    ["coverage", "{p}", "{b}"],
    ["explain", "{p}", "{b}", *HERE],
    ["screen", "{p}", "{b}", *HERE, "--out", "{out}"],
]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_one_code_for_all_commands(words: list[str], encoding: str, tmp_path: Path) -> None:
    places = {name: str(tmp_path / file) for name, file in (("p", "p.elig"), ("b", "b.json"), ("out", "out"))}
    Path(places["p"]).write_bytes(TEXT.encode(encoding))
    Path(places["b"]).write_text('{"resourceType": "Patient", "id": "p"}\n', encoding="utf-8")
    done = CliRunner().invoke(app, [word.format(**places) for word in words])
    line = 3 if encoding == "latin-1" else 1
    assert isinstance(done.exception, UserError)
    assert done.exception.code == "PROTOCOL_UNREADABLE"
    assert f"line {line} of p.elig is not UTF-8" in str(done.exception)
    assert not Path(places["out"]).exists()
