"""The service's own address, as it stands in answers."""

from __future__ import annotations

from fastapi import Request

from api.service.service import Service


def address_of(service: Service, request: Request) -> str:
    """As the settings say, else as the caller reached it, by a name that was let in; without a last `/`."""
    return service.settings.public_address or str(request.base_url).rstrip("/")
