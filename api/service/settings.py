"""Limits and places of the service, read from the environment (`ELIGIBILITY_SERVICE_…`); safe by default."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict, SettingsError

from api.errors import UserError
from api.pages.settings import PagesSettings
from api.service.access.settings import AccessSettings, Line
from api.service.records.settings import RecordsSettings
from api.service.runs.settings import RunSettings
from api.service.studies.settings import HandOffSettings

PREFIX = "ELIGIBILITY_SERVICE_"


class ServiceSettings(AccessSettings, RecordsSettings, RunSettings, PagesSettings, HandOffSettings):
    """One process's settings; more in the `settings.py` of `access`, `records`, `runs` and the pages.

    body_bytes       the longest body that is read
    body_seconds     how long a body may take to arrive
    bodies_bytes     how many bytes of bodies are held at once, over all requests that are worked on
    depth            how deep JSON may be nested
    protocol_bytes   the longest protocol text
    held_records     how many posted records are held for answers, and
    held_bytes       how many bytes of them, and
    held_minutes     how long
    requests         how many requests are worked on or wait at once
    rate             how many requests a second one caller may make, and
    burst            how many of them at once
    page             how many entries of a list one answer holds at most
    judges           how many judgements are made at once, each in a process; 0: one a processor, up to four
    judge_seconds    how long one judgement, or the check of a protocol's text, may take
    judge_wait_seconds  how long a request waits for a judge
    zone             time zone whose calendar day is today, where a call names no day
    public_address   where others reach this service, for addresses in answers
    value_sets       files and folders of value sets that protocols may refer to
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    body_bytes: int = Field(default=16 << 20, ge=1, le=1 << 30)
    body_seconds: float = Field(default=30.0, gt=0, le=600)
    bodies_bytes: int = Field(default=256 << 20, ge=1)
    depth: int = Field(default=64, ge=4, le=500)
    protocol_bytes: int = Field(default=256 << 10, ge=1, le=4 << 20)
    held_records: int = Field(default=100, ge=1)
    held_bytes: int = Field(default=256 << 20, ge=1)
    held_minutes: float = Field(default=60.0, gt=0)
    requests: int = Field(default=200, ge=1)
    rate: float = Field(default=100.0, gt=0)
    burst: int = Field(default=500, ge=1)
    page: int = Field(default=100, ge=1, le=10_000)
    judges: int = Field(default=0, ge=0, le=64)
    judge_seconds: float = Field(default=10.0, gt=0, le=600)
    judge_wait_seconds: float = Field(default=30.0, gt=0, le=600)
    zone: str = "UTC"
    public_address: Line | None = None
    value_sets: tuple[Path, ...] = ()

    @model_validator(mode="after")
    def _server_of_one_site(self) -> ServiceSettings:
        """Nobody of one site may name patients of another by their ids at a server."""
        if self.fhir_server is not None and self.fhir_server_site is None and len(self.sites) > 1:
            raise ValueError("with several SITES, FHIR_SERVER_SITE says whose patients the server has")
        return self

    @model_validator(mode="after")
    def _room_for_one(self) -> ServiceSettings:
        if self.bodies_bytes < self.body_bytes:
            raise ValueError("BODIES_BYTES, of all bodies together, is less than BODY_BYTES, of one")
        return self

    @field_validator("public_address")
    @classmethod
    def _an_address(cls, address: str | None) -> str | None:
        """An address that others can be appended to."""
        if address is None:
            return None
        parts = urlsplit(address)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None:
            raise ValueError("expected an address that begins with https:// or http://")
        if parts.query or parts.fragment:
            raise ValueError("expected an address without `?` and `#`")
        return address.rstrip("/")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("expected a time zone by its IANA name") from None
        return zone


def setting_name(field: str) -> str:
    """The name of a setting in the environment."""
    return PREFIX + field.upper()


def service_settings() -> ServiceSettings:
    """Settings of the environment; raises UserError that names the one that is wrong."""
    try:
        return ServiceSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = setting_name(str(first["loc"][0])) if first["loc"] else PREFIX
        raise UserError("SETTING_INVALID", place, str(first["msg"])) from None
    except SettingsError as error:
        # What holds several values is JSON; the library names the field in its message alone.
        named = re.search(r'field "(\w+)"', str(error))
        place = setting_name(named[1]) if named else PREFIX
        raise UserError("SETTING_INVALID", place, "expected JSON") from None
