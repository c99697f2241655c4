"""What subjects did not meet, and that they are screen failures: IE and DS of SDTM (CDISC SDTMIG 3.4).

IE holds a row for each criterion that a subject did not meet and none for those met; IEORRES answers the
criterion as it is worded, so an inclusion not met is N and an exclusion met is Y. A cohort's own statement is
no inclusion of everybody: it has no row in TI, and so none in IE.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from eligibility.program import Program
from fhir_adapters.interchange.trial_inclusion import trial_inclusion

IE_COLUMNS = (
    "STUDYID",
    "DOMAIN",
    "USUBJID",
    "IESEQ",
    "IETESTCD",
    "IETEST",
    "IECAT",
    "IESCAT",
    "IEORRES",
    "IESTRESC",
    "EPOCH",
    "IEDTC",
)
DS_COLUMNS = ("STUDYID", "DOMAIN", "USUBJID", "DSSEQ", "DSTERM", "DSDECOD", "DSCAT", "EPOCH", "DSSTDTC")
_ANSWERS = {"INCLUSION": "N", "EXCLUSION": "Y"}
_LONGEST_TERM = 200  # bytes of a text in a transport file
Row = dict[str, str]


def by_criterion(program: Program, words: Mapping[str, str]) -> dict[str, Row]:
    """The rows of TI by the id of their criterion."""
    rows = trial_inclusion(program, words)
    wanted = [one.id for one in program.criteria if one.polarity.value in ("include", "exclude")]
    return dict(zip(wanted, rows, strict=True))


def exceptions(
    inclusion: Mapping[str, Row], failures: Iterable[tuple[str, Sequence[str]]], day: str
) -> Iterator[Row]:
    """Rows of IE. `inclusion` is TI by criterion, `failures` subjects with the criteria they did not meet."""
    for subject, criteria in failures:
        asked = [inclusion[name] for name in criteria if name in inclusion]
        for number, row in enumerate(asked, 1):
            answer = _ANSWERS[row["IECAT"]]
            yield {
                "STUDYID": row["STUDYID"],
                "DOMAIN": "IE",
                "USUBJID": subject,
                "IESEQ": str(number),
                **{name: row[name] for name in ("IETESTCD", "IETEST", "IECAT", "IESCAT")},
                "IEORRES": answer,
                "IESTRESC": answer,
                "EPOCH": "SCREENING",
                "IEDTC": day,
            }


def dispositions(
    study: str, inclusion: Mapping[str, Row], failures: Iterable[tuple[str, Sequence[str]]], day: str
) -> Iterator[Row]:
    """Rows of DS: one for each subject, a screen failure, with what it failed by."""
    for subject, criteria in failures:
        codes = [inclusion[name]["IETESTCD"] for name in criteria if name in inclusion]
        term = f"CRITERIA NOT FULFILLED: {', '.join(codes)}" if codes else "NO COHORT OF THE STUDY FITS"
        yield {
            "STUDYID": study,
            "DOMAIN": "DS",
            "USUBJID": subject,
            "DSSEQ": "1",
            "DSTERM": term if len(term) <= _LONGEST_TERM else term[:_LONGEST_TERM].rsplit(",", 1)[0],
            "DSDECOD": "SCREEN FAILURE",
            "DSCAT": "DISPOSITION EVENT",
            "EPOCH": "SCREENING",
            "DSSTDTC": day,
        }
