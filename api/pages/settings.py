"""Settings of the pages (`ELIGIBILITY_SERVICE_…`)."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class PagesSettings(BaseSettings):
    """One process's settings of pages.

    session_minutes  after how many minutes without use a page asks to sign in again, and
    session_hours    after how many hours in any case
    """

    session_minutes: float = Field(default=60.0, gt=0, le=1440)
    session_hours: float = Field(default=10.0, gt=0, le=24)
