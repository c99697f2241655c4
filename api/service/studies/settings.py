"""Where cleared candidates are announced, and with which secret that is signed."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from api.service.access.settings import Line, is_loopback

_LEAST, _MOST = 24, 64  # bytes of a secret, as the Standard Webhooks specification has it


class HandOffSettings(BaseSettings):
    """One process's settings of the hand-off. Without an address candidates are handed over by hand alone.

    hand_off           the address (https) that is told of candidates who are handed over, and
    hand_off_secret    what that is signed with: `whsec_` and 24 to 64 bytes in base64
    hand_off_seconds   how long one attempt may take
    hand_off_attempts  after how many attempts it is given up; the pause before each one is twice as long
    """

    hand_off: Line | None = None
    hand_off_secret: SecretStr | None = None
    hand_off_seconds: float = Field(default=10.0, gt=0, le=120)
    hand_off_attempts: int = Field(default=10, ge=1, le=20)

    @model_validator(mode="after")
    def _signed(self) -> HandOffSettings:
        if self.hand_off is None and self.hand_off_secret is None:
            return self
        if self.hand_off is None or self.hand_off_secret is None:
            raise ValueError("HAND_OFF and HAND_OFF_SECRET belong together: set both, or none")
        parts = urlsplit(self.hand_off)
        near = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if not (near or (parts.scheme == "https" and parts.hostname)) or "@" in parts.netloc:
            raise ValueError("HAND_OFF has to be https (http on this machine only)")
        self.signing_key()
        return self

    def signing_key(self) -> bytes:
        """The bytes to sign with; raises ValueError where there are none."""
        secret = "" if self.hand_off_secret is None else self.hand_off_secret.get_secret_value()
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not secret.startswith("whsec_") or not _LEAST <= len(key) <= _MOST:
            raise ValueError("HAND_OFF_SECRET is `whsec_` and 24 to 64 bytes in base64")
        return key
