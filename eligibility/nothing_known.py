"""Records that say that there is none, or that nobody knows: "no known medications", "NKDA", "not asked".

Codes are those of the table beside this (`nothing_known.csv`: SNOMED CT, LOINC, CVX and the International
Patient Summary's system of absent and unknown data), those of `no_known_allergies`, and all of the two
systems that say why a value is missing. `none` and `unknown` speak of the record itself; `unanswered` of what
was asked, as the code of an answer. Words are read as a whole, in English only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from importlib.resources import files

from eligibility.codesystems import (
    ATC,
    CPT,
    CVX,
    HCPCS,
    ICD_9_CM,
    ICD_10,
    ICD_10_CM,
    LOINC,
    NDC,
    RXNORM,
    SNOMED_CT,
)
from eligibility.concepts import Coding, Label
from eligibility.facts import Kind
from eligibility.no_known_allergies import codes_of_none


class Telling(Enum):
    """What a record of a code and words tells of."""

    THING = 0  # of what it is a record of
    NOTHING = 1  # that there is none: never the thing itself
    UNSURE = 2  # that nobody knows, or it is denied in words alone: perhaps of a thing
    MIXED = 3  # of a thing by one code, and that there is none by words or another code


# Kinds whose records may say it. Of others it would be something else: a visit of an unknown type is a visit.
_SPOKEN = frozenset(
    {
        Kind.ALLERGY,
        Kind.CONDITION,
        Kind.MEDICATION,
        Kind.PROCEDURE,
        Kind.IMMUNIZATION,
        Kind.DEVICE,
        Kind.FAMILY_HISTORY,
    }
)
# Systems whose codes mean a thing of their own, whatever words are beside them.
_STANDARD = frozenset({ATC, CPT, CVX, HCPCS, ICD_9_CM, ICD_10, ICD_10_CM, LOINC, NDC, RXNORM, SNOMED_CT})
# Systems whose codes stand where another code should, and say why it is missing; the words may still name it.
_WHY_MISSING = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/data-absent-reason",
        "http://hl7.org/fhir/data-absent-reason",
        "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
        "http://hl7.org/fhir/v3/NullFlavor",
        "urn:oid:2.16.840.1.113883.5.1008",
    }
)
# Codes of these systems beside which the words, or another code, name the thing.
_SEE_WORDS = frozenset({"OTH", "as-text"})

_SHORT = r"(?:nka|nkda|nkfa|nkma|nkea)"
_ADJECTIVE = (
    r"(?:known|current|currently|active|recorded|reported|documented|significant|relevant|previous|prior|past"
    r"|regular|other|food|medical|surgical|environmental|latex|chronic|health|adverse|home|prescription)"
)
_NOUN = (
    r"(?:allergy|allergies|allergic|allergen|allergens|intolerance|intolerances|sensitivities|reaction|reactions|drug|drugs"
    r"|medication|medications|medicine|medicines|meds|problem|problems|condition|conditions|diagnosis|diagnoses"
    r"|procedure|procedures|surgery|surgeries|operation|operations|device|devices|implant|implants|immunization"
    r"|immunizations|immunisation|immunisations|vaccine|vaccines|vaccination|vaccinations|disability)"
)
_ABOUT = r"(?:status|information|info|history|list)"
_WORD = rf"(?:{_ADJECTIVE}|{_NOUN}|or|and|to|of|in)"
_THINGS = rf"(?:{_WORD} )*{_NOUN}"
_ADDED = rf"(?: (?:known|recorded|reported|documented|identified|on file|at this time|use|in use|{_SHORT}))*"
_NONE = re.compile(
    rf"{_SHORT}"
    rf"|{_SHORT} (?:no|nil) {_THINGS}"
    rf"|(?:no|nil|none|denies|denied|denies any|not aware of any) {_THINGS}{_ADDED}"
    rf"|{_THINGS} (?:none|nil|denied|none known|{_SHORT})"
    rf"|no (?:{_WORD} )*history(?: of {_THINGS})?"
    r"|(?:none|nil)(?: known| recorded| reported| documented| identified)?|denies|denied"
)
_NOT_SAID = (
    r"(?:unknown|not (?:known|asked|assessed|recorded|reported|documented|available|obtained|reviewed|on file"
    r"|performed|done|permitted)|unavailable|unobtainable|unable to (?:assess|obtain)|undetermined|unclear"
    r"|masked|asked but (?:unknown|declined|no answer)|temporarily (?:unknown|unavailable))"
)
_UNSAID = re.compile(
    rf"(?:patient )?{_NOT_SAID}(?: {_THINGS})?(?: {_ABOUT})?"
    rf"|(?:{_WORD} )+(?:{_ABOUT} )*(?:is |are )?{_NOT_SAID}"
    rf"|no ?(?:{_WORD} )*(?:information|info|list)(?: available| on file)?"
    rf"(?: (?:about|on|regarding) {_THINGS})?"
    rf"|no (?:{_WORD} )+(?:{_ABOUT} )?on file|not applicable|n a|don t know|not sure"
    r"|(?:patient |asked but )?(?:declined|refused)(?: to .*)?|(?:prefer|prefers|choose|chooses) not to .*"
)
# Words that deny something, leave it in doubt, or tell it of somebody else.
_DOUBTING = re.compile(
    r"(?:patient |pt |currently )*(?:no|nil|not|none|never|without|denies|denied|negative for) .*"
    r"|(?:rule out|ruled out|r o|possible|possibly|probable|probably|suspected|suspicion of|questionable) .*"
    r"|(?:family history|family hx|fh|fhx) .*"
)
# Words that no code of a thing is called by, so that beside one they contradict it.
_TO_BE_EXCLUDED = re.compile(r"(?:rule out|ruled out|r o) .*")
# Words that leave a question open, as an answer to it.
_UNANSWERED = re.compile(r"unknown .*|.* (?:unknown|not (?:known|asked))")
_A_NOUN = re.compile(rf".*\b(?:{_NOUN}|{_ABOUT}|{_SHORT})\b.*")
# A word of each of these, with which alone they are looked for.
_HINT = re.compile(
    r"\b(?:n\W?a\b|n[eiko]|un|den|without|masked|asked|temp|don\Wt|declin|refus|prefer|choose"
    r"|rule|r\W?o\b|poss|prob|susp|question|fam|fhx?\b)|^\s*\?"
)
_SIGNS = re.compile(r"[\W_]+")
_LONGEST = 200  # signs of a text that are looked at: what says none is short


@cache
def _table() -> Mapping[Coding, str]:
    text = files(__package__).joinpath("nothing_known.csv").read_text(encoding="utf-8")
    told = {(row["system"], row["code"]): row["says"] for row in csv.DictReader(text.splitlines())}
    return told | dict.fromkeys(codes_of_none(), "none")


def tells_of_absence(coding: Coding) -> bool:
    """Whether a code says that there is none or that nobody knows, so that it names nothing of its system."""
    return coding[0] in _WHY_MISSING or _table().get(coding) in ("none", "unknown")


def telling(kind: Kind, label: Label) -> Telling:
    """What a record of this kind, under this code and words, tells of."""
    if kind not in _SPOKEN:
        return Telling.THING
    says = _read(label)
    if says.telling is Telling.UNSURE and says.all_of_it and kind is Kind.ALLERGY:
        return Telling.NOTHING  # silence about allergies is never a no; of other kinds it may be one
    return says.telling


def names_things_only(label: Label) -> bool:
    """Whether records of a concept tell of a thing, whatever their kind."""
    return _read(label).telling is Telling.THING


def names_nothing(label: Label) -> bool:
    """Whether a concept says that nobody knows which it is, by code or in words: it may be any."""
    return _read(label).nobody_knows


def leaves_open(label: Label) -> bool:
    """Whether a concept, as the answer to a question, says that there is none: "unknown", "not asked"."""
    return _read(label).unanswered


@dataclass(frozen=True, slots=True)
class _Saying:
    """What a label says, whatever the kind, and whether all of its codes and words say it."""

    telling: Telling
    all_of_it: bool = False
    nobody_knows: bool = False
    unanswered: bool = False


_A_THING = _Saying(Telling.THING)


@lru_cache(maxsize=1 << 16)
def _read(label: Label) -> _Saying:
    codings, *words = label
    said = {_table()[coding] for coding in codings if coding in _table()}
    missing = bool(codings) and all(
        system in _WHY_MISSING and code not in _SEE_WORDS for system, code in codings
    )
    if missing and not words[0]:
        words = []  # a display without a text is the code's own, which names no thing
    written = {text[:_LONGEST].lower() for text in words} - {""}
    if not said and written and not any(map(_HINT.search, written)):
        return _A_THING
    named = _names(codings)
    if "none" in said:
        return _Saying(Telling.MIXED if named else Telling.NOTHING)
    if "unknown" in said and not named:
        return _Saying(Telling.UNSURE, all_of_it=True, nobody_knows=True, unanswered=True)
    texts = {_SIGNS.sub(" ", text).strip() for text in written} - {""}
    none = {text for text in texts if _NONE.fullmatch(text)}
    open_ = {text for text in texts - none if _UNSAID.fullmatch(text)}
    in_doubt = any(map(_DOUBTING.fullmatch, texts - none - open_)) or any(
        text.lstrip().startswith("?") for text in written
    )
    missing = missing and not texts
    unanswered = bool(said or open_ or missing or any(map(_UNANSWERED.fullmatch, texts)))
    tells = Telling.THING
    if named:
        # A bare "none" or "unknown" beside a code is an empty field that somebody filled.
        if any(map(_A_NOUN.match, none | open_)) or any(map(_TO_BE_EXCLUDED.fullmatch, texts)):
            tells = Telling.MIXED
        elif in_doubt:
            tells = Telling.UNSURE
        return _Saying(tells, unanswered=unanswered)
    if none or open_ or in_doubt or missing:
        tells = Telling.UNSURE
    return _Saying(
        tells,
        all_of_it=bool(none) and none == texts,
        nobody_knows=missing or (bool(open_) and open_ == texts),
        unanswered=unanswered,
    )


def _names(codings: tuple[Coding, ...]) -> bool:
    """Whether a code of a known system names a thing."""
    return any(coding[0] in _STANDARD and not tells_of_absence(coding) for coding in codings)
