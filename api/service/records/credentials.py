"""How the FHIR server learns who asks: by a token of the settings, or by those of a backend service."""

from __future__ import annotations

import ssl

from api.backend_service import BackendService, KeyUnfitError, TokenRefusedError, private_key
from api.errors import UserError
from api.service.records.settings import RecordsSettings


class Credentials:
    """Makes the header of requests. Safe to share between threads."""

    def __init__(self, settings: RecordsSettings, trust: ssl.SSLContext | bool) -> None:
        self._given = settings.fhir_server_token
        self._backend = _backend(settings, trust)

    def header(self, seconds: float) -> dict[str, str]:
        """`Authorization`, or nothing where no credential is set. Raises UserError where none is given."""
        if self._given is not None:
            return {"Authorization": f"Bearer {self._given.get_secret_value()}"}
        if self._backend is None:
            return {}
        try:
            return {"Authorization": f"Bearer {self._backend.token(seconds)}"}
        except TokenRefusedError:
            message = "no token for the FHIR server was given"
            raise UserError("FHIR_SERVER_FAILED", "patient", message) from None


def _backend(settings: RecordsSettings, trust: ssl.SSLContext | bool) -> BackendService | None:
    if settings.fhir_server_key is None:
        return None
    try:
        key = private_key(settings.fhir_server_key)
    except KeyUnfitError as error:
        raise UserError("SETTING_INVALID", "ELIGIBILITY_SERVICE_FHIR_SERVER_KEY", str(error)) from None
    name, tokens = settings.fhir_server_client or "", settings.fhir_server_tokens or ""
    return BackendService(name, key, tokens, settings.fhir_server_scope, trust)
