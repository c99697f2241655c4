"""Which allergies that a protocol asks for a denial of all allergies of a sort covers: "NKDA" no food."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from eligibility.facts import Kind
from eligibility.stated import stated_form
from nlp.allergy.denials import Sort
from nlp.lexicon import Lexicon

_ALLERGIC = re.compile(
    r"\b(?:allerg(?:y|ies|ic)(?: reactions?)?(?: status)?|hypersensitivit(?:y|ies))(?: (?:to|from))?\b"
    r"|\([a-z ]*\)"
)
# Who denies allergies says nothing of what somebody bears badly.
_NOT_MEANT = re.compile(r"intoleran|adverse|side effect|\bnk[dmf]?a\b|\bno known\b|\bnone\b")
_DRUG_WORDS = frozenset({"drug", "drugs", "medication", "medications", "medicine", "medicines"})
_DRUGS = frozenset({Kind.MEDICATION, Kind.IMMUNIZATION})


def covers(sort: Sort, forms: AbstractSet[str], lexicon: Lexicon) -> bool:
    """Whether an allergy of these names (all of them, in their one spelling) is one of the sort."""
    if not forms or any(_NOT_MEANT.search(form) for form in forms):
        return False
    if sort is Sort.ALL:
        return True
    if sort is Sort.DRUG:
        return all(_is_drug(form, lexicon) for form in forms)
    return forms <= {sort.value, stated_form(sort.value.replace("allergy", "allergies"))}


def _is_drug(form: str, lexicon: Lexicon) -> bool:
    name = " ".join(_ALLERGIC.sub(" ", form).split())
    return name in _DRUG_WORDS or any(kind in _DRUGS for kind in lexicon.kinds(name))
