#!/usr/bin/env bash
# A first look: makes a synthetic extract, screens it against the demo protocol, explains one case.
set -euo pipefail
cd "$(dirname "$0")/.."

patients=${PATIENTS:-500}
as_of=2026-06-01
work=${OUT:-out/demo}
rm -rf "$work"
mkdir -p "$work"

echo "Making $patients synthetic patients (FHIR R4, as a Bulk Data folder) in $work/extract ..."
python -m fixtures.synthetic_fhir --patients "$patients" --seed 7 --as-of "$as_of" \
  --format ndjson --out "$work/extract" >/dev/null

echo
echo "\$ eligibility screen protocols/demo.elig $work/extract --as-of $as_of --out $work/results"
eligibility screen protocols/demo.elig "$work/extract" --as-of "$as_of" --out "$work/results"

patient=$(python - "$work/results/verdicts.csv" <<'PY'
import csv
import sys

with open(sys.argv[1], newline="", encoding="utf-8") as lines:
    flagged = [row for row in csv.DictReader(lines) if row["verdict"] == "needs-clinician-review"]
print(min(flagged, key=lambda row: (row["unknown"].count(";"), row["patient"]))["patient"])
PY
)
echo
echo "One flagged case, with the evidence that stands and what would settle the doubt:"
echo "\$ eligibility explain protocols/demo.elig $work/extract --as-of $as_of --patient $patient"
eligibility explain protocols/demo.elig "$work/extract" --as-of "$as_of" --patient "$patient"
