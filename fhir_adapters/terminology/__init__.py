"""Value sets, wherever they come from: files of FHIR or CSV, hierarchies, a terminology server, a lock."""

from fhir_adapters.terminology.errors import ValueSetError
from fhir_adapters.terminology.files import read_value_sets

__all__ = ["ValueSetError", "read_value_sets"]
