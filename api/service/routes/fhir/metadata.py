"""What the FHIR faces can do, told to machines."""

from __future__ import annotations

from fastapi import FastAPI

from api.service.fhir.declared import capability_statement, operation_definition
from api.service.fhir.exchange import FhirResponse
from api.service.service import Service


def add(app: FastAPI, service: Service) -> None:
    @app.get(
        "/fhir/metadata",
        operation_id="fhir_metadata",
        summary="CapabilityStatement, made of the routes",
        response_class=FhirResponse,
    )
    def metadata() -> FhirResponse:
        return FhirResponse(capability_statement(app))

    @app.get(
        "/fhir/OperationDefinition/{definition}",
        operation_id="fhir_read_definition",
        summary="What an operation takes and gives",
        response_class=FhirResponse,
    )
    def definition(definition: str) -> FhirResponse:
        return FhirResponse(operation_definition(app, definition))
