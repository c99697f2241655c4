"""What the service answers, as OpenAPI shows it. The answers are made elsewhere; tests hold them to this."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Key = Annotated[str, Field(pattern="^[0-9a-f]{32}$", examples=["7f3c0e4b9a6d4f7c8e21d05b6a9c3f10"])]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Moment = Annotated[
    str, Field(description="A point in time with its zone.", examples=["2026-06-01T09:30:00+00:00"])
]
Verdict = Literal["pass", "needs-clinician-review", "fail"]
Truth = Literal["true", "false", "unknown"]


class Shape(BaseModel):
    """An answer, or a part of one: its fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Health(Shape):
    """The process answers."""

    status: Literal["ok"] = Field(examples=["ok"])


class Ready(Shape):
    """Store and judges answer, too."""

    status: Literal["ok"] = Field(examples=["ok"])
    active_protocols: int = Field(ge=0, examples=[1])


class Evidence(Shape):
    """A fact that decides, and where in the record it stands."""

    kind: str = Field(examples=["observation"])
    what: str = Field(examples=["Hemoglobin A1c (4548-4)"])
    when: str = Field(examples=["2026-04-20"])
    value: str = Field(examples=["8.1 %"])
    status: str = Field(examples=["final"])
    standing: str = Field(examples=["counts"])
    resource: str = Field(examples=["Observation/o-17"])
    path: str = Field(examples=["Observation.valueQuantity"])
    limit: str | None = Field(
        None,
        description="The end of the reference range that was taken.",
        examples=["ULN 40 U/L, stated with the result: 2 x ULN"],
    )
    said: str | None = Field(None, description="How a note means it.", examples=["absent"])
    quote: str | None = Field(None, description="The note's very words.", examples=["denies chest pain"])
    span: tuple[int, int] | None = Field(
        None, description="Where they stand in the note.", examples=[[10, 27]]
    )


class Statement(Shape):
    """A statement of a criterion with its truth; a leaf has evidence, others have parts."""

    text: str = Field(examples=["most recent HbA1c within 90 days before index is 7.0 to 10.5 %"])
    truth: Truth = Field(examples=["true"])
    causes: list[str] | None = Field(None, examples=[[]])
    evidence: list[Evidence] | None = None
    parts: list[Statement] | None = Field(None, examples=[[]])


class Finding(Shape):
    """What was found of one criterion."""

    id: str = Field(examples=["I3"])
    label: str = Field(examples=["HbA1c"])
    polarity: str = Field(examples=["include"])
    stage: str = Field(examples=["pre-screen"])
    priority: int | None = Field(examples=[None])
    route: str | None = Field(examples=[None])
    cohorts: list[str] = Field(examples=[[]])
    source: list[str] = Field(examples=[["3. Most recent HbA1c between 7.0 and 10.5 %."]])
    outcome: Literal["met", "not met", "unknown", "not applicable"] = Field(examples=["met"])
    reason: str = Field(examples=["MET_EVIDENCE"])
    reasons: list[str] = Field(examples=[["MET_EVIDENCE"]])
    meaning: str = Field(examples=["met, with evidence"])
    settled_by: list[str] = Field(examples=[[]])
    statements: list[Statement]


class Wanted(Shape):
    """The answer that a question wants."""

    type: Literal["yes-no", "number", "date", "choice", "record"] = Field(examples=["yes-no"])
    unit: str | None = Field(None, examples=["kg"])
    options: list[str] | None = Field(None, examples=[["left", "right"]])


class Question(Shape):
    """What to find out next, of whom, and which criteria it settles."""

    key: str | None = Field(examples=["q-b80933108dcd1190"])
    text: str = Field(examples=["Can you come to the clinic every four weeks?"])
    ask: str = Field(examples=["patient"])
    answer: Wanted
    settles: list[str] = Field(examples=[["Q1"]])


class GivenAnswer(Shape):
    """An answer that counted, with who and when."""

    question: str = Field(examples=["q-b80933108dcd1190"])
    text: str = Field(examples=["Can you come to the clinic every four weeks?"])
    value: Any = Field(examples=[True])
    answered_by: str = Field(examples=["patient, by telephone"])
    answered_at: Moment
    recorded_by: str = Field(examples=["developer"])
    recorded_at: Moment


class ProtocolResult(Shape):
    """What one protocol made of the record and the answers."""

    protocol: str = Field(examples=["DEMO-CALL"])
    version: str = Field(examples=["1.0"])
    version_key: Key
    run: Key
    task: Key | None = Field(description="The review that was opened, if one was.", examples=[None])
    verdict: Verdict | None = Field(examples=["needs-clinician-review"])
    marked: bool = Field(description="Records were lost whose patient is not known.", examples=[False])
    questions: list[Question]
    answers: list[GivenAnswer]
    cohorts: dict[str, Verdict] = Field(examples=[{}])
    deceased: Truth = Field(examples=["false"])
    criteria: list[Finding]


class Entries(Shape):
    """The posted bundle's entries, each counted once."""

    accepted: int = Field(ge=0, examples=[29])
    ignored: int = Field(ge=0, examples=[14])
    rejected: int = Field(ge=0, examples=[0])


class Reject(Shape):
    """An entry that could not be read."""

    code: str = Field(examples=["TYPE_MISMATCH"])
    message: str = Field(examples=["expected a string"])
    entry: int | None = Field(examples=[3])
    path: str | None = Field(examples=["birthDate"])


class Absent(Shape):
    """A type of records that the FHIR server did not give, or not whole: unknown, not absent."""

    code: str = Field(examples=["REFUSED"])
    place: str = Field(examples=["AllergyIntolerance"])
    message: str = Field(examples=["the server answered with status 403"])


class RecordTold(Shape):
    """What became of the posted record."""

    sha256: Hash = Field(examples=["cd" * 32])
    bytes: int = Field(ge=0, examples=[48210])
    entries: Entries
    rejects: list[Reject] = Field(examples=[[]])
    absent: list[Absent] = Field(default=[], examples=[[]])


class Screening(Shape):
    """A patient, judged: by pseudonym, against each protocol."""

    screening: Key
    patient: Key
    as_of: str = Field(examples=["2026-06-01"])
    zone: str = Field(examples=["UTC"])
    record: RecordTold
    results: list[ProtocolResult]
