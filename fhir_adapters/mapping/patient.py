"""Patient → one DEMOGRAPHIC row, and who is the same person as whom."""

from __future__ import annotations

from functools import partial

import msgspec
import numpy as np
from msgspec import Struct

from eligibility.codesystems import SNOMED_CT
from eligibility.facts import Array, Kind
from eligibility.field_words import field_words
from eligibility.instants import BEGINNING, END_OF_TIME
from fhir_adapters.batch import Batch
from fhir_adapters.emission import Emission, Merge, Rows
from fhir_adapters.extensions import Extension, decode_extensions
from fhir_adapters.mapping.common import modified
from fhir_adapters.references import Reference
from fhir_adapters.vocabulary import CodeableConcept, Vocabulary

_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
# extension url -> column of concepts
_CONCEPTS = {
    f"{_CORE}us-core-race": "race",
    f"{_CORE}us-core-ethnicity": "ethnicity",
    f"{_CORE}us-core-sex": "recorded_sex",
    f"{_CORE}us-core-genderIdentity": "gender_identity",
    "http://hl7.org/fhir/StructureDefinition/patient-genderIdentity": "gender_identity",
    "http://hl7.org/fhir/StructureDefinition/individual-genderIdentity": "gender_identity",
}
_BIRTH_SEX = f"{_CORE}us-core-birthsex"
_GENDERS = field_words(Kind.DEMOGRAPHIC)["sex"]
_SAME_PERSON = ("replaced-by", "replaces", "refer")


class Address(Struct, gc=False):
    use: str = ""
    state: str = ""
    country: str = ""
    postalCode: str = ""  # noqa: N815


class Communication(Struct, gc=False):
    language: CodeableConcept | None = None
    preferred: bool = False


class Link(Struct, gc=False):
    other: Reference | None = None
    type: str = ""


_addresses = msgspec.json.Decoder(list[Address]).decode
_communications = msgspec.json.Decoder(list[Communication]).decode
_links = msgspec.json.Decoder(list[Link]).decode


def patient(batch: Batch) -> Emission:
    """Rows of a batch of Patients. Their times are the widest; dates of birth and death are columns."""
    count = len(batch)
    birth_lo, birth_hi = batch.dates_of("birthDate")
    died = batch.plain("deceasedDateTime")
    death_lo, death_hi = batch.dated(died, "deceasedDateTime")
    told = batch.told(died)
    dead = np.array(batch.plain("deceasedBoolean"), dtype=np.bool_) | told
    standing = modified(batch)
    beginning = np.full(count, BEGINNING, dtype=np.int64)
    end = np.full(count, END_OF_TIME, dtype=np.int64)
    columns: dict[str, Array] = {
        "concept": np.zeros(count, dtype=np.int32),
        "start_lo": beginning,
        "start_hi": beginning,
        "end_lo": end,
        "end_hi": end,
        "birth_lo": birth_lo,
        "birth_hi": birth_hi,
        # Dead without a date: somewhere between birth and the end of time.
        "death_lo": np.where(told, death_lo, np.where(dead, birth_lo, END_OF_TIME)),
        "death_hi": np.where(told, death_hi, END_OF_TIME),
        "deceased": dead.astype(np.uint8),
        "sex": _sex(batch),
    }
    if standing is not None:
        columns["standing"] = standing
    _extensions(batch, columns)
    _addresses_of(batch, columns)
    _language(batch, columns)
    doubted = [] if standing is None else np.flatnonzero(standing).tolist()
    return Emission([Rows(Kind.DEMOGRAPHIC, columns)], merges=_merges(batch), doubted=doubted)


def _sex(batch: Batch) -> Array:
    """The word of `gender`; one of FHIR's in another case or between spaces ("Female") is that word."""

    def read(text: str) -> int:
        plain = text.strip().lower()
        return batch.vocabulary.words[plain if plain in _GENDERS else text]

    return batch.coded(batch.plain("gender"), read)[0].astype(np.int16)


def _extensions(batch: Batch, columns: dict[str, Array]) -> None:
    read = partial(_told_by_extensions, batch.vocabulary)
    memo = batch.vocabulary.memo("patient", read)
    if not batch.has("extension"):
        return
    nothing: list[tuple[str, type[np.generic], int]] = []
    spellings, which = batch.read_once("extension", memo.__getitem__, nothing)
    held: dict[str, Array] = {}
    for number, told in enumerate(spellings):
        for name, dtype, value in told:
            if name not in held:
                held[name] = np.zeros(len(spellings), dtype=dtype)
            held[name][number] = value
    columns.update({name: column[which] for name, column in held.items()})


def _told_by_extensions(vocabulary: Vocabulary, raw: bytes) -> list[tuple[str, type[np.generic], int]]:
    """Column, its type and its value for each extension that we know."""
    told: list[tuple[str, type[np.generic], int]] = []
    for extension in decode_extensions(raw):
        if extension.url == _BIRTH_SEX:
            told.append(("birth_sex", np.int16, vocabulary.words[extension.valueCode]))
        column = _CONCEPTS.get(extension.url)
        if column is not None:
            bare = extension.valueCode
            if bare.isdecimal() and column == "recorded_sex":
                # A bare code; the extension takes it from SNOMED CT, save for words such as `unknown`.
                told.append((column, np.int32, vocabulary.coded(SNOMED_CT, bare)))
            else:
                told.append((column, np.int32, _concept(vocabulary, extension)))
    return told


def _concept(vocabulary: Vocabulary, extension: Extension) -> int:
    """The codings an extension holds, its own or those of its parts (race has several)."""
    if extension.valueCode:
        return vocabulary.coded("", extension.valueCode)
    raw = bytes(extension.extension)
    if raw and raw != b"null":
        return vocabulary.memo("extension", partial(_concept_of_parts, vocabulary))[raw]
    coded = vocabulary.codings[bytes(extension.valueCoding)]
    return coded or vocabulary.concepts[bytes(extension.valueCodeableConcept)]


def _concept_of_parts(vocabulary: Vocabulary, raw: bytes) -> int:
    ids = [_concept(vocabulary, part) for part in decode_extensions(raw)]
    return vocabulary.concepts_held.union(ids)


def _addresses_of(batch: Batch, columns: dict[str, Array]) -> None:
    """The home address, else the first that is not an old one."""
    words = batch.vocabulary.words
    found = batch.decoded("address", _addresses)
    if not found:
        return
    for name in ("country", "state"):
        columns[name] = np.zeros(len(batch), dtype=np.int16)
    columns["postal_code"] = np.zeros(len(batch), dtype=np.int32)
    for row, addresses in found:
        current = [address for address in addresses if address.use != "old"]
        chosen = next((a for a in current if a.use == "home"), current[0] if current else None)
        if chosen is not None:
            columns["country"][row] = words[chosen.country]
            columns["state"][row] = words[chosen.state]
            columns["postal_code"][row] = batch.vocabulary.words_held.intern(chosen.postalCode)


def _language(batch: Batch, columns: dict[str, Array]) -> None:
    """The preferred language, else all of them."""
    memo = batch.vocabulary.memo("communication", partial(_languages, batch.vocabulary))
    found = batch.decoded("communication", memo.__getitem__)
    if not found:
        return
    column = columns["language"] = np.zeros(len(batch), dtype=np.int32)
    for row, concept in found:
        column[row] = concept


def _languages(vocabulary: Vocabulary, raw: bytes) -> int:
    languages = _communications(raw)
    preferred = [held for held in languages if held.preferred]
    ids = [vocabulary.intern(held.language) for held in preferred or languages if held.language]
    return vocabulary.concepts_held.union(ids)


def _merges(batch: Batch) -> list[Merge]:
    """`replaced-by` and `refer` point to the record that stays, `replaces` to the one that goes."""
    found: list[Merge] = []
    for row, links in batch.decoded("link", _links):
        for link in links:
            if link.type not in _SAME_PERSON or link.other is None:
                continue
            name = batch.references.name(link.other.reference, "Patient")
            if name.startswith("Patient/"):
                found.append(Merge(row, name.removeprefix("Patient/"), link.type == "replaces"))
    return found
