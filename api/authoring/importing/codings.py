"""Codes of other systems as a term's sources: only those that our language can write to the letter."""

from __future__ import annotations

import re

from criteria_dsl.systems import WITH_HIERARCHY, checks, systems
from eligibility.codesystems import normal_coding

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._*:/-]*")
_SYSTEM = re.compile(r"(https?://|urn:[a-z0-9][a-z0-9-]*:)[^\s\"]+")


def source_of(system: str, code: str, below: bool = False) -> tuple[str, str] | None:
    """How a system and its code are written; None where they cannot be, or the code is malformed."""
    system, code = normal_coding(system, code)
    if not _CODE.fullmatch(code) or "*" in code or not _SYSTEM.fullmatch(system):
        return None
    named = next((one for one in systems().values() if one.uri == system), None)
    if named is None:
        return None if below else (f'system "{system}"', code)
    if below and named.below is None and named.name not in WITH_HIERARCHY:
        return None
    shape = named.below if below and named.below is not None else named.shape
    if not shape.fullmatch(code) or checks(named, code) is not None:
        return None
    return named.name, f"{code}*" if below else code


def sources(written: list[tuple[str, str]]) -> str:
    """Codes by system, as they stand behind a term: `ICD-10-CM E11*, E13*; SNOMED 44054006`."""
    by_system: dict[str, list[str]] = {}
    for system, code in written:
        codes = by_system.setdefault(system, [])
        if code not in codes:
            codes.append(code)
    return "; ".join(f"{system} {', '.join(codes)}" for system, codes in by_system.items())
