"""The contents that records of notes carry, as they were sent; and Compositions, whose sections are text."""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from fhir_adapters.notes import attachments, hypertext
from fhir_adapters.notes.binaries import Packed
from fhir_adapters.notes.page import Page
from fhir_adapters.notes.problems import UnreadableError
from fhir_adapters.record import ABSENT

# ruff: noqa: N815  (element names are FHIR's)

_NESTED = 64
_NOTHING = (b"", b"null", b'""')


class Attachment(Struct, gc=False, frozen=True):
    contentType: str = ""
    data: Raw = ABSENT
    url: Raw = ABSENT
    size: int = 0
    hash: Raw = ABSENT
    creation: str = ""

    def text(self) -> str:
        """Its text; raises UnreadableError where there is a reason why it cannot be read."""
        if self._is_empty():
            if bytes(self.url) not in _NOTHING or self.size > 0:
                known = attachments.readable(self.contentType)
                raise UnreadableError("NOTE_ELSEWHERE" if known else "NOTE_TYPE_UNREAD")
            return ""
        return self._text(bytes(self.data), self.contentType)

    @property
    def address(self) -> str:
        """Where its content stands, "" where it came along or nothing says."""
        return _string(bytes(self.url)) if self._is_empty() else ""

    def text_in(self, content: Packed) -> str:
        """Its text, where the content stands in a record of its own."""
        if content.data in _NOTHING:
            known = attachments.readable(content.content_type)
            raise UnreadableError("NOTE_ELSEWHERE" if known else "NOTE_TYPE_UNREAD")
        return self._text(content.data, content.told(self.contentType))

    def _is_empty(self) -> bool:
        return bytes(self.data) in _NOTHING

    def _text(self, data: bytes, content_type: str) -> str:
        return attachments.text_of(data, content_type, self.size, _string(bytes(self.hash)))


class Narrative(Struct, gc=False):
    div: str = ""


class Coding(Struct, gc=False):
    display: str = ""


class Concept(Struct, gc=False):
    text: str = ""
    coding: list[Coding] = []


class Section(Struct, gc=False):
    title: str = ""
    code: Concept | None = None
    text: Narrative | None = None
    section: list[Section] = []


class Sections(Struct, gc=False, frozen=True):
    """All sections of a Composition: one text, in which their titles are headings."""

    raw: Raw
    creation: str = ""

    def text(self) -> str:
        """Their text; raises UnreadableError where there is a reason why it cannot be read."""
        try:
            sections = _sections(self.raw)
        except (msgspec.DecodeError, RecursionError):
            raise UnreadableError("TYPE_MISMATCH") from None
        page = Page()
        for section in sections:
            _write(section, page, 0)
        return page.text()


Content = Attachment | Sections
_sections = msgspec.json.Decoder(list[Section]).decode
_any_string = msgspec.json.Decoder(str).decode


def _string(raw: bytes) -> str:
    """A string element; one that is none is a hash that nothing has, and an address of nothing."""
    if raw in (b"", b"null"):
        return ""
    try:
        return _any_string(raw)
    except msgspec.DecodeError:
        return "?"


def _write(section: Section, page: Page, depth: int) -> None:
    if depth > _NESTED:
        raise UnreadableError("DEPTH_EXCEEDED")
    title = section.title
    if not title and section.code is not None:
        shown = (coding.display for coding in section.code.coding if coding.display)
        title = section.code.text or next(shown, "")
    if title:
        page.heading(title)
    if section.text is not None:
        hypertext.write(section.text.div, page)
    for part in section.section:
        _write(part, page, depth + 1)
