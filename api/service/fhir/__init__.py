"""The service in the words of FHIR R4: resources made of what is kept, or read from what is sent."""
