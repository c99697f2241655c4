"""Addresses under `/fhir`, one file per type of resource."""

from __future__ import annotations

from fastapi import FastAPI

from api.service.routes.fhir import auditing, measures, metadata, studies, subjects, tasks
from api.service.service import Service


def add(app: FastAPI, service: Service) -> None:
    """All of them."""
    for part in (metadata, studies, tasks, subjects, measures, auditing):
        part.add(app, service)
