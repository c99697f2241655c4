"""Keeps the arrows between the five rooms, also for imports written inside functions.

Reads the source only; it imports none of the rooms.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT = {
    "eligibility": set(),
    "criteria_dsl": {"eligibility"},
    "fhir_adapters": {"eligibility"},
    "nlp": {"eligibility"},
    "api": {"eligibility", "criteria_dsl", "fhir_adapters", "nlp"},
}
# The product never leans on what only the repository holds.
NOT_SHIPPED = {"tests", "fixtures", "benchmarks", "scripts"}


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Line and top-level name of every absolute import."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module.partition(".")[0]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    forbidden = (MAY_IMPORT.keys() | NOT_SHIPPED) - MAY_IMPORT[room] - {room}
    files = sorted((ROOT / room).rglob("*.py"))
    assert files, f"{room}/ holds no Python file"
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in files
        for line, name in imports(path.read_text(encoding="utf-8"))
        if name in forbidden
    ]
    assert wrong == []


def test_an_import_inside_a_function_is_seen() -> None:
    assert list(imports("def f():\n    from api.cli import main\n    from . import x\n")) == [(2, "api")]
