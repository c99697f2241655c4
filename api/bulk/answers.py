"""What a Bulk Data server answers: how long to wait, what went wrong, where the files are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from api.errors import UserError

_TYPE = re.compile(r"[A-Za-z]{1,64}")
_LONGEST = 300


class FileOf(msgspec.Struct, frozen=True):
    """One file of a manifest."""

    type: str
    url: str
    count: int | None = None


class _Link(msgspec.Struct, frozen=True):
    relation: str
    url: str


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """What a finished export consists of. `requires_access_token`: files ask for the token, too."""

    transaction_time: str
    requires_access_token: bool
    output: tuple[FileOf, ...]
    error: tuple[FileOf, ...] = ()
    deleted: tuple[FileOf, ...] = ()
    link: tuple[_Link, ...] = ()

    def next(self) -> str | None:
        """Where the manifest goes on, if it comes in parts."""
        return next((one.url for one in self.link if one.relation == "next"), None)


def read_manifest(body: bytes) -> Manifest:
    """Raises UserError for what is no manifest."""
    try:
        manifest = msgspec.json.decode(body, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise UserError(
            "BULK_MANIFEST", "manifest", "the server's answer is no manifest of an export"
        ) from None
    for one in (*manifest.output, *manifest.error, *manifest.deleted):
        if not _TYPE.fullmatch(one.type) or (one.count is not None and one.count < 0):
            raise UserError("BULK_MANIFEST", "manifest", "the manifest has an entry without a type or count")
    return manifest


class _Text(msgspec.Struct):
    text: str = ""


class _Issue(msgspec.Struct):
    code: str = ""
    diagnostics: str = ""
    details: _Text = msgspec.field(default_factory=_Text)


class _Outcome(msgspec.Struct):
    issue: list[_Issue] = msgspec.field(default_factory=list)


_TRANSIENT = {"transient", "lock-error", "no-store", "timeout", "throttled", "incomplete"}


def outcome_of(body: bytes) -> tuple[str, bool]:
    """What an OperationOutcome says in words, and whether it calls the fault a passing one."""
    try:
        issues = msgspec.json.decode(body, type=_Outcome).issue
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "", False
    said = "; ".join(dict.fromkeys(one.details.text or one.diagnostics for one in issues))
    return shown(said), any(one.code in _TRANSIENT for one in issues)


def shown(text: str) -> str:
    """A server's words, fit for a terminal: one line, of limited length, without control characters."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def waits(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds of `Retry-After` (a number, or a date of HTTP); None where there is none that can be read."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - (now or datetime.now(UTC))).total_seconds())
