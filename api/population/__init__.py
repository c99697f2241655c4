"""Populations: extracts kept as a fact store, screened partition by partition, against several protocols."""
