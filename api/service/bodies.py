"""What requests carry, as OpenAPI shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

Number = Annotated[float, Field(allow_inf_nan=False)]


def whole(value: object) -> object:
    """A whole number is 3 or 3.0, as JSON Schema has it; not true, and not "3"."""
    if isinstance(value, bool | str):
        raise ValueError("expected a whole number")
    return value


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Amount(_Body):
    """A number with its unit (UCUM)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    value: int | Number
    unit: Annotated[str, Field(min_length=1, max_length=40)]


class AnswerBody(_Body):
    """An answer to one question. `null` takes an earlier one back; "unsure" decides nothing."""

    question: Annotated[str, Field(max_length=64, description="The question's key.")]
    value: bool | int | Number | Amount | Annotated[str, Field(max_length=1000)] | None


class AnswersBody(_Body):
    """Answers that somebody gave at one time."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "answered_by": "patient, by telephone",
                "answered_at": "2026-06-01T09:30:00Z",
                "answers": [{"question": "q-0123456789abcdef", "value": True}],
            }
        },
    )

    answered_by: Annotated[str, Field(min_length=1, max_length=200)]
    answered_at: AwareDatetime | None = Field(None, description="When it was said; now, where left out.")
    answers: Annotated[list[AnswerBody], Field(min_length=1, max_length=100)]


class ActiveBody(_Body):
    """Which version is to be in force."""

    version_key: Annotated[
        str, Field(pattern="^[0-9a-f]{32}$", examples=["7f3c0e4b9a6d4f7c8e21d05b6a9c3f10"])
    ]


class RevealBody(_Body):
    """What a patient's identity is needed for. A closed list: a free text could name the patient."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"purpose": "contact"}})

    purpose: Literal["contact", "open-record", "enrol", "correct-data", "safety"]


class HeadBody(_Body):
    """Where the audit trail ended once, as `/audit/head` told it."""

    chain: Annotated[str, Field(pattern="^[0-9a-f]{32}$", examples=["01a204f173147000836e7b3f87c2c196"])]
    number: Annotated[int, Field(ge=0, le=2**53), BeforeValidator(whole)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=["ab" * 32])]


class RunBody(_Body):
    """An extract, and how it is asked about."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"extract": "ehr/2026-05", "as_of": "2026-06-01"}},
    )

    extract: Annotated[
        str,
        Field(min_length=1, max_length=500, description="FOLDER or FOLDER/NAME, FOLDER as in the settings."),
    ]
    as_of: Annotated[str, Field(max_length=10, description="Day the question is asked for, YYYY-MM-DD.")]
    zone: Annotated[str, Field(max_length=64, description="Time zone whose calendar days count.")] = "UTC"
    complete: Annotated[bool, Field(description="It holds every kind of data its source has.")] = False
    protocols: Annotated[
        list[Annotated[str, Field(max_length=200)]],
        Field(max_length=100, description="Protocols to ask; all active ones where none is named."),
    ] = []
    parameters: Annotated[
        list[Annotated[str, Field(max_length=200)]],
        Field(max_length=100, description="NAME=DAY, NAME=FIRST..LAST, NAME=75 …"),
    ] = []
