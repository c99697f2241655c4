"""Extracts fetched from a FHIR server: Bulk Data's `$export` asked for, waited for, downloaded."""
