"""Addresses of the service, as they stand in answers."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request

from api.service.service import Service


def address_of(service: Service, request: Request) -> str:
    """As the settings say, else as the caller reached it, by a name that was let in; without a last `/`."""
    return service.settings.public_address or str(request.base_url).rstrip("/")


def query_of(site: str | None) -> str:
    """What an address needs for whoever named the site."""
    return "" if site is None else f"?{urlencode({'site': site})}"
