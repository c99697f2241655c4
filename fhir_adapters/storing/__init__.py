"""The fact store: an extract that was read once, kept as facts and as what was sent, by patient.

`facts/` holds what programs read, `lines/` every piece that was delivered, so that notes can be read later
and a partition be read again when a later delivery touches it.
"""

from fhir_adapters.storing.ingesting import Ingested, ingest
from fhir_adapters.storing.retrying import Retried, retry
from fhir_adapters.storing.state import Store, StoreError, is_store

__all__ = ["Ingested", "Retried", "Store", "StoreError", "ingest", "is_store", "retry"]
