"""Codings in one spelling: the same code system under its other names, the same code in its forms.

Records name a system by its URI, by an OID, with http or https, with or without a last slash; they
write a code with spaces, in small letters, or (NDC) with dashes. All of that is spelling. Nothing
here says that two different codes mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
ICD_9_CM = "http://hl7.org/fhir/sid/icd-9-cm"
SNOMED_CT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
NDC = "http://hl7.org/fhir/sid/ndc"
CVX = "http://hl7.org/fhir/sid/cvx"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ATC = "http://www.whocc.no/atc"

# Object identifiers registered for these systems (HL7 terminology, "Using codes" of FHIR R4).
_OIDS = {
    "2.16.840.1.113883.6.90": ICD_10_CM,
    "2.16.840.1.113883.6.3": ICD_10,
    "2.16.840.1.113883.6.103": ICD_9_CM,
    "2.16.840.1.113883.6.96": SNOMED_CT,
    "2.16.840.1.113883.6.1": LOINC,
    "2.16.840.1.113883.6.88": RXNORM,
    "2.16.840.1.113883.6.69": NDC,
    "2.16.840.1.113883.12.292": CVX,
    "2.16.840.1.113883.6.12": CPT,
    "2.16.840.1.113883.6.285": HCPCS,
    "2.16.840.1.113883.6.73": ATC,
}
_DOTTED = frozenset({ICD_10_CM, ICD_10, ICD_9_CM})
_UNDOTTED = re.compile(r"[A-Z]?\d[0-9A-Z]{2,6}")
_TERMED = re.compile(r"(\d{6,18})\s*\|[^|]*\|")
# What codes look like, as their makers describe them; letters and blocks of ICD ("C", "E08-E13") too.
_SHAPES = {
    ICD_10_CM: re.compile(r"[A-Z](?:\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?(?:-[A-Z]\d[0-9A-Z])?)?"),
    ICD_10: re.compile(r"[A-Z](?:\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?[+*!\u2020]?(?:-[A-Z]\d[0-9A-Z])?)?"),
    ICD_9_CM: re.compile(r"(?:\d{2,3}|V\d{2})(?:\.\d{1,2})?|E\d{3}(?:\.\d)?|\d{3}-\d{3}"),
    SNOMED_CT: re.compile(r"[^:+=<>{}|()\s]+"),  # not what is put together of several codes
    NDC: re.compile(r"\d{11}"),
    CVX: re.compile(r"\d{2,3}"),
    ATC: re.compile(r"[A-Z](?:\d{2}(?:[A-Z](?:[A-Z](?:\d{2})?)?)?)?"),
}
_UPPER_CASE = frozenset({ICD_10_CM, ICD_10, ICD_9_CM, ATC, HCPCS})
# Lengths, without dots, at which a code of a system names something wider: the categories and subcategories
# of ICD (a chapter's letter or a block are no codes), the first four levels of ATC (WHO, "Structure and
# principles" of the ATC classification).
_LEVELS = {ICD_10_CM: (3, 4, 5, 6), ICD_10: (3, 4, 5), ATC: (1, 3, 4, 5)}
_CATEGORY = 3  # signs of a category of ICD, of which blocks ("E08-E13") are made
# HL7's own tables as FHIR addressed them up to STU3 (".../v3/RoleCode", today ".../v3-RoleCode").
_BEFORE_R4 = re.compile(r"https?://hl7\.org/fhir/(v[23])/([\w-]+)")
_SPREAD_ICD_10 = frozenset({"C77", "C78", "C79", "C80", "C7B"})
_SPREAD_ICD_9 = frozenset({"196", "197", "198", "199"})
_SPREAD_NEUROENDOCRINE = "2097"
_BY_ADDRESS = {uri.split("://", 1)[1].lower(): uri for uri in _OIDS.values()}


def is_own_hierarchy(system: str) -> bool:
    """Whether a system's codes lie below those that they begin with."""
    return system in _LEVELS


def undotted(code: str) -> str:
    """A code of such a system as its prefixes are compared."""
    return code.upper().replace(".", "")


def category(system: str, code: str) -> str | None:
    """The category of ICD that a code lies in, "I63" of I63.9; None of a code of another system."""
    return undotted(code)[:_CATEGORY] if system in (ICD_10_CM, ICD_10, ICD_9_CM) else None


def seen_again(system: str, code: str) -> bool:
    """Whether a code says that an injury is seen again: the seventh character of ICD-10-CM, a letter after C.

    A, B and C are of active treatment, D to R of healing, S of what is left (ICD-10-CM Official Guidelines
    for Coding and Reporting, section I.C.19.a). Seventh characters that say something else are digits.
    """
    return "D" <= _seventh(system, code) <= "S"


def under_treatment(system: str, code: str) -> bool:
    """Whether a code says that an injury is under active treatment: A, B or C, see `seen_again`."""
    return "A" <= _seventh(system, code) <= "C"


def _seventh(system: str, code: str) -> str:
    last = undotted(code)[_CATEGORY + 3 :]
    return last if system == ICD_10_CM and len(last) == 1 else ""


def is_spread(system: str, code: str) -> bool:
    """Whether a code of ICD is of a malignant disease elsewhere than where it began, or of no site.

    ICD-10: C77 to C79 secondary, C80 without specification of site; ICD-10-CM also C7B; ICD-9-CM: 196 to 199
    and 209.7. Each may be one more record of a disease that has a code of its own.
    """
    if category(system, code) is None:
        return False
    if system == ICD_9_CM:
        return category(system, code) in _SPREAD_ICD_9 or undotted(code).startswith(_SPREAD_NEUROENDOCRINE)
    return category(system, code) in _SPREAD_ICD_10


def site_of_spread(system: str, code: str) -> str | None:
    """The site of a secondary malignant disease, "C787" of C78.7; None where it is not told or of others."""
    site = undotted(code)[: _CATEGORY + 1]
    if not is_spread(system, code) or len(site) <= _CATEGORY or site[:_CATEGORY] in ("C80", "199"):
        return None
    return None if site[_CATEGORY] in "89" else site


def codes_above(system: str, code: str) -> Iterator[str]:
    """What says less than a code of such a system, undotted; a category of ICD itself, as part of blocks."""
    code = undotted(code)
    for level in _LEVELS.get(system, ()):
        if level < len(code) or (level == _CATEGORY == len(code) and system != ATC):
            yield code[:level]


def is_in_block(block: str, category: str) -> bool:
    """Whether a category of ICD lies in a block of them ("E08-E13")."""
    first, to, last = undotted(block).partition("-")
    return bool(to) and len(category) == _CATEGORY and first <= category <= last


@lru_cache(maxsize=4096)
def normal_system(system: str) -> str:
    """The FHIR URI of a code system under any of its names; other systems as they stand, trimmed."""
    trimmed = system.strip().rstrip("/")
    oid = trimmed.removeprefix("urn:oid:")
    if oid in _OIDS:
        return _OIDS[oid]
    older = _BEFORE_R4.fullmatch(trimmed)
    if older is not None:
        return f"http://terminology.hl7.org/CodeSystem/{older[1]}-{older[2]}"
    return _BY_ADDRESS.get(trimmed.partition("://")[2].lower(), trimmed)


def normal_coding(system: str, code: str) -> tuple[str, str]:
    """A coding in its one spelling.

    ICD with its dot, which claims leave out; SNOMED CT without a term in pipes; CVX with its leading zero.
    """
    system, code = normal_system(system), code.strip()
    if system in _UPPER_CASE:
        code = code.upper()
        return system, _dotted(system, code) if system in _DOTTED else "".join(code.split())
    if system == NDC:
        return system, _eleven_digits(code)
    if system == SNOMED_CT:
        termed = _TERMED.fullmatch(code)
        return system, termed[1] if termed else code
    if system == CVX:
        return system, code.zfill(2)
    return system, code


def _dotted(system: str, code: str) -> str:
    """A code of ICD with its dot: behind three signs, behind four of the E codes of ICD-9-CM."""
    if "." in code or "-" in code or _UNDOTTED.fullmatch(code) is None:
        return code
    before = 4 if system == ICD_9_CM and code[0] == "E" else 3
    return code if len(code) <= before else f"{code[:before]}.{code[before:]}"


def has_shape(system: str, code: str) -> bool:
    """Whether a code, in its one spelling, may be one of its system by its signs; True for other systems.

    What has not ("44054006:363698007=113331007", an NDC of nine digits) is nothing that codes of the system
    can be held against.
    """
    shape = _SHAPES.get(system)
    return shape is None or shape.fullmatch(code) is not None


def _eleven_digits(code: str) -> str:
    """An NDC of ten digits in groups as the eleven-digit form; others without their dashes."""
    groups = code.split("-")
    if len(groups) == 3 and all(re.fullmatch(r"\d+", group) for group in groups):
        return groups[0].zfill(5) + groups[1].zfill(4) + groups[2].zfill(2)
    return code.replace("-", "")
