"""Notes as one HTML page without scripts. All that a record says is escaped.

The page holds patients' words: it is written for its owner alone, under its own name from the start, so
that no copy stays anywhere.
"""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any

from api.errors import UserError
from api.noting.listing import why
from api.noting.marking import pieces

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
pre { white-space: pre-wrap; font: inherit; border-left: 3px solid #ccc; padding-left: 1rem; }
.account { color: #555; }
mark { color: inherit; border-radius: .2rem; padding: 0 .15rem; }
.present { background: #cdebc9; } .absent { background: #f6c9c9; } .possible { background: #fbeaa5; }
.hypothetical { background: #e9cdf2; } .historical { background: #c6ecef; }
.someone-else { background: #cfd9f7; }
.doubtful { border-bottom: 2px dotted #b00; } .cue { text-decoration: underline; }
td, th { text-align: left; vertical-align: top; padding: .1rem .8rem .1rem 0; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_ASSERTIONS = ("present", "absent", "possible", "hypothetical", "historical", "someone else")
_COLUMNS = ("words", "kind", "what", "value", "when", "taken as", "why")


def write_page(path: Path, content: dict[str, Any]) -> None:
    """Write what `list_notes` made; raises UserError where the file cannot be written."""
    data = page(content).encode("utf-8", "backslashreplace")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise UserError("OUTPUT_UNWRITABLE", str(path), error.strerror or "") from error


def page(content: dict[str, Any]) -> str:
    """The page of what `list_notes` made."""
    legend = " ".join(f'<mark class="{_class(word)}">{word}</mark>' for word in _ASSERTIONS)
    notes = "".join(map(_note, content["notes"]))
    title = escape(f"Notes of {content['patient']}")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n"
        f'<p>{legend} <span class="cue">why</span> <mark class="doubtful">only a question</mark></p>\n'
        f"{notes}</body></html>\n"
    )


def _note(note: dict[str, Any]) -> str:
    told = [
        note["reading"],
        note["written"] or note["when"],
        note["content_type"],
        f"{note['bytes']:,} bytes",
    ]
    told += [] if note["standing"] == "counts" else [note["standing"]]
    told += [f"{note['problem']}: {note['meaning']}"] if note["problem"] else []
    account = escape(" · ".join(part for part in told if part))
    heading = escape(f"{note['resource']} · {note['what'] or note['path']}")
    parts = [f'<section>\n<h2>{heading}</h2>\n<p class="account">{account}</p>\n']
    if note["text"] is not None:
        parts.append(f"<pre>{_marked(note)}</pre>\n")
    if note["found"]:
        head = "".join(f"<th>{name}</th>" for name in _COLUMNS)
        parts.append(f"<table><tr>{head}</tr>{''.join(map(_row, note['found']))}</table>\n")
    return "".join([*parts, "</section>\n"])


def _marked(note: dict[str, Any]) -> str:
    written = []
    for piece in pieces(note["text"], note["found"]):
        text = escape(piece.text)
        if piece.cue:
            text = f'<span class="cue">{text}</span>'
        statement = piece.statement
        if statement is not None:
            doubt = " doubtful" if statement["doubtful"] else ""
            reasons = " · ".join(t for t in (statement["what"], statement["assertion"], why(statement)) if t)
            title = escape(reasons, quote=True)
            text = f'<mark class="{_class(statement["assertion"])}{doubt}" title="{title}">{text}</mark>'
        written.append(text)
    return "".join(written)


def _row(statement: dict[str, Any]) -> str:
    cells = (
        statement["quote"],
        statement["kind"],
        statement["what"],
        statement["value"],
        statement["when"],
        statement["assertion"],
        why(statement),
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"


def _class(assertion: str) -> str:
    return assertion.replace(" ", "-")
