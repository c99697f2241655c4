"""Codings in one spelling: the same code system under its other names, the same code in its forms.

Records name a system by its URI, by an OID, with http or https, with or without a last slash; they
write a code with spaces, in small letters, or (NDC) with dashes. All of that is spelling. Nothing
here says that two different codes mean the same.
"""

from __future__ import annotations

import re
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
_UPPER_CASE = frozenset({ICD_10_CM, ICD_10, ICD_9_CM, ATC, HCPCS})
_BY_ADDRESS = {uri.split("://", 1)[1].lower(): uri for uri in _OIDS.values()}


@lru_cache(maxsize=4096)
def normal_system(system: str) -> str:
    """The FHIR URI of a code system under any of its names; other systems as they stand, trimmed."""
    trimmed = system.strip().rstrip("/")
    oid = trimmed.removeprefix("urn:oid:")
    if oid in _OIDS:
        return _OIDS[oid]
    return _BY_ADDRESS.get(trimmed.partition("://")[2].lower(), trimmed)


def normal_coding(system: str, code: str) -> tuple[str, str]:
    """A coding in its one spelling."""
    system, code = normal_system(system), code.strip()
    if system in _UPPER_CASE:
        return system, code.upper()
    if system == NDC:
        return system, _eleven_digits(code)
    return system, code


def _eleven_digits(code: str) -> str:
    """An NDC of ten digits in groups as the eleven-digit form; others without their dashes."""
    groups = code.split("-")
    if len(groups) == 3 and all(re.fullmatch(r"\d+", group) for group in groups):
        return groups[0].zfill(5) + groups[1].zfill(4) + groups[2].zfill(2)
    return code.replace("-", "")
