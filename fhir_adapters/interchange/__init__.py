"""Protocols as other systems hold them: FHIR groups, evidence variables and studies, the SDTM TI table."""

from fhir_adapters.interchange.evidence_variable import evidence_variable
from fhir_adapters.interchange.group import group, research_study
from fhir_adapters.interchange.trial_inclusion import full_texts, trial_inclusion

__all__ = ["evidence_variable", "full_texts", "group", "research_study", "trial_inclusion"]
