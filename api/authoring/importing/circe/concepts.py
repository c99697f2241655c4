"""Concept sets: their codes where the JSON holds them and they can be written, else a set to supply.

OMOP's own concept ids mean nothing outside of its vocabulary tables, so a set without writable codes is named
`urn:omop:concept-set:N`, and its expansion has to be supplied under that address.
"""

from __future__ import annotations

from api.authoring.importing.codings import source_of, sources
from api.authoring.importing.documents import Part
from api.authoring.importing.draft import Draft, NoEqualError, Outcome
from eligibility import codesystems
from eligibility.units import resolve

_VOCABULARIES = {
    "SNOMED": codesystems.SNOMED_CT,
    "ICD10CM": codesystems.ICD_10_CM,
    "ICD10": codesystems.ICD_10,
    "ICD9CM": codesystems.ICD_9_CM,
    "LOINC": codesystems.LOINC,
    "RxNorm": codesystems.RXNORM,
    "ATC": codesystems.ATC,
    "NDC": codesystems.NDC,
    "CPT4": codesystems.CPT,
    "HCPCS": codesystems.HCPCS,
    "CVX": codesystems.CVX,
}
_SEX = {8507: "male", 8532: "female"}
_Written = tuple[str, str]


class ConceptSets:
    """The concept sets of one definition, as terms of a draft."""

    def __init__(self, draft: Draft, listed: Part) -> None:
        self._draft = draft
        self._supplied: set[str] = set()
        self._sets = {one.get("id").whole(): one for one in listed.each()}

    def name(self, codeset: Part) -> str:
        """The words of a set."""
        return self._of(codeset).get("name").text() or f"concept set {codeset.text()}"

    def term(self, kind: str, codeset: Part, head: str = "") -> str:
        """The term of a kind for a concept set; remarked where the author has to supply its codes."""
        found = self._of(codeset)
        words = self.name(codeset)
        try:
            included, excluded = self._codes(found)
        except NoEqualError as why:
            url = f"urn:omop:concept-set:{codeset.whole()}"
            reason = f"Supply its expansion as a value set of this address. {why}"
            if found.path not in self._supplied:
                self._supplied.add(found.path)
                self._draft.remark(found.place, Outcome.SUPPLY, f"{url} ({words})", reason)
            return self._draft.term(kind, words, f'value-set "{url}"', head)
        source = sources(included)
        if excluded:
            left_out = self._draft.term("codes", f"{words} left out", sources(excluded))
            source += f" except {left_out}"
        return self._draft.term(kind, words, source, head)

    def _of(self, codeset: Part) -> Part:
        number = codeset.whole()
        if number not in self._sets:
            raise codeset.fault(f"no concept set has the id {number}")
        return self._sets[number]

    def _codes(self, found: Part) -> tuple[list[_Written], list[_Written]]:
        """Codes of a set, and those it leaves out. Raises NoEqualError where one cannot be written."""
        included: list[_Written] = []
        excluded: list[_Written] = []
        for item in found.get("expression").get("items").each():
            if item.get("includeMapped").yes():
                raise NoEqualError("It includes mapped concepts, which only the vocabulary tables know.")
            written = code_of(item.get("concept"), item.get("includeDescendants").yes())
            (excluded if item.get("isExcluded").yes() else included).append(written)
        if not included:
            raise NoEqualError("It holds no concepts.")
        return included, excluded


def code_of(concept: Part, below: bool) -> _Written:
    """A concept's code as a term writes it. Raises NoEqualError where it cannot be."""
    code, vocabulary = concept.get("CONCEPT_CODE").text(), concept.get("VOCABULARY_ID").text()
    identity = concept.get("CONCEPT_ID").text()
    system = _VOCABULARIES.get(vocabulary)
    if not code or system is None:
        raise NoEqualError(f"Concept {identity} has no code of a code system that is known here.")
    found = source_of(system, code, below)
    if found is None:
        what = "and all below it " if below else ""
        raise NoEqualError(f"{vocabulary} {code} {what}cannot be written as a code.")
    return found


def answers(draft: Draft, concepts: Part) -> str:
    """The name of codes for a list of concepts. Raises NoEqualError where one has no code."""
    written = [code_of(one, below=False) for one in concepts.each()]
    words = " or ".join(one.get("CONCEPT_NAME").text() for one in concepts.each())
    return draft.term("codes", words or "answer", sources(written))


def unit_of(concepts: Part) -> str:
    """The one UCUM unit of a list of concepts. Raises NoEqualError where there is none."""
    codes = {
        one.get("CONCEPT_CODE").text() for one in concepts.each() if one.get("VOCABULARY_ID").text() == "UCUM"
    }
    if len(codes) != 1 or len(concepts.each()) != 1:
        raise NoEqualError("A number needs one unit, with its UCUM code.")
    code = codes.pop()
    if resolve(code) is None:
        raise NoEqualError(f"`{code}` is not a unit that is known here.")
    return code


def sexes(concepts: Part) -> set[str]:
    """The sexes that a list of gender concepts names. Raises NoEqualError for any other."""
    found = set()
    for one in concepts.each():
        number = one.get("CONCEPT_ID").whole()
        if number not in _SEX:
            raise NoEqualError("Only male and female are read.")
        found.add(_SEX[number])
    return found
