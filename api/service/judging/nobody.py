"""A record of nobody, to judge before anybody waits."""

from __future__ import annotations

from datetime import date

NOBODY = (
    b'{"resourceType":"Bundle","type":"collection",'
    b'"entry":[{"resource":{"resourceType":"Patient","id":"nobody","birthDate":"1950"}},'
    # With a note that mentions what is asked for, since the reader of notes makes tables for each step.
    b'{"resource":{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/nobody"},'
    b'"onsetDateTime":"1999","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm",'
    b'"code":"E11.9"}]},"note":[{"text":"Type 2 diabetes since 1999, on insulin 10 units daily. '
    b'No heart failure. HbA1c 7.5 % on 1 December 1999. Mother had diabetes."}]}},'
    b'{"resource":{"resourceType":"Observation","id":"o","status":"final",'
    b'"subject":{"reference":"Patient/nobody"},"effectiveDateTime":"1999-12-01",'
    b'"code":{"coding":[{"system":"http://loinc.org","code":"4548-4"}]},'
    b'"valueQuantity":{"value":7.5,"unit":"%","system":"http://unitsofmeasure.org","code":"%"}}}]}'
)
DAY = date(2000, 1, 1)
