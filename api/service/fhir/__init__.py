"""The service in the words of FHIR R4: resources made of what the store keeps, and read from what callers send."""
