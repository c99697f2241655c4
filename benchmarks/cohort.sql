-- The cohort of cohort.elig over NDJSON as Bulk Data sends it: who is in, and nobody else.
-- Text in braces is the folder of the files. Times are told in UTC; a date that is no whole day is no day.
WITH born AS (
    SELECT id, try_cast(birthDate AS DATE) AS day, try_cast(deceasedDateTime AS DATE) AS died
    FROM read_json('{folder}/Patient*.ndjson', format = 'newline_delimited',
        columns = {{id: 'VARCHAR', birthDate: 'VARCHAR', deceasedDateTime: 'VARCHAR'}})
),
diagnosis AS MATERIALIZED (
    -- A year or a month is any of its days; an infarction in words alone may be one.
    SELECT subject.reference[9:] AS patient, try_cast((onsetDateTime || '-01-01')[:10] AS DATE) AS first,
        CASE length(onsetDateTime) WHEN 4 THEN first + INTERVAL 1 YEAR - INTERVAL 1 DAY
            WHEN 7 THEN last_day(first) ELSE first END AS last,
        coalesce(list_filter(code.coding, lambda c: c.system = 'http://hl7.org/fhir/sid/icd-10-cm')[1].code,
            CASE WHEN code.text ILIKE '%infarction%' THEN 'I21' END) AS icd,
        coalesce(verificationStatus.coding[1].code, 'confirmed') AS verified
    FROM read_json('{folder}/Condition*.ndjson', format = 'newline_delimited', columns = {{
        subject: 'STRUCT(reference VARCHAR)', onsetDateTime: 'VARCHAR',
        code: 'STRUCT(coding STRUCT(system VARCHAR, code VARCHAR)[], text VARCHAR)',
        verificationStatus: 'STRUCT(coding STRUCT(code VARCHAR)[])'}})
    WHERE verified NOT IN ('refuted', 'entered-in-error') AND coalesce(first <= DATE '2026-06-01', true)
),
result AS MATERIALIZED (
    -- Of a result that was corrected, the last version.
    SELECT subject.reference[9:] AS patient, code.coding[1].code AS code, valueQuantity.value AS value,
        valueQuantity.code AS unit, valueQuantity.comparator AS beyond,
        try_cast(effectiveDateTime AS TIMESTAMPTZ) AS taken
    FROM read_json('{folder}/Observation*.ndjson', format = 'newline_delimited', columns = {{
        id: 'VARCHAR', meta: 'STRUCT(lastUpdated TIMESTAMPTZ)', status: 'VARCHAR',
        subject: 'STRUCT(reference VARCHAR)', effectiveDateTime: 'VARCHAR',
        code: 'STRUCT(coding STRUCT(system VARCHAR, code VARCHAR)[])',
        valueQuantity: 'STRUCT(value DOUBLE, code VARCHAR, comparator VARCHAR)'}})
    WHERE code.coding[1].code IN ('4548-4', '62238-1', '1742-6') AND valueQuantity IS NOT NULL
        AND status IN ('final', 'amended', 'corrected')
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY meta.lastUpdated DESC) = 1
),
latest AS (
    SELECT patient, code, max_by({{value: value, unit: unit, beyond: coalesce(beyond, '')}}, taken) AS newest
    FROM result
    WHERE taken < DATE '2026-06-02'
        AND taken >= CASE code WHEN '4548-4' THEN DATE '2026-03-03' ELSE DATE '2025-12-03' END
    GROUP BY patient, code
),
told AS (
    SELECT patient,
        bool_or(icd LIKE 'E11%' AND verified = 'confirmed' AND last <= DATE '2025-12-01') AS type_2,
        bool_or(icd LIKE 'E10%' OR (icd LIKE 'I21%' AND coalesce(last >= DATE '2025-12-03', true))
            OR (icd LIKE 'C%' AND icd NOT LIKE 'C44%' AND coalesce(last >= DATE '2021-06-01', true))
        ) AS excluded
    FROM diagnosis WHERE icd IS NOT NULL GROUP BY patient
)
SELECT born.id
FROM born JOIN told ON told.patient = born.id
    JOIN latest AS hba1c ON hba1c.patient = born.id AND hba1c.code = '4548-4'
    JOIN latest AS egfr ON egfr.patient = born.id AND egfr.code = '62238-1'
    LEFT JOIN latest AS alt ON alt.patient = born.id AND alt.code = '1742-6'
WHERE date_sub('year', born.day, DATE '2026-06-01') BETWEEN 18 AND 75
    AND coalesce(died > DATE '2026-06-01', true)
    AND type_2 AND NOT excluded
    AND hba1c.newest.unit = '%' AND hba1c.newest.beyond = ''
    AND hba1c.newest.value BETWEEN 7.0 AND 10.5
    AND egfr.newest.unit = 'mL/min/{{1.73_m2}}' AND egfr.newest.value >= 45
    AND egfr.newest.beyond IN ('', '>', '>=')
    AND (alt.newest IS NULL OR (coalesce(alt.newest.unit, '') = 'U/L' AND alt.newest.value <= 120
        AND alt.newest.beyond IN ('', '<', '<=')))
