"""The facts of an extract or a store, one portion after the other: each patient stands in one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from api.errors import UserError
from api.loading import read_extract
from api.population.doing import store_held, told_as_user_errors
from eligibility.facts import Facts
from eligibility.notes import NoteReader
from fhir_adapters.storing import Store, is_store


def portions_of(source: str, zone: str, reader: NoteReader | None) -> Iterator[Facts]:
    """All of an extract, or a store's partitions; with what notes say where there is a reader.

    Raises UserError.
    """
    if not is_store(source):
        yield read_extract(source, zone, complete=False, notes=reader).facts
        return
    with told_as_user_errors(), store_held(Path(source), shared=True):
        store = Store.open(Path(source))
        if zone not in ("UTC", store.content.zone):
            text = f"the store was read in the zone {store.content.zone}"
            raise UserError("OPTION_OF_INGEST", "--zone", text)
        for number in store.numbers():
            if reader is None:
                yield store.opened(number).facts(store.manifest())
            else:
                facts = store.read(number, reader).extract.facts
                yield replace(facts, manifest=store.manifest(notes_read=True))
