"""The operation `$screen` of ResearchStudy: a record in, GuidanceResponse out."""

from __future__ import annotations

from collections.abc import Sequence

from api.errors import UserError
from api.loading import Given, check_zone, given_parameters, parse_day
from api.service.errors import status_of
from api.service.fhir.cases import stored_case, verdict_key
from api.service.fhir.exchange import Resource
from api.service.fhir.guidance import failure, guidance
from api.service.fhir.parameters import read_parameters
from api.service.held import Asked
from api.service.service import Service
from api.store import Actor
from api.store.protocols import version

_NAMES = ("record", "asOf", "zone", "complete", "param")


def read_question(body: bytes, as_of: str | None, zone: str, versions: Sequence[str]) -> tuple[bytes, Asked]:
    """The record and what is asked of it: a Parameters with all of it, or a Bundle beside the query."""
    sent = read_parameters(body)
    if sent is None:
        record, complete, given = body, False, Given({}, {})
    else:
        sent.known(*_NAMES)
        found = sent.resource("record")
        if found is None:
            raise UserError("RECORD_MISSING", "Parameters.parameter", "expected a Bundle named `record`")
        record, complete, given = found, sent.flag("complete"), given_parameters(sent.texts("param"))
        as_of, zone = sent.text("asOf") or as_of, sent.text("zone") or zone
    if as_of is None:
        raise UserError("DATE_MISSING", "asOf", "say which day the question is asked for")
    asked = Asked(parse_day(as_of, "asOf"), check_zone(zone), complete, given, tuple(versions))
    return record, asked


def screen(service: Service, actor: Actor, site: str, record: bytes, asked: Asked) -> list[Resource]:
    """One GuidanceResponse for each version asked; `failure` where the record itself cannot be judged."""
    try:
        told = service.screenings.screen(actor, site, record, asked)
    except UserError as error:
        if status_of(error) != 422:
            raise
        with service.store.read() as session:
            return [failure(error, version(session, key)) for key in asked.versions]
    found = []
    with service.store.read() as session:
        for result in told["results"]:
            key = verdict_key(session, result["run"], told["patient"])
            account = {**told["record"], "screening": told["screening"]}
            found.append(stored_case(session, key, site, result["questions"], account))
    return [guidance(case, service.protocols.ready(case.version, {}).program) for case in found]
