"""Loads all that a judge needs and judges somebody nobody knows: every judge is a copy of this process.

It is imported where judges are copied from, and nowhere else. Importing it judges.
"""

from __future__ import annotations

from api.loading import Given
from api.service.judging import process  # noqa: F401 - what the copies run
from api.service.judging.cases import Asking, Case, VersionText
from api.service.judging.desk import Desk
from api.service.judging.nobody import DAY, NOBODY
from api.service.settings import ServiceSettings

# One criterion for each way of judging that makes something once.
_TEXT = """protocol WARM version 1 "Nobody"

diagnosis diabetes: ICD-10-CM E11*
measurement HbA1c in %: LOINC 4548-4
medication insulin: RxNorm 5856

include A "Age"
  age at index is 18 to 75 years

include D "Diabetes"
  diabetes starting at least 6 months before index

include H "HbA1c"
  most recent HbA1c within 90 days before index is 7.0 to 10.5 %

exclude I "Insulin"
  insulin overlapping the 60 days before index

include Q "Visits"
  patient answers "Can you come?" with yes or no is yes
"""
Desk(ServiceSettings.model_construct()).judge(
    Case(NOBODY, DAY, "UTC", False, (Asking(VersionText("", "WARM", _TEXT, ""), Given({}, {})),))
)
