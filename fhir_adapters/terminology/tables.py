"""Value sets from CSV: a code a line, columns `url`, `system`, `code`, and `display`, `name` if there are."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from eligibility.terminology import ValueSet
from fhir_adapters.terminology.errors import ValueSetError

_NEEDED = ("url", "system", "code")


def read_table(file: Path, data: bytes) -> list[ValueSet]:
    """The value sets of a CSV file. Raises ValueSetError with the line where one is not complete."""
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        rows = list(csv.DictReader(StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueSetError("VALUE_SET_INVALID", str(file), f"not a CSV table: {error}") from error
    lacking = [name for name in _NEEDED if rows and name not in rows[0]]
    if not rows or lacking:
        wanted = ", ".join(lacking) or "a line of codes"
        raise ValueSetError("VALUE_SET_INVALID", str(file), f"the table has no {wanted}")
    codes: dict[str, dict[tuple[str, str], str]] = {}
    names: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        url, system, code = ((row.get(name) or "").strip() for name in _NEEDED)
        if not url or not system or not code:
            raise ValueSetError(
                "VALUE_SET_INVALID", f"{file}:{number}", "a line lacks its url, system or code"
            )
        codes.setdefault(url, {})[system, code] = (row.get("display") or "").strip()
        names.setdefault(url, (row.get("name") or "").strip())
    return [
        ValueSet(url, frozenset(held), names[url], tuple(sorted({one for one in held.values() if one})))
        for url, held in codes.items()
    ]
