"""FHIR in, FHIR out, and terminology.

Where one JSON object holds a key twice, the last one counts, as in most decoders; only the `entry` of a
bundle is looked at, and a bundle with two is refused. Strict reading refuses every such object.
"""

from fhir_adapters.errors import CODES, FhirInputError
from fhir_adapters.extract import Extract, ReadFile, read, read_bundle
from fhir_adapters.rejects import Reject, write_rejects
from fhir_adapters.strict import explain_reject
from fhir_adapters.vocabulary import Vocabulary

__all__ = [
    "CODES",
    "Extract",
    "FhirInputError",
    "ReadFile",
    "Reject",
    "Vocabulary",
    "explain_reject",
    "read",
    "read_bundle",
    "write_rejects",
]
