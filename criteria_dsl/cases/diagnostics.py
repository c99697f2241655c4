"""What can be wrong with a case file, by code. Codes are stable and never reused."""

from __future__ import annotations

from criteria_dsl.diagnostics import Diagnostic

CASE_DIAGNOSTICS = {
    entry.code: entry
    for entry in (
        Diagnostic("T001", "no heading", "A case file says which protocol it is for, and as of which day."),
        Diagnostic("T002", "two cases of one name", "A case is found again by its name."),
        Diagnostic("T003", "not the language of cases", "Cases have a small language of their own."),
        Diagnostic("T004", "no such criterion", "An expectation names a criterion of the protocol."),
        Diagnostic("T005", "no such reason", "An expectation names a reason code of the engine."),
        Diagnostic("T006", "cannot be given", "What a case gives has to be a record that could be sent."),
    )
}
