"""What is asked of a judge and what it answers, in the form in which both pass between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from api.loading import Given

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class VersionText:
    """A version of a protocol, by what a judge needs of it."""

    key: str
    protocol_id: str
    text: str
    lock: str


@dataclass(frozen=True, slots=True)
class Asking:
    """One protocol that a record is asked about. `forms` hold answers, each a FHIR resource as JSON.

    `reviewed_whole`: reviewers may decide all criteria, so that all have what is shown beside them.
    """

    version: VersionText
    given: Given
    forms: tuple[bytes, ...] = ()
    reviewed_whole: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A posted bundle and what is asked of it.

    `complete`: it holds every kind of data its source has; else the kinds delivered are those
    that `delivered` names or, where it is None, those found in the bundle without the forms.
    """

    data: bytes = field(repr=False)
    as_of: date
    zone: str
    complete: bool
    askings: tuple[Asking, ...]
    delivered: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one protocol found. `content` is as `api.explaining` tells it, `questions` as `api.asking`.

    `to_review` has the open criteria with their reasons; None where no clinician is needed.
    """

    content: Told
    questions: list[Told]
    marked: bool
    facts_sha256: str
    to_review: Mapping[str, str] | None
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Judged:
    """The patient by the sender's id, the birth date ("" where not told), entries' account, results."""

    patient: str
    born: str
    entries: Told
    rejects: list[Told]
    results: tuple[Result, ...]
