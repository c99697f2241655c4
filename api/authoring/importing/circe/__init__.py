"""Cohort definitions of OHDSI (the JSON of ATLAS and Circe) as drafts of our texts."""

from api.authoring.importing.circe.cohort import read_circe

__all__ = ["read_circe"]
