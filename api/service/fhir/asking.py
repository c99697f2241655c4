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
from api.service.records.asking import screen_named
from api.service.service import Service
from api.store import Actor
from api.store.protocols import version

_NAMES = ("record", "patient", "asOf", "zone", "complete", "param")


def read_question(
    body: bytes, as_of: str | None, zone: str, versions: Sequence[str]
) -> tuple[bytes | str, Asked]:
    """The record, or the id of a patient at the FHIR server, and what is asked.

    A Parameters has all of it; a Bundle may come alone beside the query.
    """
    sent = read_parameters(body)
    record: bytes | str = body
    complete, given = False, Given({}, {})
    if sent is not None:
        sent.known(*_NAMES)
        found, named = sent.resource("record"), sent.text("patient")
        if (found is None) == (named is None):
            message = "expected a Bundle named `record`, or else an id named `patient`"
            raise UserError("RECORD_MISSING", "Parameters.parameter", message)
        record = found if found is not None else named or ""
        given = given_parameters(sent.texts("param"), "Parameters.parameter.where(name='param')")
        complete = sent.flag("complete")
        as_of, zone = sent.text("asOf") or as_of, sent.text("zone") or zone
    if as_of is None:
        raise UserError("DATE_MISSING", "asOf", "say which day the question is asked for")
    asked = Asked(parse_day(as_of, "asOf"), check_zone(zone, "zone"), complete, given, tuple(versions))
    return record, asked


def screen(service: Service, actor: Actor, site: str, record: bytes | str, asked: Asked) -> list[Resource]:
    """One GuidanceResponse for each version asked; `failure` where the record itself cannot be judged."""
    try:
        if isinstance(record, str):
            told = screen_named(service, actor, site, record, asked)
        else:
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
