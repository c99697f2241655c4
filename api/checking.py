"""`eligibility check`: a protocol's problems, or what it says in one table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from api.loading import compile_protocol
from criteria_dsl import print_defaults


def check_protocol(path: Path) -> dict[str, Any]:
    """Compile a protocol and describe the outcome as plain data."""
    compiled = compile_protocol(path)
    program = compiled.program
    text = path.read_text(encoding="utf-8", errors="replace")
    return {
        "ok": program is not None,
        "problems": [
            {
                "code": p.code,
                "severity": str(p.severity),
                "line": p.line,
                "column": p.column,
                "message": p.message,
                "suggestion": p.suggestion,
                "shown": p.render(text),
            }
            for p in compiled.problems
        ],
        "protocol": None
        if program is None
        else {
            "id": program.id,
            "version": program.version,
            "title": program.title,
            "parameters": [p.name for p in program.parameters],
            "value_sets": sorted({url for s in program.value_sets.values() for url in s.urls}),
            "policies": print_defaults(program),
            "criteria": [
                {
                    "id": c.id,
                    "label": c.label,
                    "polarity": c.polarity.value,
                    "stage": c.stage.value,
                    "responder": c.responder.value,
                    "line": c.line,
                }
                for c in program.criteria
            ],
        },
    }


def print_check(content: dict[str, Any], policies: bool) -> None:
    """Problems as the compiler renders them, then a line on what the protocol holds."""
    for problem in content["problems"]:
        sys.stdout.write(problem["shown"] + "\n\n")
    protocol = content["protocol"]
    if protocol is None:
        sys.stdout.write(f"{len(content['problems'])} problem(s); nothing can be judged with this text\n")
        return
    sys.stdout.write(f"{protocol['id']} version {protocol['version']}: {protocol['title']}\n")
    for criterion in protocol["criteria"]:
        later = "" if criterion["stage"] == "pre-screen" else f" ({criterion['stage']})"
        sys.stdout.write(f"  {criterion['polarity']:10} {criterion['id']:6} {criterion['label']}{later}\n")
    sys.stdout.write(f"{len(protocol['criteria'])} criteria, no error\n")
    if policies:
        sys.stdout.write(f"\n{protocol['policies']}\n")
