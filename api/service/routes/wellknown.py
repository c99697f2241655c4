"""Where programs get tokens for this service, as SMART's backend services look it up. Open to anybody."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.errors import UserError
from api.service.service import Service


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/.well-known/smart-configuration",
        operation_id="smart_configuration",
        summary="Where programs get tokens",
    )
    def smart_configuration() -> dict[str, Any]:
        settings = service.settings
        if settings.issuer is None or settings.token_endpoint is None:
            raise UserError("NOT_FOUND", "", "no place that issues tokens is configured")
        told: dict[str, Any] = {
            "token_endpoint": settings.token_endpoint,
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["client-confidential-asymmetric"],
        }
        if settings.roles_claim == "scope":
            told["scopes_supported"] = sorted(settings.roles)
        return told
