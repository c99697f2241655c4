"""What requests about a study as a whole carry, as OpenAPI shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.service.bodies import whole

_Step = Literal[
    "pre-screened", "passed", "in review", "cleared", "referred", "contacted", "consented", "screened"
]
_Day = Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class PlanBody(BaseModel):
    """How a study is reviewed. Days that are left out are the usual ones."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "reviewers": 2,
                "scope": "all criteria",
                "engine_hidden": False,
                "sample_percent": 10,
                "target_days": {"cleared": 3, "in review": 5},
            }
        },
    )

    reviewers: Annotated[int, Field(ge=1, le=2), BeforeValidator(whole)] = 1
    scope: Literal["open criteria", "all criteria"] = "open criteria"
    engine_hidden: Annotated[bool, Field(strict=True)] = False
    sample_percent: Annotated[int, Field(ge=0, le=100), BeforeValidator(whole)] = 0
    target_days: dict[_Step, Annotated[int, Field(ge=1, le=3650), BeforeValidator(whole)]] = {}


class FigureBody(BaseModel):
    """A count from one day to another, both included, and whose it is. `site`: null for no single one."""

    model_config = ConfigDict(extra="forbid")

    measure: Literal["impressions", "clicks", "inquiries", "forms completed"]
    count: Annotated[int, Field(ge=0, lt=2**31), BeforeValidator(whole)]
    first_day: _Day
    last_day: _Day
    channel: Annotated[str, Field(min_length=1, max_length=500)] = "not said"
    site: Annotated[str, Field(max_length=200)] | None = None
    source: Annotated[str, Field(min_length=1, max_length=500)]


class FiguresBody(BaseModel):
    """Figures from before the pre-screen. A newer one for the same days, channel and site takes the place."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "figures": [
                    {
                        "measure": "clicks",
                        "count": 612,
                        "first_day": "2026-05-01",
                        "last_day": "2026-05-31",
                        "channel": "advertisement",
                        "source": "report of the agency, May",
                    }
                ]
            }
        },
    )

    figures: Annotated[list[FigureBody], Field(min_length=1, max_length=1000)]
