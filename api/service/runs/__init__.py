"""Batch runs: an extract against protocols, started over HTTP, worked off by workers that may be killed."""
