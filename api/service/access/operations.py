"""The one table of what the service can do: each operation with the roles that may ask for it.

An operation that is not in it cannot be served: the application fails at start. `of_site` marks those
that concern patients, who belong to one site each; texts of protocols are everybody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.service.access.roles import EVERY_ROLE, Role

SCREENER, REVIEWER, DATA_MANAGER, ADMIN, AUDITOR = (
    Role.SCREENER,
    Role.REVIEWER,
    Role.DATA_MANAGER,
    Role.ADMIN,
    Role.AUDITOR,
)


@dataclass(frozen=True, slots=True)
class Operation:
    """Who may ask for it; `open`: anybody, without a token; `page`: a browser does, not a program."""

    roles: frozenset[Role]
    of_site: bool = False
    open: bool = False
    page: bool = False


_OPEN = Operation(frozenset(), open=True)
_OPEN_PAGE = Operation(frozenset(), open=True, page=True)


def _of_site(*roles: Role) -> Operation:
    return Operation(frozenset(roles), of_site=True)


def _page(*roles: Role) -> Operation:
    return Operation(frozenset(roles), of_site=True, page=True)


def _shared_page(*roles: Role) -> Operation:
    return Operation(frozenset(roles), page=True)


def _shared(*roles: Role) -> Operation:
    return Operation(frozenset(roles))


OPERATIONS: Mapping[str, Operation] = {
    # Open: they tell nothing of patients, users or protocols.
    "health": _OPEN,
    "ready": _OPEN,
    "openapi": _OPEN,
    "smart_configuration": _OPEN,
    # Counts of requests, without anything of patients; still nobody's business but theirs.
    "metrics": _shared(ADMIN, AUDITOR),
    # Protocols.
    "check_protocol": _shared(DATA_MANAGER, ADMIN),
    "add_protocol": _shared(DATA_MANAGER, ADMIN),
    "activate_protocol": _shared(DATA_MANAGER, ADMIN),
    "list_protocols": _shared(*EVERY_ROLE),
    "read_protocol": _shared(*EVERY_ROLE),
    "compare_versions": _shared(*EVERY_ROLE),
    # One patient.
    "screen_patient": _of_site(SCREENER, REVIEWER),
    "answer_questions": _of_site(SCREENER, REVIEWER),
    # Who a patient is.
    "reveal_identifiers": _of_site(SCREENER, REVIEWER),
    # Counts, of each of the caller's sites: they name no patient.
    "read_study_figures": _shared(SCREENER, REVIEWER, DATA_MANAGER),
    "read_study_plan": _shared(SCREENER, REVIEWER, DATA_MANAGER),
    "change_study_plan": _shared(DATA_MANAGER),
    "import_study_figures": _shared(DATA_MANAGER),
    # The audit trail.
    "list_audit": _of_site(AUDITOR),
    "read_audit_head": _shared(AUDITOR, ADMIN),
    "verify_audit": _shared(AUDITOR),
    # The same in the words of FHIR.
    "fhir_metadata": _OPEN,
    "fhir_read_definition": _OPEN,
    "fhir_search_studies": _shared(*EVERY_ROLE),
    "fhir_read_study": _shared(*EVERY_ROLE),
    "fhir_screen_all": _of_site(SCREENER, REVIEWER),
    "fhir_screen": _of_site(SCREENER, REVIEWER),
    "fhir_read_guidance": _of_site(SCREENER, REVIEWER),
    "fhir_search_tasks": _of_site(REVIEWER),
    "fhir_read_task": _of_site(REVIEWER),
    "fhir_claim_task": _of_site(REVIEWER),
    "fhir_release_task": _of_site(REVIEWER),
    "fhir_complete_task": _of_site(REVIEWER),
    "fhir_search_subjects": _of_site(SCREENER, REVIEWER),
    "fhir_read_subject": _of_site(SCREENER, REVIEWER),
    "fhir_create_subject": _of_site(SCREENER, REVIEWER),
    "fhir_update_subject": _of_site(SCREENER, REVIEWER),
    # Counts, of each of the caller's sites: they name no patient.
    "fhir_search_reports": _shared(SCREENER, REVIEWER, DATA_MANAGER),
    "fhir_read_report": _shared(SCREENER, REVIEWER, DATA_MANAGER),
    "fhir_search_audit": _of_site(AUDITOR),
    # CDS Hooks. Discovery tells which types of records are read, and nothing else of the protocols.
    "cds_discovery": _OPEN,
    "cds_patient_view": _of_site(SCREENER, REVIEWER),
    "cds_feedback": _of_site(SCREENER, REVIEWER),
    "list_patient_verdicts": _of_site(SCREENER, REVIEWER),
    # Runs over an extract.
    "start_run": _of_site(SCREENER, DATA_MANAGER),
    "upload_run": _of_site(SCREENER, DATA_MANAGER),
    "list_runs": _of_site(SCREENER, REVIEWER, DATA_MANAGER),
    "read_run": _of_site(SCREENER, REVIEWER, DATA_MANAGER),
    "cancel_run": _of_site(SCREENER, DATA_MANAGER),
    "list_run_verdicts": _of_site(SCREENER, REVIEWER, DATA_MANAGER),
    "read_run_file": _of_site(SCREENER, REVIEWER, DATA_MANAGER),
    "read_run_identities": _of_site(SCREENER, REVIEWER),
    # Pages. What is open of them tells of nobody; whoever signed in may end that.
    "page_home": _OPEN_PAGE,
    "page_static": _OPEN_PAGE,
    "page_sign_in": _OPEN_PAGE,
    "page_begin_session": _OPEN_PAGE,
    "page_end_session": Operation(frozenset(EVERY_ROLE), page=True),
    "page_queue": _page(SCREENER, REVIEWER),
    "page_case": _page(SCREENER, REVIEWER),
    "page_checklist": _page(REVIEWER),
    "page_record": _page(REVIEWER),
    "page_hold_case": _page(REVIEWER),
    "page_release_case": _page(REVIEWER),
    "page_choose": _page(REVIEWER),
    "page_take_back": _page(REVIEWER),
    "page_read_to_sign": _page(REVIEWER),
    "page_sign": _page(REVIEWER),
    "page_close_question": _page(SCREENER, REVIEWER),
    "page_whom_to_assign": _page(SCREENER, REVIEWER),
    "page_assign_case": _page(SCREENER, REVIEWER),
    "page_board": _page(SCREENER, REVIEWER),
    "page_take_in": _page(SCREENER, REVIEWER),
    "page_move_candidate": _page(SCREENER, REVIEWER),
    "page_candidates_csv": _page(SCREENER, REVIEWER),
    # Counts of one's own sites, and the labelled set of decisions.
    "page_figures": _shared_page(SCREENER, REVIEWER, DATA_MANAGER),
    "page_import_figures": _shared_page(DATA_MANAGER),
    "page_agreement": _shared_page(REVIEWER, DATA_MANAGER),
    "page_decisions_csv": _shared_page(DATA_MANAGER),
    "page_change_plan": _shared_page(DATA_MANAGER),
}
