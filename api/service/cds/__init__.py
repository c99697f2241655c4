"""CDS Hooks: what a clinician's system shows when it opens a patient's chart."""
