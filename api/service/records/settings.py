"""The one FHIR server that records may be fetched from, and how much of it at most.

Its address, and that of its tokens, come from here and from nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from api.service.access.settings import Line, is_loopback


class RecordsSettings(BaseSettings):
    """One process's settings of a FHIR server.

    fhir_server           its address (https), such as https://ehr.example/fhir/r4
    fhir_server_site      whose patients it has; may be left out where one site is served
    fhir_server_ca        a file of certificates (PEM) to check its own with, in place of the usual ones
    fhir_server_token     a bearer token for it, or, to get tokens as a SMART backend service,
    fhir_server_client    the name that it knows this service by,
    fhir_server_key       the file of this service's private key (JWK), and
    fhir_server_tokens    the address (https) where tokens are given
    fhir_server_scope     what the tokens are for
    fhir_server_seconds   how long fetching one record may take
    fhir_server_pages     how many pages one record may have, and
    fhir_server_bytes     how many bytes
    """

    fhir_server: Line | None = None
    fhir_server_site: Line | None = None
    fhir_server_ca: Path | None = None
    fhir_server_token: SecretStr | None = None
    fhir_server_client: Line | None = None
    fhir_server_key: Path | None = None
    fhir_server_tokens: Line | None = None
    fhir_server_scope: str = Field(default="system/*.rs", pattern=r"^[!-~]+( [!-~]+)*$", max_length=1000)
    fhir_server_seconds: float = Field(default=30.0, gt=0, le=600)
    fhir_server_pages: int = Field(default=200, ge=1, le=100_000)
    fhir_server_bytes: int = Field(default=64 << 20, ge=1, le=1 << 30)

    @model_validator(mode="after")
    def _reachable(self) -> RecordsSettings:
        for name in ("fhir_server", "fhir_server_tokens"):
            value = getattr(self, name)
            if value is None:
                continue
            parts = urlsplit(value)
            near = parts.scheme == "http" and is_loopback(parts.hostname or "")
            if not (near or (parts.scheme == "https" and parts.hostname)) or "@" in parts.netloc:
                raise ValueError(f"{name.upper()} has to be https (http on this machine only)")
            if parts.query or parts.fragment:
                raise ValueError(f"{name.upper()} is an address without ? and #")
        together = [self.fhir_server_client, self.fhir_server_key, self.fhir_server_tokens]
        if any(together) and not all(together):
            names = "FHIR_SERVER_CLIENT, FHIR_SERVER_KEY and FHIR_SERVER_TOKENS"
            raise ValueError(f"{names} belong together: set all three, or none")
        if any(together) and self.fhir_server_token is not None:
            raise ValueError("FHIR_SERVER_TOKEN and FHIR_SERVER_CLIENT exclude each other")
        return self
