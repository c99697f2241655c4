"""A patient's record from the configured FHIR server: `$everything` where it has that, else searches by type.

Searches follow from what the protocols need, type by type. They name no codes: a record whose code nobody
could map would not be found by them, and would be taken for absent instead of unknown. What does not come
whole is left out and named; its kind is unknown.
"""

from __future__ import annotations

import re
import ssl
from collections import defaultdict
from collections.abc import Iterable

import httpx

from api.errors import UserError
from api.service.records.connection import Connection, PartialError, StatusError
from api.service.records.credentials import Credentials
from api.service.records.gathering import Gathered, Gathering
from api.service.records.searchsets import Found, is_not_supported, read_page
from api.service.records.settings import RecordsSettings

_ID = re.compile(r"[A-Za-z0-9.\-]{1,64}")
_COUNT = 500
# What an order names by reference only.
_WITH = {
    name: f"&_include={name}:medication"
    for name in ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")
}


class Records:
    """Fetches records. Safe to share between threads."""

    def __init__(self, settings: RecordsSettings) -> None:
        self.settings = settings
        self._trust: ssl.SSLContext | bool = True
        if settings.fhir_server is not None:
            # Made once: reading the certificates takes longer than a request.
            self._trust = httpx.create_ssl_context(trust_env=False)
        if settings.fhir_server_ca is not None:
            try:
                self._trust = ssl.create_default_context(cafile=settings.fhir_server_ca)
            except (OSError, ssl.SSLError):
                place = "ELIGIBILITY_SERVICE_FHIR_SERVER_CA"
                raise UserError("SETTING_INVALID", place, "expected a file of certificates (PEM)") from None
        self._credentials = Credentials(settings, self._trust)

    def fetch(self, site: str, patient: str, types: Iterable[str]) -> Gathered:
        """The record of a patient of a site by the server's id: all of these types at least.

        Raises UserError: for an id that is none, a site that the server is not of, a patient who is not
        there, a limit that is reached, a server that gives nothing.
        """
        if not _ID.fullmatch(patient):
            raise UserError("PATIENT_ID", "patient", "expected the patient's id at the FHIR server")
        self._require_site(site)
        with Connection(self.settings, self._credentials, self._trust) as connection:
            return _gather(connection, patient, {*types, "Patient"})

    def _require_site(self, site: str) -> None:
        wanted = self.settings.fhir_server_site
        if wanted is not None and wanted != site:
            raise UserError("FHIR_SERVER_UNSET", "patient", "the server has patients of another site")


def _gather(connection: Connection, patient: str, types: set[str]) -> Gathered:
    gathering = Gathering()
    by_type: defaultdict[str, list[Found]] = defaultdict(list)
    for one in _everything(connection, patient):
        by_type[one.type].append(one)
    if "Patient" not in by_type:
        by_type["Patient"] = [_patient(connection, patient)]
    if {one.id for one in by_type["Patient"]} != {patient}:
        raise UserError("FHIR_SERVER_FAILED", "patient", "the server answered with another patient")
    for name in sorted(types - by_type.keys()):
        address = f"{name}?patient={patient}&_count={_COUNT}{_WITH.get(name, '')}"
        try:
            gathering.add(name, _pages(connection, address, name))
        except PartialError as error:
            gathering.miss(name, "NOT_WHOLE", str(error))
        except StatusError as error:
            if is_not_supported(error.status, error.body):
                gathering.without(name, "NOT_KEPT", "the server does not keep it")
            else:
                gathering.miss(name, "REFUSED", f"the server answered with status {error.status}")
    for name, found in by_type.items():
        gathering.add(name, found)
    return gathering.finish()


def _everything(connection: Connection, patient: str) -> list[Found]:
    """All that `$everything` gives; nothing where the server does not have it, or gives it in part only."""
    try:
        return _pages(connection, f"Patient/{patient}/$everything?_count={_COUNT}", None)
    except (PartialError, StatusError):
        return []


def _patient(connection: Connection, patient: str) -> Found:
    try:
        page = read_page(connection.get(f"Patient/{patient}"))
    except StatusError as error:
        if error.status in (404, 410):
            raise UserError("PATIENT_UNKNOWN", "patient", "the FHIR server has no such patient") from None
        message = f"the server answered with status {error.status}"
        raise UserError("FHIR_SERVER_FAILED", "patient", message) from None
    except PartialError as error:
        raise UserError("FHIR_SERVER_FAILED", "patient", str(error)) from None
    if len(page.found) != 1 or page.found[0].type != "Patient":
        raise UserError("FHIR_SERVER_FAILED", "patient", "the server did not answer with a Patient")
    return page.found[0]


def _pages(connection: Connection, address: str, type_name: str | None) -> list[Found]:
    """All pages of a search, or of `$everything` (no type). Raises PartialError, StatusError, UserError."""
    found: list[Found] = []
    seen = set()
    at: str | None = address
    total = None
    while at is not None:
        if at in seen:
            raise PartialError("the pages go round in a circle")
        seen.add(at)
        try:
            page = read_page(connection.get(at))
        except UserError as error:
            if error.code != "ANSWER_UNREADABLE":
                raise
            raise PartialError("what came is no FHIR in JSON") from None
        if page.refused:
            raise PartialError("the server left something out")
        if not page.is_bundle:
            raise PartialError("the server answered with no page of a search")
        found += page.found
        total = page.total if page.total is not None else total
        at = None if page.next is None else connection.next_of(at, page.next)
    came = {(one.type, one.id) for one in found if type_name in (None, one.type)}
    if total is not None and len(came) < total:
        raise PartialError(f"{len(came)} of {total} came")
    return found
