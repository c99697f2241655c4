"""`eligibility fmt`: files in place, all or none of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from api.errors import UserError
from api.loading import protocol_text
from api.outputs import write_text
from criteria_dsl import CriteriaError, format_cases, format_text


def format_files(files: Sequence[Path], write: bool) -> list[Path]:
    """The files that were not in canonical form, rewritten if `write`.

    Raises UserError where a file cannot be read, written or understood; then no file is changed.
    """
    formatted: list[tuple[Path, str]] = []
    for path in files:
        text = protocol_text(path)
        try:
            formatter = format_cases if path.name.endswith(".cases.elig") else format_text
            new = formatter(text, name=path.name)
        except CriteriaError as error:
            sys.stdout.write("".join(problem.render(text) + "\n\n" for problem in error.problems))
            raise UserError("PROTOCOL_INVALID", str(path), "cannot be read, so nothing was changed") from None
        if new != text:
            formatted.append((path, new))
    for path, new in formatted:
        if write:
            write_text(path, new)
        sys.stdout.write(f"{'formatted' if write else 'would change'} {path}\n")
    return [path for path, _ in formatted]
