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


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Health(_Told):
    """The process answers."""

    status: Literal["ok"] = Field(examples=["ok"])


class Ready(_Told):
    """Store and judges answer, too."""

    status: Literal["ok"] = Field(examples=["ok"])
    active_protocols: int = Field(ge=0, examples=[1])


class Problem(_Told):
    """What is wrong, or doubtful, in a protocol's text, and where."""

    code: str = Field(examples=["E104"])
    severity: Literal["error", "warning"] = Field(examples=["error"])
    line: int = Field(examples=[1])
    column: int = Field(examples=[10])
    message: str = Field(examples=["this block stops too early"])
    suggestion: str = Field(examples=["expected `version`"])


class ShownProblem(Problem):
    """With the line itself and a mark below it."""

    shown: str = Field(examples=["E104 protocol.elig:1:10: this block stops too early\n  | protocol X\n"])


class Amendment(_Told):
    """A change of a protocol."""

    number: str | int = Field(examples=[1])
    date: str = Field(examples=["2026-03-01"])
    what: str = Field(examples=["HbA1c up to 10.5 %"])


class Change(_Told):
    """What an amendment changed of a criterion."""

    amendment: str | int = Field(examples=[1])
    what: str = Field(examples=["limit raised"])


class CriterionText(_Told):
    """A criterion as the text has it."""

    id: str = Field(examples=["I1"])
    label: str = Field(examples=["Age"])
    polarity: str = Field(examples=["include"])
    stage: str = Field(examples=["pre-screen"])
    responder: str = Field(examples=["record"])
    priority: int | None = Field(examples=[None])
    route: str | None = Field(examples=[None])
    changes: list[Change] = Field(examples=[[]])
    line: int = Field(examples=[7])


class ProtocolText(_Told):
    """What a protocol's text contains."""

    id: str = Field(examples=["DEMO-CALL"])
    version: str = Field(examples=["1.0"])
    title: str = Field(examples=["Add-on treatment in type 2 diabetes, on the telephone"])
    parameters: list[str] = Field(examples=[[]])
    value_sets: list[str] = Field(examples=[[]])
    amendments: list[Amendment] = Field(examples=[[]])
    policies: str = Field(examples=['DEMO-CALL version 1.0\n\ninclude I1 "Age"\n …'])
    criteria: list[CriterionText]


class Checked(_Told):
    """What came of checking a text."""

    ok: bool = Field(examples=[True])
    problems: list[ShownProblem] = Field(examples=[[]])
    protocol: ProtocolText | None


class Version(_Told):
    """A version without its text."""

    key: Key
    version: str = Field(examples=["1.0"])
    text_sha256: Hash = Field(examples=["ab" * 32])
    added_by: str = Field(examples=["developer"])
    added_at: Moment
    active: bool = Field(examples=[True])


class NamedVersion(Version):
    """A version of a protocol."""

    protocol: str = Field(examples=["DEMO-CALL"])


class KeptVersion(NamedVersion):
    """A version that was kept, and what is doubtful in it."""

    warnings: list[Problem] = Field(examples=[[]])


class ProtocolVersions(_Told):
    """A protocol and its versions in the order they were added."""

    protocol: str = Field(examples=["DEMO-CALL"])
    title: str = Field(examples=["Add-on treatment in type 2 diabetes, on the telephone"])
    versions: list[Version]


class ProtocolList(_Told):
    """A page of protocols; `next` is what to give as `after` for the next one, null where there is none."""

    protocols: list[ProtocolVersions]
    next: str | None = Field(examples=[None])


class VersionName(_Told):
    """A version by what its text calls it."""

    id: str = Field(examples=["DEMO-CALL"])
    version: str = Field(examples=["1.0"])


class ChangedCriterion(_Told):
    """A criterion that differs, with its statement in plain words, a line each."""

    id: str = Field(examples=["I1"])
    label: str = Field(examples=["Age"])
    change: Literal["added", "removed", "meaning", "wording", "handling"] = Field(
        description="`wording` and `handling` change nobody's outcome.", examples=["meaning"]
    )
    before: list[str] = Field(examples=[["age at index is 18 to 75 years"]])
    after: list[str] = Field(examples=[["age at index is 18 to 80 years"]])
    amended: list[str] = Field(examples=[["amendment 1: limit raised"]])


class VersionChanges(_Told):
    """What differs between two versions of a protocol; criteria that do not are left out."""

    old: VersionName
    new: VersionName = Field(examples=[{"id": "DEMO-CALL", "version": "1.1"}])
    amendments: list[Amendment] = Field(description="Those that the older text does not have.")
    criteria: list[ChangedCriterion]
    value_sets: list[str] = Field(
        description="Value sets of both whose codes differ: what uses them means something else.",
        examples=[[]],
    )


class Evidence(_Told):
    """A fact that decides, and where in the record it stands."""

    kind: str = Field(examples=["observation"])
    what: str = Field(examples=["Hemoglobin A1c (4548-4)"])
    when: str = Field(examples=["2026-04-20"])
    value: str = Field(examples=["8.1 %"])
    status: str = Field(examples=["final"])
    standing: str = Field(examples=["counts"])
    resource: str = Field(examples=["Observation/o-17"])
    path: str = Field(examples=["Observation.valueQuantity"])
    said: str | None = Field(None, description="How a note means it.", examples=["absent"])
    quote: str | None = Field(None, description="The note's very words.", examples=["denies chest pain"])
    span: tuple[int, int] | None = Field(
        None, description="Where they stand in the note.", examples=[[10, 27]]
    )


class Statement(_Told):
    """A statement of a criterion with its truth; a leaf has evidence, others have parts."""

    text: str = Field(examples=["most recent HbA1c within 90 days before index is 7.0 to 10.5 %"])
    truth: Truth = Field(examples=["true"])
    causes: list[str] | None = Field(None, examples=[[]])
    evidence: list[Evidence] | None = None
    parts: list[Statement] | None = Field(None, examples=[[]])


class Finding(_Told):
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


class Wanted(_Told):
    """The answer that a question wants."""

    type: Literal["yes-no", "number", "date", "choice", "record"] = Field(examples=["yes-no"])
    unit: str | None = Field(None, examples=["kg"])
    options: list[str] | None = Field(None, examples=[["left", "right"]])


class Question(_Told):
    """What to find out next, of whom, and which criteria it settles."""

    key: str | None = Field(examples=["q-b80933108dcd1190"])
    text: str = Field(examples=["Can you come to the clinic every four weeks?"])
    ask: str = Field(examples=["patient"])
    answer: Wanted
    settles: list[str] = Field(examples=[["Q1"]])


class GivenAnswer(_Told):
    """An answer that counted, with who and when."""

    question: str = Field(examples=["q-b80933108dcd1190"])
    text: str = Field(examples=["Can you come to the clinic every four weeks?"])
    value: Any = Field(examples=[True])
    answered_by: str = Field(examples=["patient, by telephone"])
    answered_at: Moment
    recorded_by: str = Field(examples=["developer"])
    recorded_at: Moment


class ProtocolResult(_Told):
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


class Entries(_Told):
    """The posted bundle's entries, each counted once."""

    accepted: int = Field(ge=0, examples=[29])
    ignored: int = Field(ge=0, examples=[14])
    rejected: int = Field(ge=0, examples=[0])


class Reject(_Told):
    """An entry that could not be read."""

    code: str = Field(examples=["TYPE_MISMATCH"])
    message: str = Field(examples=["expected a string"])
    entry: int | None = Field(examples=[3])
    path: str | None = Field(examples=["birthDate"])


class Absent(_Told):
    """A type of records that the FHIR server did not give, or not whole: unknown, not absent."""

    code: str = Field(examples=["REFUSED"])
    place: str = Field(examples=["AllergyIntolerance"])
    message: str = Field(examples=["the server answered with status 403"])


class RecordTold(_Told):
    """What became of the posted record."""

    sha256: Hash = Field(examples=["cd" * 32])
    bytes: int = Field(ge=0, examples=[48210])
    entries: Entries
    rejects: list[Reject] = Field(examples=[[]])
    absent: list[Absent] = Field(default=[], examples=[[]])


class Screening(_Told):
    """A patient, judged: by pseudonym, against each protocol."""

    screening: Key
    patient: Key
    as_of: str = Field(examples=["2026-06-01"])
    zone: str = Field(examples=["UTC"])
    record: RecordTold
    results: list[ProtocolResult]
