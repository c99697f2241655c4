"""The texts of the libraries that a file uses, directly or through other libraries."""

from __future__ import annotations

from pathlib import Path

from criteria_dsl import tree as t
from criteria_dsl.blocks import cut
from criteria_dsl.parse import parse
from criteria_dsl.problem import Report
from criteria_dsl.source import read
from criteria_dsl.standard import standard_file


def texts_used(path: Path) -> list[str]:
    """Each library's text once, those used first before those they use; only files that exist.

    A library beside the file goes before one of that name that comes with the language.
    """
    found: dict[Path, str] = {}
    waiting = [path]
    seen = {path}
    while waiting:
        file = waiting.pop(0)
        text = file.read_text(encoding="utf-8", errors="replace")
        if file != path:
            found[file] = text
        for block in cut(read(file.name, text), Report()):
            node = parse(block, Report())
            if isinstance(node, t.Use):
                library = path.parent / f"{node.library.text}.elig"
                if not library.is_file():
                    library = standard_file(node.library.text) or library
                if library not in seen and library.is_file():
                    seen.add(library)
                    waiting.append(library)
    return list(found.values())
