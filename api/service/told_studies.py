"""What the service answers about a study as a whole, as OpenAPI shows it."""

from __future__ import annotations

from pydantic import Field

from api.service.told import Shape


class Figure(Shape):
    """A figure with its 95 % interval; null where the cases do not allow one."""

    value: float | None = Field(examples=[0.83])
    low: float | None = Field(examples=[0.72])
    high: float | None = Field(examples=[0.9])


class StageTold(Shape):
    """A step of the board. `kept`: of those at the step before; null for the first."""

    step: str = Field(examples=["consented"])
    reached: int = Field(ge=0, examples=[8])
    kept: Figure | None


class PaceTold(Shape):
    """How long candidates stood at a step before they went on, in days."""

    step: str = Field(examples=["referred"])
    moved: int = Field(ge=0, examples=[11])
    waiting: int = Field(ge=0, examples=[2])
    median_days: float | None = Field(examples=[6.0])
    p90_days: float | None = Field(examples=[11.2])
    planned_days: int | None = Field(examples=[7])


class ReasonTold(Shape):
    """Why candidates are out."""

    reason: str = Field(examples=["patient declined"])
    candidates: int = Field(ge=1, examples=[3])


class AgreementTold(Shape):
    """Two reviewers of the same cases, on one criterion."""

    criterion: str = Field(examples=["I3"])
    pairs: int = Field(ge=1, examples=[65])
    agreed: int = Field(ge=0, examples=[54])
    percent: Figure
    kappa: Figure
    ac1: Figure


class StudyFiguresTold(Shape):
    """Counts of the caller's sites: they name no patient."""

    protocol: str = Field(examples=["DEMO-CALL"])
    candidates: int = Field(ge=0, examples=[24])
    late: int = Field(ge=0, examples=[2])
    steps: list[StageTold]
    times: list[PaceTold]
    out: list[ReasonTold]
    agreement: list[AgreementTold]


class PlanTold(Shape):
    """How a study is reviewed: by one or two, over which criteria, with or without the engine's word.

    `sample_percent`: how many of a hundred cases that passed or failed are reviewed all the same.
    """

    protocol: str = Field(examples=["DEMO-CALL"])
    reviewers: int = Field(ge=1, le=2, examples=[2])
    scope: str = Field(examples=["all criteria"])
    engine_hidden: bool = Field(examples=[False])
    sample_percent: int = Field(ge=0, le=100, examples=[10])
    target_days: dict[str, int] = Field(examples=[{"cleared": 3, "in review": 5}])


class CountedTold(Shape):
    """A figure that others counted."""

    measure: str = Field(examples=["clicks"])
    count: int = Field(ge=0, examples=[612])
    first_day: str = Field(examples=["2026-05-01"])
    last_day: str = Field(examples=["2026-05-31"])
    channel: str = Field(examples=["advertisement"])
    site: str | None = Field(examples=[None])
    source: str = Field(examples=["report of the agency, May"])
    imported_by: str = Field(examples=["dora"])


class UpstreamTold(Shape):
    """The figures that hold now, of the caller's sites and of no single one."""

    protocol: str = Field(examples=["DEMO-CALL"])
    figures: list[CountedTold]
