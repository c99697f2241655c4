"""Value sets that are named by their URL alone: a code and everything below it.

SNOMED CT's are FHIR's own (`http://snomed.info/sct?fhir_vs=isa/73211009`), so that any terminology server
expands them. RxNorm has none in FHIR; ours follow the same pattern.
"""

from __future__ import annotations

from eligibility.codesystems import RXNORM, SNOMED_CT

_PREFIXES = {f"{SNOMED_CT}?fhir_vs=isa/": SNOMED_CT, f"{RXNORM}?fhir_vs=isa/": RXNORM}


def code_below(url: str) -> tuple[str, str] | None:
    """System and code of an implicit value set; None for any other URL."""
    for prefix, system in _PREFIXES.items():
        if url.startswith(prefix):
            return system, url.removeprefix(prefix)
    return None
