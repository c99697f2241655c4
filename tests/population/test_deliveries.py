"""Further deliveries: a store says what reading all of them at once says, save for what was taken back."""

from __future__ import annotations

import shutil
from pathlib import Path

from fhir_adapters import read
from fhir_adapters.storing import Store, ingest
from tests.population.extracts import (
    PEOPLE,
    bundle,
    condition,
    deletion,
    document,
    drug,
    files_in,
    hashes_of_extract,
    hashes_of_store,
    lines,
    medication,
    patient,
)


def first(folder: Path) -> Path:
    lines(folder / "Patient.ndjson", *(patient(name, meta={"versionId": "1"}) for name in PEOPLE))
    told = [condition(f"c-{name}", name, meta={"versionId": "1"}) for name in PEOPLE]
    lines(folder / "Condition.ndjson", *told)
    lines(folder / "MedicationRequest.ndjson", *(drug(f"r-{name}", name, "m1") for name in PEOPLE))
    return folder


def filled(store: Path, *deliveries: Path) -> Store:
    store.mkdir(exist_ok=True)
    for delivery in deliveries:
        made = ingest(delivery, store, partitions=4 if not (store / "store.json").exists() else None).store
    return made


def together(target: Path, *deliveries: Path) -> dict[str, str]:
    """What reading some deliveries as one extract says of each patient."""
    for number, delivery in enumerate(deliveries):
        shutil.copytree(delivery, target / f"{number}")
    return hashes_of_extract(read(target))


def test_the_same_files_twice_change_no_byte(tmp_path: Path) -> None:
    source = first(tmp_path / "in")
    filled(tmp_path / "store", source)
    before = files_in(tmp_path / "store")
    again = ingest(source, tmp_path / "store")
    assert (again.known, again.partitions) == (again.files, 0)
    assert files_in(tmp_path / "store") == before
    shutil.copytree(source, tmp_path / "copy")  # told by content, not by time
    ingest(tmp_path / "copy", tmp_path / "store")
    assert files_in(tmp_path / "store") == before


def test_a_further_delivery_adds_and_replaces_by_version(tmp_path: Path) -> None:
    one, two = first(tmp_path / "one"), tmp_path / "two"
    newer = condition("c-p3", "p3", "E10.9", meta={"versionId": "2"})
    older = condition("c-p4", "p4", "E10.9", meta={"versionId": "0"})
    moved = condition("c-p5", "p6", meta={"versionId": "2"})
    lines(two / "Condition.ndjson", newer, older, moved, condition("more", "p7"))
    lines(two / "Patient.ndjson", patient("p-new"))
    store = filled(tmp_path / "store", one, two)
    assert hashes_of_store(store) == together(tmp_path / "both", one, two)
    assert store.patients == len(PEOPLE) + 1


def test_a_further_delivery_merges_patients(tmp_path: Path) -> None:
    one, two = first(tmp_path / "one"), tmp_path / "two"
    link = [{"type": "replaces", "other": {"reference": "Patient/p9"}}]
    lines(two / "Patient.ndjson", patient("p2", link=link, meta={"versionId": "2"}))
    store = filled(tmp_path / "store", one, two)
    assert hashes_of_store(store) == together(tmp_path / "both", one, two)
    assert "p9" not in hashes_of_store(store)


def test_what_others_refer_to_may_come_later(tmp_path: Path) -> None:
    one, two = first(tmp_path / "one"), tmp_path / "two"
    lines(two / "Medication.ndjson", medication("m1", "860975"))
    store = filled(tmp_path / "store", one, two)
    assert hashes_of_store(store) == together(tmp_path / "both", one, two)
    assert store.content.manifest["unresolved_medications"] == 0


def test_only_what_a_delivery_touches_is_read_again(tmp_path: Path) -> None:
    one, two = first(tmp_path / "one"), tmp_path / "two"
    before = filled(tmp_path / "store", one).content.folders.copy()
    lines(two / "Condition.ndjson", condition("more", "p7"))
    store = filled(tmp_path / "store", two)
    changed = {number for number, name in store.content.folders.items() if before.get(number) != name}
    assert changed == {store.partition_of("p7")}
    assert {path.name for path in (tmp_path / "store" / "facts").iterdir()} == {
        Path(name).name for name in store.content.folders.values()
    }


def test_a_later_delivery_takes_records_back(tmp_path: Path) -> None:
    one, two = first(tmp_path / "one"), tmp_path / "two"
    document(two / "deleted" / "gone.json", deletion("Condition/c-p3", "Patient/p5", "Condition/unknown"))
    lines(two / "Condition.ndjson", condition("c-p4", "p4", "E10.9", meta={"versionId": "2"}))
    store = filled(tmp_path / "store", one, two)
    rest = tmp_path / "rest"
    people = [patient(name, meta={"versionId": "1"}) for name in PEOPLE if name != "p5"]
    lines(rest / "Patient.ndjson", *people)
    told = [condition(f"c-{n}", n, meta={"versionId": "1"}) for n in PEOPLE if n not in ("p3", "p4", "p5")]
    lines(rest / "Condition.ndjson", *told, condition("c-p4", "p4", "E10.9", meta={"versionId": "2"}))
    requests = [drug(f"r-{name}", name, "m1") for name in PEOPLE if name != "p5"]
    lines(rest / "MedicationRequest.ndjson", *requests)
    assert hashes_of_store(store) == hashes_of_extract(read(rest))
    assert store.manifest().unattributed == 0
    assert store.manifest().lines.rejected == 0


def test_a_record_that_comes_again_after_its_deletion_stays(tmp_path: Path) -> None:
    one, two, three = first(tmp_path / "one"), tmp_path / "two", tmp_path / "three"
    lines(two / "deleted.ndjson", deletion("Condition/c-p3"), deletion("Patient/p5"))
    lines(three / "Condition.ndjson", condition("c-p3", "p3", "E10.9"), condition("c-p5", "p5"))
    store = filled(tmp_path / "store", one, two, three)
    rest = tmp_path / "rest"
    people = [patient(name, meta={"versionId": "1"}) for name in PEOPLE if name != "p5"]
    lines(rest / "Patient.ndjson", *people)
    told = [condition(f"c-{n}", n, meta={"versionId": "1"}) for n in PEOPLE if n not in ("p3", "p5")]
    lines(rest / "Condition.ndjson", *told, condition("c-p3", "p3", "E10.9"), condition("c-p5", "p5"))
    requests = [drug(f"r-{name}", name, "m1") for name in PEOPLE if name != "p5"]
    lines(rest / "MedicationRequest.ndjson", *requests)
    assert hashes_of_store(store) == hashes_of_extract(read(rest))


def test_a_deletion_of_what_stands_in_a_bundle_is_marked(tmp_path: Path) -> None:
    """One entry of a bundle cannot be taken out of it: the patient is marked, as in an extract."""
    one, two = tmp_path / "one", tmp_path / "two"
    document(one / "all.json", bundle(patient("p1"), condition("c1", "p1"), patient("p2")))
    document(two / "gone.json", deletion("Condition/c1"))
    store = filled(tmp_path / "store", one, two)
    assert hashes_of_store(store) == together(tmp_path / "both", one, two)
    assert store.manifest().lines.rejected == 1
