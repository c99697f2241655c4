"""What can go wrong with an input as a whole, and the closed list of codes for what is rejected in it."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    # an input that cannot be read at all
    "NOT_FOUND": "no file or folder of this name",
    "NOT_READABLE": "the file or folder cannot be opened",
    "EMPTY_INPUT": "the input holds nothing",
    "NOT_FHIR": "no FHIR resource was found in it",
    "ZONE_UNKNOWN": "no time zone of this name",
    "NO_ROOM_ASIDE": "no room for texts of notes in the folder of temporary files",
    "GZIP_INVALID": "compressed data that cannot be unpacked",
    "GZIP_TOO_LARGE": "compressed data that grows too large",
    "ZIP_INVALID": "an archive that cannot be unpacked",
    "ZIP_ENCRYPTED": "an archive with a password",
    "ZIP_TOO_LARGE": "an archive that holds too many files or grows too large",
    # a line, entry or document
    "JSON_INVALID": "not well-formed JSON",
    "UTF8_INVALID": "bytes that are not UTF-8",
    "NUL_BYTE": "a zero byte",
    "NUMBER_OUT_OF_RANGE": "a number that no 64-bit float holds",
    "TYPE_MISMATCH": "an element of another JSON type than FHIR gives it",
    "DEPTH_EXCEEDED": "nested deeper than any resource is",
    "LINE_TOO_LONG": "longer than the limit for one line",
    "DATE_INVALID": "not a FHIR date, dateTime or instant, or no day of the calendar",
    "SUBJECT_MISSING": "a patient's record that does not say whose",
    "REFERENCE_UNRESOLVED": "a patient named by an identifier that no Patient of the input has, or several",
    "RESOURCE_TYPE_MISSING": "a JSON object without a resourceType",
    "ZIP_DAMAGED": "a file of an archive that cannot be unpacked to its end; what came before is kept",
    "GZIP_TRUNCATED": "compressed data that ends early; what came before is kept",
    "DUPLICATE_KEY": "one element given twice in one object (a bundle's entry; others in strict reading"
    " only: else the last one counts)",
    "DELETION": "a request to delete a record, not carried out; its patient is marked",
    "PARTIAL_CHANGE": "a request to change a record in part, not carried out; its patient is marked",
    "STRICT_INVALID": "not valid by the FHIR models (strict reading only)",
    # a note whose text cannot be read; its record is read all the same
    "NOTE_BASE64_INVALID": "content that is not base64",
    "NOTE_SIZE_DIFFERS": "content of another size than its sender says",
    "NOTE_HASH_DIFFERS": "content with another hash than its sender says",
    "NOTE_CHARSET_UNKNOWN": "a text in a character set that is not known",
    "NOTE_UNDECODABLE": "a text with bytes that its character set does not have, or with a zero character",
    "NOTE_MARKUP_BROKEN": "HTML, RTF or XML that ends too early or is not well-formed",
    "NOTE_ENTITIES": "XML that declares entities of its own",
    "NOTE_TYPE_UNREAD": "content of a type whose text is not read, such as PDF and pictures",
    "NOTE_ELSEWHERE": "content that was not sent along, only its address or size",
    "NOTE_CONTENT_SEVERAL": "content in a Binary of which the input holds several that differ",
    "NOTE_TOO_SLOW": "a text that took the reader of notes too long",
    "NOTE_READER_FAILED": "a text at which the reader of notes failed",
    # noted, nothing is refused for them
    "WRONG_FILE_TYPE": "a file named after one resource type holds others too; all were read",
    "PATIENT_MISSING": "facts of a patient without a Patient resource; judged all the same",
}


class FhirInputError(Exception):
    """An input that cannot be read at all. `code` is one of CODES, `location` says where."""

    def __init__(self, code: str, message: str, location: str = "") -> None:
        super().__init__(f"{location}: {message} [{code}]" if location else f"{message} [{code}]")
        self.code = code
        self.message = message
        self.location = location

    def __reduce__(self) -> tuple[type[FhirInputError], tuple[str, str, str]]:
        return type(self), (self.code, self.message, self.location)  # as it comes back from another process
