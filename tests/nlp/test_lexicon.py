"""The tables of the lexicon are sound: names unequivocal, codes right, members known."""

from __future__ import annotations

import gzip
import json
import re
import tomllib
import warnings
from collections import defaultdict
from pathlib import Path

import pytest

from benchmarks.truth import DataMissingError, data_folder, read_value_sets
from eligibility.codesystems import ICD_10_CM, LOINC, RXNORM, SNOMED_CT
from eligibility.facts import Kind
from nlp.folding import fold
from nlp.lexicon import Lexicon, Name, Term, base
from nlp.lexicon.supplied import supplied_terms
from nlp.lexicon.tables import TABLES, rows
from nlp.mentions import build

ROOT = Path(__file__).resolve().parents[2]
# Codes whose official title shares no word with our names, each looked up and right: what the title says.
REVIEWED = {
    line["code"]: line["title"]
    for line in (
        dict(zip(("code", "title"), row.split("|"), strict=True))
        for row in (Path(__file__).parent / "icd_reviewed.txt").read_text(encoding="utf-8").splitlines()
    )
}


def test_size() -> None:
    assert len(base().terms) >= 3500
    assert len(base().names) >= 5000


def test_every_table_names_its_source() -> None:
    for file in (*TABLES, "abbreviations.csv", "combinations.csv", "not_meant.csv"):
        room = "eligibility" if file == "drugs.csv" else "nlp/lexicon"
        assert (ROOT / room / file).read_text(encoding="utf-8").startswith("# ")


def test_a_name_means_one_thing_of_a_kind() -> None:
    lexicon = base()
    combined = {fold(row["label"]).text for row in rows("combinations.csv")}
    short = {fold(row["short"]).text for row in rows("abbreviations.csv")}
    meant = defaultdict(set)
    for name in lexicon.names:
        meant[fold(name.text).text, lexicon.terms[name.term].kind].add(lexicon.terms[name.term].label)
    assert {k: v for k, v in meant.items() if len(v) > 1 and k[0] not in combined | short} == {}


def test_short_forms_of_several_meanings_are_ambiguous() -> None:
    meant = defaultdict(list)
    for row in rows("abbreviations.csv"):
        meant[row["short"]].append(row)
    assert not [
        short for short, found in meant.items() if len(found) > 1 and not all(r["also_meant"] for r in found)
    ]


@pytest.mark.parametrize("short", ["MS", "RA", "PE", "CP", "MI", "AS", "AF", "OD", "PT", "RT"])
def test_short_forms_that_only_raise_questions(short: str) -> None:
    assert all(row["also_meant"] for row in rows("abbreviations.csv") if row["short"] == short)


def test_members_are_ingredients() -> None:
    lexicon = base()
    for term in lexicon.terms:
        for member in term.members:
            kinds = {lexicon.terms[p].kind for p in lexicon.positions(member)}
            assert Kind.MEDICATION in kinds, (term.label, member)


def test_icd_10_cm_codes_exist_and_say_what_the_name_says() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import simple_icd_10_cm as library
    lexicon = base()
    names = defaultdict(list)
    for name in lexicon.names:
        names[name.term].append(name.text)
    for position, term in enumerate(lexicon.terms):
        for system, code in term.codings:
            if system != ICD_10_CM:
                continue
            assert library.is_valid_item(code), (term.label, code)
            title = library.get_description(code)
            if not _stems(title) & _stems(" ".join(names[position])):
                assert REVIEWED.get(code) == title, (term.label, code, title)


def _stems(words: str) -> set[str]:
    return {word[:6] for word in re.findall(r"[a-z]{4,}", words.lower())}


@pytest.mark.thirdparty
def test_names_and_codes_of_records_agree() -> None:
    """LOINC and RxNorm codes are those that records or value sets of the tests carry."""
    try:
        folder = data_folder()
    except DataMissingError as error:
        pytest.fail(str(error))
    carried = {code for value_set in read_value_sets(folder).values() for _, code in value_set.codes}
    content = tomllib.loads((ROOT / "fixtures/synthetic_fhir/codes.toml").read_text(encoding="utf-8"))
    text = json.dumps(content)
    for file in (ROOT / "tests/published_criteria/criteria").glob("*.elig"):
        text += file.read_text(encoding="utf-8")
    text += " ".join(f.read_text(encoding="utf-8") for f in (ROOT / "tests/api").glob("test_doses.py"))
    carried |= set(re.findall(r"\d[\d-]*\d", text))
    for file in sorted((folder / "synthea").rglob("*.json*"))[:60]:
        carried |= _codes_in(file)
    lacking = [
        (term.label, code)
        for term in base().terms
        for system, code in term.codings
        if system in (LOINC, RXNORM) and code not in carried
    ]
    assert not lacking


def _codes_in(file: Path) -> set[str]:
    data = file.read_bytes()
    text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8")
    return set(re.findall(r'"code":\s*"([\d-]+)"', text))


def test_supplied_terms_join_the_known_ones() -> None:
    lexicon = base().with_terms(
        supplied_terms(
            [
                (RXNORM, "6809", "metformin"),
                (RXNORM, "861007", "metformin hydrochloride 500 MG Oral Tablet"),
                (RXNORM, "153165", "Lipitor"),
                (SNOMED_CT, "38341003", "Hypertensive disorder, systemic arterial (disorder)"),
                (SNOMED_CT, "38341003", "Hypertension"),
                (SNOMED_CT, "703136005", "Diabetic foot gangrene of Testville (disorder)"),
                (SNOMED_CT, "123037004", "Body structure (body structure)"),
            ]
        )
    )
    (metformin,) = lexicon.positions("metformin")
    assert (RXNORM, "6809") in lexicon.terms[metformin].codings
    (hypertension,) = lexicon.positions("hypertension")
    assert set(lexicon.terms[hypertension].codings) == {(ICD_10_CM, "I10"), (SNOMED_CT, "38341003")}
    (added,) = lexicon.positions("Diabetic foot gangrene of Testville")
    assert lexicon.terms[added].kind is Kind.CONDITION
    assert len(lexicon.terms) == len(base().terms) + 1
    text = "HTN, Lipitor; hypertensive disorder, systemic arterial"
    found = [
        (text[m.start : m.end], lexicon.terms[m.term].label)
        for m in build(lexicon, spelling=False).find(text)
    ]
    assert found[:2] == [("HTN", "hypertension"), ("Lipitor", "atorvastatin")]


def test_stated_phrases_stand_beside_longer_names() -> None:
    phrase = (Term("kidney", Kind.MENTION), ["lives alone"])
    lexicon = base().with_terms([phrase])
    text = "acute kidney injury, lives alone"
    found = [(text[m.start : m.end], lexicon.terms[m.term].kind) for m in build(lexicon).find(text)]
    assert found == [
        ("acute kidney injury", Kind.CONDITION),
        ("kidney", Kind.MENTION),
        ("lives alone", Kind.MENTION),
    ]


@pytest.mark.slow
def test_titles_of_icd_10_cm_are_names() -> None:
    from nlp.lexicon.icd import icd_10_cm_terms

    lexicon = base().with_terms(icd_10_cm_terms())
    assert len(lexicon.terms) > len(base().terms) + 4000
    text = "History of claustrophobia."
    (mention,) = build(lexicon).find(text)
    assert lexicon.terms[mention.term].codings == ((ICD_10_CM, "F40.240"),)


def test_version_changes_with_any_name() -> None:
    lexicon = Lexicon((Term("a", Kind.CONDITION),), (Name("a", 0),))
    assert lexicon.version != Lexicon(lexicon.terms, (Name("a", 0, ambiguous=True),)).version
