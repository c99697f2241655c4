"""Code systems and the checks a written code must pass: its shape, and its check digit if it has one.

Passing says that a code is well formed, never that it exists.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# Verhoeff, J. (1969), Error Detecting Decimal Codes: the dihedral group D5, its permutations.
_MULTIPLY = (
    *((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6)),
    *((3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1)),
    *((6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4)),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_PERMUTE = (
    *((0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2)),
    *((8, 9, 1, 6, 0, 4, 3, 5, 2, 7), (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1)),
    *((2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8)),
)


# Systems whose `*` needs a hierarchy from files or a server.
WITH_HIERARCHY = frozenset(("SNOMED", "RxNorm"))


@dataclass(frozen=True, slots=True)
class System:
    name: str
    uri: str
    shape: re.Pattern[str]
    example: str
    check: str = ""
    below: re.Pattern[str] | None = None  # only where codes are their own hierarchy


@cache
def systems() -> dict[str, System]:
    """The systems by the name the language gives them."""
    data = tomllib.loads(files(__package__).joinpath("systems.toml").read_text(encoding="utf-8"))
    return {
        name: System(
            name,
            row["uri"],
            re.compile(row["shape"]),
            row["example"],
            row.get("check", ""),
            re.compile(row["below"]) if "below" in row else None,
        )
        for name, row in data.items()
    }


def mod10(digits: str) -> int:
    """The LOINC check digit of the digits before the hyphen (LOINC Users' Guide, appendix C)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return -total % 10


def verhoeff_holds(digits: str) -> bool:
    """Whether the last digit of a SNOMED CT identifier is its check digit."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _MULTIPLY[check][_PERMUTE[place % 8][int(digit)]]
    return check == 0


def checks(system: System, code: str) -> str | None:
    """Why the check digit of a well-shaped code is wrong, or None when it is right."""
    if system.check == "verhoeff" and not verhoeff_holds(code):
        return "a digit is missing, wrong or in the wrong place: look the code up again"
    # Answers and parts (LA33-6, LA32-8) end with a digit that the rule for terms does not give.
    if system.check == "mod10" and not code.startswith("L"):
        digits, given = code.split("-")
        right = mod10(digits)
        if right != int(given):
            return f"if {digits} is right, the code is `{code[: code.index('-')]}-{right}`: look it up again"
    return None


def reshaped(system: System, code: str) -> str | None:
    """A well-shaped code that a slip in case, letters or the dot would explain."""
    plain = code.upper()
    tries = [plain, plain.replace(".", "")]
    bare = plain.replace(".", "").replace("-", "")
    if system.name.startswith("ICD") and len(bare) > 3:
        tries.insert(1, f"{bare[:3]}.{bare[3:]}")
    if system.name == "LOINC" and len(bare) > 1:
        tries.append(f"{bare[:-1]}-{bare[-1]}")
    return next((t for t in tries if t != code and system.shape.fullmatch(t)), None)
