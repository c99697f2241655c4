"""Protocols as other systems hold them: FHIR groups, evidence variables and studies, the SDTM TI table."""

from fhir_adapters.interchange.evidence_variable import evidence_variable
from fhir_adapters.interchange.group import group, research_study
from fhir_adapters.interchange.trial_inclusion import trial_inclusion

__all__ = ["evidence_variable", "group", "research_study", "trial_inclusion"]
