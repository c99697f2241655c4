"""Addresses under `/fhir`, one file per type of resource."""

from __future__ import annotations

from fastapi import FastAPI

from api.service.routes.fhir import metadata, studies
from api.service.service import Service


def add(app: FastAPI, service: Service) -> None:
    """All of them."""
    for part in (metadata, studies):
        part.add(app, service)
