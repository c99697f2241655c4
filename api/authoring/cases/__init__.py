"""`eligibility test`: the cases of a file, judged like any patient, against what they expect."""
