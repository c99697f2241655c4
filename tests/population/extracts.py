"""Extracts that are hard to divide by patient, and what is compared of stores and extracts."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from api.fingerprints import facts_hashes
from fhir_adapters import Extract
from fhir_adapters.storing import Store
from fixtures.synthetic_fhir.damage import damage_folder
from fixtures.synthetic_fhir.write import write_bundles, write_ndjson

AS_OF = date(2026, 6, 1)
Resource = dict[str, Any]


def patient(name: str, **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": name, "birthDate": "1970-01-01", "gender": "female", **more}


def condition(name: str, whose: str, code: str = "E11.9", **more: Any) -> Resource:
    return {
        "resourceType": "Condition",
        "id": name,
        "subject": {"reference": f"Patient/{whose}"},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]},
        "onsetDateTime": "2025-01-01",
        "recordedDate": "2025-01-02",
        **more,
    }


def drug(name: str, whose: str, medication: str) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{whose}"},
        "medicationReference": {"reference": f"Medication/{medication}"},
        "authoredOn": "2026-05-01",
    }


def medication(name: str, code: str) -> Resource:
    coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}
    return {"resourceType": "Medication", "id": name, "code": {"coding": [coding]}}


def bundle(*entries: Resource, kind: str = "collection") -> Resource:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": entry} for entry in entries]}


def deletion(*names: str) -> Resource:
    entries = [{"request": {"method": "DELETE", "url": name}} for name in names]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def lines(path: Path, *resources: Resource | bytes) -> None:
    """Write resources, or bytes as they are, one a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in resources]
    data = b"".join(row + b"\n" for row in rows)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def document(path: Path, resource: Resource) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(resource, indent=1))


PEOPLE = [f"p{number}" for number in range(12)]


def _merged(folder: Path) -> None:
    link = [{"type": "replaces", "other": {"reference": "Patient/p3"}}]
    away = [{"type": "replaced-by", "other": {"reference": "Patient/p5"}}]
    people = [patient(name) for name in PEOPLE if name not in ("p1", "p4")]
    lines(folder / "Patient.ndjson", *people, patient("p1", link=link), patient("p4", link=away))
    lines(folder / "Condition.ndjson", *(condition(f"c-{name}", name) for name in PEOPLE))


def _corrected_owner(folder: Path) -> None:
    """The same record of two patients: the later version counts, for its patient alone."""
    lines(folder / "Patient.ndjson", *map(patient, PEOPLE))
    first = [condition(f"c{i}", PEOPLE[i], meta={"versionId": "1"}) for i in range(12)]
    later = [condition(f"c{i}", PEOPLE[-1 - i], meta={"versionId": "2"}) for i in range(5)]
    lines(folder / "Condition.ndjson", *first, *later)


def _identified(folder: Path) -> None:
    """Patients named by an identifier that one has, that two have, and that nobody has."""
    people = [patient(name, identifier=[{"system": "urn:mrn", "value": name.upper()}]) for name in PEOPLE]
    people.append(patient("p0-again", identifier=[{"system": "urn:mrn", "value": "P0"}]))
    named = [
        condition(f"c{i}", "", subject={"reference": f"Patient?identifier=urn:mrn|{name.upper()}"})
        for i, name in enumerate(PEOPLE)
    ]
    logical = {"identifier": {"system": "urn:mrn", "value": "P7"}, "type": "Patient"}
    nobody = {"reference": "Patient?identifier=urn:mrn|NOBODY"}
    more = [condition("c-logical", "", subject=logical), condition("c-nobody", "", subject=nobody)]
    lines(folder / "a-conditions.ndjson", *named, *more)
    lines(folder / "b-people.ndjson", *people)


def _bundles_of_several(folder: Path) -> None:
    lines(folder / "Patient.ndjson", *map(patient, PEOPLE))
    document(folder / "several.json", bundle(condition("c1", "p1"), condition("c2", "p2"), patient("p20")))
    lines(
        folder / "in-lines.ndjson",
        bundle(condition("c3", "p3"), condition("c4", "p4")),
        condition("c5", "p5"),
        bundle(bundle(condition("c6", "p6")), patient("p7")),
    )


def _drugs_by_reference(folder: Path) -> None:
    lines(folder / "Patient.ndjson", *map(patient, PEOPLE))
    lines(
        folder / "MedicationRequest.ndjson",
        *(drug(f"r-{name}", name, f"m{i % 3}") for i, name in enumerate(PEOPLE)),
    )
    lines(folder / "Medication.ndjson", medication("m0", "1991302"), medication("m1", "860975"))


def _requests(folder: Path) -> None:
    lines(folder / "Patient.ndjson", *map(patient, PEOPLE))
    lines(folder / "Condition.ndjson", *(condition(f"c-{name}", name) for name in PEOPLE))
    document(folder / "deleted.json", deletion("Condition/c-p2", "Patient/p5", "Condition/unknown"))


def _broken(folder: Path) -> None:
    """Lines nobody can decode: of one patient, of several, of nobody; and lines without ids."""
    nameless = [{k: v for k, v in condition("", name).items() if k != "id"} for name in PEOPLE]
    two = b'{"resourceType":"Bundle","entry":[{"resource":{"subject":{"reference":"Patient/p1"}}},{"subject":'
    two += b'{"reference":"Patient/p9"}]}}'
    lines(folder / "Patient.ndjson", *map(patient, PEOPLE), {"resourceType": "Patient", "gender": "male"})
    lines(
        folder / "Condition.ndjson",
        *nameless,
        json.dumps(condition("cut", "p6")).encode()[:-9],
        two,
        b"\xff\xfe not JSON",
        b"",
        json.dumps(condition("group", "", subject={"reference": "Group/g1"})).encode(),
        json.dumps(condition("date", "p8", onsetDateTime="last summer")).encode(),
        json.dumps({"resourceType": "Claim", "id": "x"}).encode(),
    )
    (folder / "Procedure.ndjson").write_bytes(b"")
    (folder / "readme.txt").write_text("not FHIR\n")
    document(folder / "other.json", {"name": "not FHIR either"})
    lines(
        folder / "empty" / "Encounter.ndjson.gz", *(condition(f"m{i}", name) for i, name in enumerate(PEOPLE))
    )
    whole = (folder / "empty" / "Encounter.ndjson.gz").read_bytes()
    (folder / "cut.ndjson.gz").write_bytes(whole[:-12])


def _contents_elsewhere(folder: Path) -> None:
    """Notes whose texts stand in Binaries, of one patient each, of two, and of nobody."""
    from base64 import b64encode

    def note(name: str, whose: str, address: str) -> Resource:
        return {
            "resourceType": "DocumentReference",
            "id": name,
            "status": "current",
            "subject": {"reference": f"Patient/{whose}"},
            "date": "2026-05-01T10:00:00Z",
            "content": [{"attachment": {"contentType": "text/plain", "url": address}}],
        }

    def content(name: str, text: str) -> Resource:
        data = b64encode(text.encode()).decode()
        return {"resourceType": "Binary", "id": name, "contentType": "text/plain", "data": data}

    lines(folder / "Patient.ndjson", *map(patient, PEOPLE))
    notes = [note(f"n-{name}", name, f"Binary/b-{name}") for name in PEOPLE[:6]]
    notes += [note("n-6", "p6", "https://x.org/fhir/Binary/b-p1"), note("n-7", "p7", "Binary/lost")]
    lines(folder / "DocumentReference.ndjson", *notes)
    texts = [content(f"b-{name}", f"History of type 2 diabetes in {name}.") for name in PEOPLE[:6]]
    lines(folder / "Binary.ndjson", *texts, content("b-nobody", "Asthma."), content("b-p2", "Another text."))


def _archive(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for name in PEOPLE:
            content = json.dumps(bundle(patient(name), condition(f"c-{name}", name)))
            archive.writestr(f"people/{name}.json", content)
        archive.writestr("Condition.ndjson", json.dumps(condition("more", "p3")) + "\n")


def _synthetic(folder: Path) -> None:
    write_ndjson(folder, 80, 7, AS_OF)


def _packed_bundles(folder: Path) -> None:
    write_bundles(folder, 40, 8, AS_OF, compress=True)


def _damaged(folder: Path) -> None:
    clean = folder.with_name(folder.name + "-clean")
    write_ndjson(clean, 300, 9, AS_OF)
    damage_folder(clean, folder, 3)


HARD: dict[str, Callable[[Path], None]] = {
    maker.__name__.strip("_"): maker
    for maker in (
        _merged, _corrected_owner, _identified, _bundles_of_several, _drugs_by_reference, _requests,
        _broken, _contents_elsewhere, _archive, _synthetic, _packed_bundles, _damaged,
    )
}  # fmt: skip


def hashes_of_store(store: Store) -> dict[str, str]:
    """A hash of all facts of each patient."""
    found: dict[str, str] = {}
    for number in store.numbers():
        facts = store.opened(number).facts(store.manifest())
        for name, told in zip(facts.patients, facts_hashes(facts), strict=True):
            assert name not in found, "a patient of two partitions"
            found[name] = told
    return found


def hashes_of_extract(extract: Extract) -> dict[str, str]:
    return dict(zip(extract.facts.patients, facts_hashes(extract.facts), strict=True))


def rejects_of_extract(extract: Extract) -> list[tuple[Any, ...]]:
    return sorted(
        (r.file, r.line or 0, r.entry or 0, r.code, r.offset or 0, r.path, r.patient, r.digest, r.raw.hex())
        for r in extract.rejects
    )


def rejects_of_store(store: Store) -> list[tuple[Any, ...]]:
    from base64 import b64decode

    return sorted(
        (
            r["file"], r["line"] or 0, r["entry"] or 0, r["code"], r["offset"] or 0, r["path"],
            r["patient"] or "", r["sha256"], b64decode(r["raw_base64"]).hex(),
        )
        for r in store.rejects()
    )  # fmt: skip


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its name, but locks."""

    def all_files() -> Iterator[Path]:
        return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".lock")

    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in all_files()}
