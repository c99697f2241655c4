"""Whether a place that a record writes is the place asked for."""

from __future__ import annotations

import re

from tests.oracle.truth import FALSE, TRUE, UNKNOWN


def lives_in(column: str, written: str, place: str) -> int:
    held, asked = " ".join(written.lower().split()), " ".join(place.lower().rstrip("*").split())
    if column == "postal_code":
        held, asked = re.sub("[ -]", "", held), re.sub("[ -]", "", asked)
    if held == asked or (place.endswith("*") and held.startswith(asked)):
        return TRUE
    if column == "postal_code":
        if re.fullmatch(r"\d{5}", asked) and re.fullmatch(rf"{asked}\d{{4}}", held):
            return TRUE
        return UNKNOWN if asked.startswith(held) else FALSE

    def letters(text: str) -> str:
        return "".join("x" for _ in text) if re.fullmatch(r"[^\W\d_]{2,3}", text) else "name"

    return FALSE if letters(held) == letters(asked) else UNKNOWN
