"""FHIR in, FHIR out, and terminology."""
