"""What the service answers about protocols, as OpenAPI shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.service.told import Hash, Key, Moment, Shape


class Problem(Shape):
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


class Amendment(Shape):
    """A change of a protocol."""

    number: str | int = Field(examples=[1])
    date: str = Field(examples=["2026-03-01"])
    what: str = Field(examples=["HbA1c up to 10.5 %"])


class Change(Shape):
    """What an amendment changed of a criterion."""

    amendment: str | int = Field(examples=[1])
    what: str = Field(examples=["limit raised"])


class CriterionText(Shape):
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


class ProtocolText(Shape):
    """What a protocol's text contains."""

    id: str = Field(examples=["DEMO-CALL"])
    version: str = Field(examples=["1.0"])
    title: str = Field(examples=["Add-on treatment in type 2 diabetes, on the telephone"])
    parameters: list[str] = Field(examples=[[]])
    value_sets: list[str] = Field(examples=[[]])
    amendments: list[Amendment] = Field(examples=[[]])
    policies: str = Field(examples=['DEMO-CALL version 1.0\n\ninclude I1 "Age"\n …'])
    criteria: list[CriterionText]


class Checked(Shape):
    """What came of checking a text."""

    ok: bool = Field(examples=[True])
    problems: list[ShownProblem] = Field(examples=[[]])
    protocol: ProtocolText | None


class Version(Shape):
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


class ProtocolVersions(Shape):
    """A protocol and its versions in the order they were added."""

    protocol: str = Field(examples=["DEMO-CALL"])
    title: str = Field(examples=["Add-on treatment in type 2 diabetes, on the telephone"])
    versions: list[Version]


class ProtocolList(Shape):
    """A page of protocols; `next` is what to give as `after` for the next one, null where there is none."""

    protocols: list[ProtocolVersions]
    next: str | None = Field(examples=[None])


class VersionName(Shape):
    """A version by what its text calls it."""

    id: str = Field(examples=["DEMO-CALL"])
    version: str = Field(examples=["1.0"])


class ChangedCriterion(Shape):
    """A criterion that differs, with its statement in plain words, a line each."""

    id: str = Field(examples=["I1"])
    label: str = Field(examples=["Age"])
    change: Literal["added", "removed", "meaning", "wording", "handling"] = Field(
        description="`wording` and `handling` change nobody's outcome.", examples=["meaning"]
    )
    before: list[str] = Field(examples=[["age at index is 18 to 75 years"]])
    after: list[str] = Field(examples=[["age at index is 18 to 80 years"]])
    amended: list[str] = Field(examples=[["amendment 1: limit raised"]])


class VersionChanges(Shape):
    """What differs between two versions of a protocol; criteria that do not are left out."""

    old: VersionName
    new: VersionName = Field(examples=[{"id": "DEMO-CALL", "version": "1.1"}])
    amendments: list[Amendment] = Field(description="Those that the older text does not have.")
    criteria: list[ChangedCriterion]
    value_sets: list[str] = Field(
        description="Value sets of both whose codes differ: what uses them means something else.",
        examples=[[]],
    )
