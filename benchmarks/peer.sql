-- The judging workload as one query, written by hand for this protocol and tuned for one thread.
-- Text in braces is an integer: concept ids of a value set, those whose wording only comes near it
-- (`near_…`), units, words, days as instants (see peer.py, which also tells what else was tried).
--
-- A patient is 64 bits, `bit_or`-ed over one union of branches. From the lowest:
--    0-29  fifteen times "is there any": 0 none, 1 a row may count, 3 a row surely counts
--   30-45  seven latest results and the body-mass index: 1 met (or true), 2 not met (or false)
--   46-48  spaced pressures: surely, possibly, known to be too few if not
--   49-51  spaced glucose: the same
--   54-57  age as the results, died: possibly, surely
--   58-63  silence means no for look-backs of a year and more, 180, 90, 60, 30 and 14 days
--
-- The most recent of some results is true where the latest start of the sure rows lies after every end
-- of the rows that are not true; false likewise. So one pass per term suffices, with three maxima.
-- `xor(standing, standing)` keeps those groupings from the perfect hash, whose million states are dear to
-- set up once per branch; the one grouping at the end has it. `lead` and `lag` stream in physical order.
WITH height_left AS (
    -- A result followed by a sure, later one of the same patient is not the most recent.
    SELECT patient, value_lo, value_hi, unit, start_lo, start_hi, standing = 0 AND start_hi <= {cutoff} AS sure
    FROM (
        SELECT patient, value_lo, value_hi, unit, standing, start_lo, start_hi, lead(patient) OVER () AS p,
            lead(start_lo) OVER () AS l, lead(start_hi) OVER () AS h, lead(standing) OVER () AS s
        FROM observation
        WHERE concept IN ({height}) AND value_state <> 0 AND standing <> 2 AND start_lo <= {cutoff}
    )
    WHERE p IS DISTINCT FROM patient OR l <= start_hi OR s <> 0 OR h > {cutoff}
),
height AS MATERIALIZED (
    SELECT *, p IS DISTINCT FROM patient AND q IS DISTINCT FROM patient AS alone
    FROM (SELECT *, lead(patient) OVER () AS p, lag(patient) OVER () AS q FROM height_left)
),
area AS MATERIALIZED (
    SELECT patient, (value_lo * value_lo) * 0.0001 AS area_lo, (value_hi * value_hi) * 0.0001 AS area_hi
    FROM height WHERE alone AND sure AND unit = {unit_height}
    UNION ALL
    SELECT any_value(patient), (min(value_lo) * min(value_lo)) * 0.0001,
        (max(value_hi) * max(value_hi)) * 0.0001
    FROM (
        SELECT *, max(start_lo) FILTER (WHERE sure) OVER (PARTITION BY patient) AS best
        FROM height WHERE NOT alone
    )
    WHERE start_hi >= best GROUP BY xor(patient, 0) HAVING bool_and(unit = {unit_height})
),
parts AS MATERIALIZED (
        -- I2 diabetes
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND concept NOT IN ({near_diabetes})
            AND start_hi <= {months_6} THEN 3::UBIGINT ELSE 1::UBIGINT END AS b
        FROM condition
        WHERE concept IN ({diabetes}, {near_diabetes}) AND standing <> 2 AND start_lo <= {cutoff}
            AND start_lo <= {months_6}
        UNION ALL
        -- E1 malignancy
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND concept NOT IN ({near_malignancy})
            AND start_lo >= {years_5} THEN 3::UBIGINT ELSE 1::UBIGINT END << 2 AS b
        FROM condition
        WHERE concept IN ({malignancy}, {near_malignancy}) AND standing <> 2 AND start_lo <= {cutoff}
            AND start_hi >= {years_5}
        UNION ALL
        -- E2 myocardial infarction
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND concept NOT IN ({near_infarction})
            AND start_lo >= {days_180} THEN 3::UBIGINT ELSE 1::UBIGINT END << 4 AS b
        FROM condition
        WHERE concept IN ({infarction}, {near_infarction}) AND standing <> 2 AND start_lo <= {cutoff}
            AND start_hi >= {days_180}
        UNION ALL
        -- E3 infection
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND concept NOT IN ({near_infection})
            AND start_lo >= {days_60} THEN 3::UBIGINT ELSE 1::UBIGINT END << 6 AS b
        FROM condition
        WHERE concept IN ({infection}, {near_infection}) AND standing <> 2 AND start_lo <= {cutoff}
            AND start_hi >= {days_60}
        UNION ALL
        -- E4 liver disease
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND concept NOT IN ({near_liver})
            AND end_lo >= {years_2} THEN 3::UBIGINT ELSE 1::UBIGINT END << 8 AS b
        FROM condition
        WHERE concept IN ({liver}, {near_liver}) AND standing <> 2 AND start_lo <= {cutoff}
            AND end_hi >= {years_2}
        UNION ALL
        -- E5 depression; a row that only sounds like it has no known status to be excepted by
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND concept NOT IN ({near_depression})
            AND start_lo >= {years_1} AND clinical_status NOT IN (0, {over}) THEN 3::UBIGINT
            ELSE 1::UBIGINT END << 10 AS b
        FROM condition
        WHERE concept IN ({depression}, {near_depression}) AND standing <> 2 AND start_lo <= {cutoff}
            AND start_hi >= {years_1} AND NOT (clinical_status IN ({over})
            AND concept NOT IN ({near_depression}))
        UNION ALL
        -- I8 hypertension
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND concept NOT IN ({near_hypertension})
            THEN 3::UBIGINT ELSE 1::UBIGINT END << 12 AS b
        FROM condition
        WHERE concept IN ({hypertension}, {near_hypertension}) AND standing <> 2 AND start_lo <= {cutoff}
        UNION ALL
        -- I8 dyslipidaemia
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} THEN 3::UBIGINT
            ELSE 1::UBIGINT END << 14 AS b
        FROM condition
        WHERE concept IN ({dyslipidaemia}) AND standing <> 2 AND start_lo <= {cutoff}
        UNION ALL
        -- I8 coronary disease
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} THEN 3::UBIGINT
            ELSE 1::UBIGINT END << 16 AS b
        FROM condition
        WHERE concept IN ({coronary}) AND standing <> 2 AND start_lo <= {cutoff}
        UNION ALL
        -- E11 atrial fibrillation
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} THEN 3::UBIGINT
            ELSE 1::UBIGINT END << 18 AS b
        FROM condition
        WHERE concept IN ({fibrillation}) AND standing <> 2 AND start_lo <= {cutoff}
        UNION ALL
        -- E11 sleep apnoea
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} THEN 3::UBIGINT
            ELSE 1::UBIGINT END << 20 AS b
        FROM condition
        WHERE concept IN ({apnoea}) AND standing <> 2 AND start_lo <= {cutoff}
        UNION ALL
        -- E6 insulin
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND concept NOT IN ({near_insulin})
            AND end_lo >= {days_90} THEN 3::UBIGINT ELSE 1::UBIGINT END << 22 AS b
        FROM medication
        WHERE concept IN ({insulin}, {near_insulin}) AND standing <> 2 AND start_lo <= {cutoff}
            AND end_hi >= {days_90}
        UNION ALL
        -- E7 corticosteroid
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND end_lo >= {days_30} THEN 3::UBIGINT
            ELSE 1::UBIGINT END << 24 AS b
        FROM medication
        WHERE concept IN ({corticosteroid}) AND standing <> 2 AND start_lo <= {cutoff} AND end_hi >= {days_30}
        UNION ALL
        -- E8 anticoagulant
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND end_lo >= {days_14} THEN 3::UBIGINT
            ELSE 1::UBIGINT END << 26 AS b
        FROM medication
        WHERE concept IN ({anticoagulant}) AND standing <> 2 AND start_lo <= {cutoff} AND end_hi >= {days_14}
        UNION ALL
        -- E11 loop diuretic
        SELECT patient, CASE WHEN standing = 0 AND start_hi <= {cutoff} AND end_lo >= {days_180} THEN 3::UBIGINT
            ELSE 1::UBIGINT END << 28 AS b
        FROM medication
        WHERE concept IN ({diuretic}) AND standing <> 2 AND start_lo <= {cutoff} AND end_hi >= {days_180}
        UNION ALL
        -- I3 HbA1c
        SELECT patient, ((best > coalesce(nt, {never}))::UTINYINT
            | ((best > coalesce(nf, {never}))::UTINYINT << 1))::UBIGINT << 30 AS b
        FROM (
            SELECT patient, max(start_lo) FILTER (WHERE standing = 0 AND start_hi <= {cutoff}
                AND start_lo >= {days_90}) AS best,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_hba1c} AND value_lo >= 0.07
                    AND value_hi <= 0.105)) AS nt,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_hba1c}
                    AND (value_hi < 0.07 OR value_lo > 0.105))) AS nf
            FROM observation
            WHERE concept IN ({hba1c}) AND value_state <> 0 AND standing <> 2 AND start_lo <= {cutoff}
                AND start_hi >= {days_90}
            GROUP BY patient, xor(standing, standing)
        )
        WHERE best IS NOT NULL
        UNION ALL
        -- I4 eGFR
        SELECT patient, ((best > coalesce(nt, {never}))::UTINYINT
            | ((best > coalesce(nf, {never}))::UTINYINT << 1))::UBIGINT << 32 AS b
        FROM (
            SELECT patient, max(start_lo) FILTER (WHERE standing = 0 AND start_hi <= {cutoff}
                AND start_lo >= {years_1}) AS best,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_egfr} AND value_lo >= 45)) AS nt,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_egfr} AND value_hi < 45)) AS nf
            FROM observation
            WHERE concept IN ({egfr}) AND value_state <> 0 AND standing <> 2 AND start_lo <= {cutoff}
                AND start_hi >= {years_1}
            GROUP BY patient, xor(standing, standing)
        )
        WHERE best IS NOT NULL
        UNION ALL
        -- I5 ALT
        SELECT patient, ((best > coalesce(nt, {never}))::UTINYINT
            | ((best > coalesce(nf, {never}))::UTINYINT << 1))::UBIGINT << 34 AS b
        FROM (
            SELECT patient, max(start_lo) FILTER (WHERE standing = 0 AND start_hi <= {cutoff}
                AND start_lo >= {days_180}) AS best,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_alt} AND value_hi <= 120)) AS nt,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_alt} AND value_lo > 120)) AS nf
            FROM observation
            WHERE concept IN ({alt}) AND value_state <> 0 AND standing <> 2 AND start_lo <= {cutoff}
                AND start_hi >= {days_180}
            GROUP BY patient, xor(standing, standing)
        )
        WHERE best IS NOT NULL
        UNION ALL
        -- I6 hemoglobin
        SELECT patient, ((best > coalesce(nt, {never}))::UTINYINT
            | ((best > coalesce(nf, {never}))::UTINYINT << 1))::UBIGINT << 36 AS b
        FROM (
            SELECT patient, max(start_lo) FILTER (WHERE standing = 0 AND start_hi <= {cutoff}) AS best,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_hemoglobin} AND value_lo >= 10000)) AS nt,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_hemoglobin} AND value_hi < 10000)) AS nf
            FROM observation
            WHERE concept IN ({hemoglobin}) AND value_state <> 0 AND standing <> 2 AND start_lo <= {cutoff}
            GROUP BY patient, xor(standing, standing)
        )
        WHERE best IS NOT NULL
        UNION ALL
        -- E9 potassium (an exclusion, so that true is not met)
        SELECT patient, ((best > coalesce(nf, {never}))::UTINYINT
            | ((best > coalesce(nt, {never}))::UTINYINT << 1))::UBIGINT << 38 AS b
        FROM (
            SELECT patient, max(start_lo) FILTER (WHERE standing = 0 AND start_hi <= {cutoff}
                AND concept NOT IN ({near_potassium})) AS best,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_potassium} AND value_lo > 5.5)) AS nt,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_potassium} AND value_hi <= 5.5)) AS nf
            FROM observation
            WHERE concept IN ({potassium}, {near_potassium}) AND value_state <> 0 AND standing <> 2
                AND start_lo <= {cutoff}
            GROUP BY patient, xor(standing, standing)
        )
        WHERE best IS NOT NULL
        UNION ALL
        -- I8 LDL
        SELECT patient, ((best > coalesce(nt, {never}))::UTINYINT
            | ((best > coalesce(nf, {never}))::UTINYINT << 1))::UBIGINT << 40 AS b
        FROM (
            SELECT patient, max(start_lo) FILTER (WHERE standing = 0 AND start_hi <= {cutoff}) AS best,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_ldl} AND value_lo >= 130)) AS nt,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_ldl} AND value_hi < 130)) AS nf
            FROM observation
            WHERE concept IN ({ldl}) AND value_state <> 0 AND standing <> 2 AND start_lo <= {cutoff}
            GROUP BY patient, xor(standing, standing)
        )
        WHERE best IS NOT NULL
        UNION ALL
        -- E11 NT-proBNP
        SELECT patient, ((best > coalesce(nt, {never}))::UTINYINT
            | ((best > coalesce(nf, {never}))::UTINYINT << 1))::UBIGINT << 42 AS b
        FROM (
            SELECT patient, max(start_lo) FILTER (WHERE standing = 0 AND start_hi <= {cutoff}) AS best,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_bnp} AND value_lo > 9e-05)) AS nt,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_bnp} AND value_hi <= 9e-05)) AS nf
            FROM observation
            WHERE concept IN ({bnp}) AND value_state <> 0 AND standing <> 2 AND start_lo <= {cutoff}
            GROUP BY patient, xor(standing, standing)
        )
        WHERE best IS NOT NULL
        UNION ALL
        -- E12 body-mass index: the latest weight against the patient's own limit
        SELECT patient, ((best > coalesce(nf, {never}))::UTINYINT
            | ((best > coalesce(nt, {never}))::UTINYINT << 1))::UBIGINT << 44 AS b
        FROM (
            SELECT patient, max(start_lo) FILTER (WHERE standing = 0 AND start_hi <= {cutoff}
                AND concept NOT IN ({near_weight})) AS best,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_weight} AND value_lo / area_hi > 45)) AS nt,
                max(start_hi) FILTER (WHERE NOT (unit = {unit_weight} AND value_hi / area_lo <= 45)) AS nf
            FROM observation JOIN area USING (patient)
            WHERE concept IN ({weight}, {near_weight}) AND value_state <> 0 AND standing <> 2
                AND start_lo <= {cutoff}
            GROUP BY patient, xor(standing, standing)
        )
        WHERE best IS NOT NULL
        UNION ALL
        -- I7 pressures of 130 and more, 14 days apart
        SELECT patient, (coalesce(sure_last >= sure_first + 14, false)::UTINYINT
            | ((coalesce(1 + (last >= first + 14)::INT, 0) + undated >= 2)::UTINYINT << 1))::UBIGINT << 46 AS b
        FROM (
            SELECT patient,
                max(low) FILTER (WHERE sure) AS sure_last, min(high) FILTER (WHERE sure) AS sure_first,
                max(low) FILTER (WHERE low = high) AS last, min(low) FILTER (WHERE low = high) AS first,
                count(*) FILTER (WHERE low <> high) AS undated
            FROM (
                SELECT patient, standing, start_lo // 86400000 AS low, start_hi // 86400000 AS high,
                    standing = 0 AND start_hi <= {cutoff} AND start_lo >= {years_1}
                        AND unit = {unit_pressure} AND value_lo >= 130 AS sure
                FROM observation
                WHERE concept IN ({pressure}) AND value_state <> 0 AND standing <> 2 AND start_lo <= {cutoff}
                    AND start_hi >= {years_1} AND NOT (unit = {unit_pressure} AND value_hi < 130)
            )
            GROUP BY patient, xor(standing, standing)
        )
        UNION ALL
        -- I7 readings enough, so that too few high ones are known to be too few
        SELECT patient, 1::UBIGINT << 48 AS b
        FROM observation
        WHERE concept IN ({pressure}) AND standing = 0 AND value_state <> 0 AND start_lo >= {years_1}
            AND start_hi <= {cutoff}
        GROUP BY patient, xor(standing, standing)
        HAVING max(start_lo) // 86400000 >= min(start_hi) // 86400000 + 14
        UNION ALL
        -- E10 glucose of 200 and more, 7 days apart
        SELECT patient, (coalesce(sure_last >= sure_first + 7, false)::UTINYINT
            | ((coalesce(1 + (last >= first + 7)::INT, 0) + undated >= 2)::UTINYINT << 1))::UBIGINT << 49 AS b
        FROM (
            SELECT patient,
                max(low) FILTER (WHERE sure) AS sure_last, min(high) FILTER (WHERE sure) AS sure_first,
                max(low) FILTER (WHERE low = high) AS last, min(low) FILTER (WHERE low = high) AS first,
                count(*) FILTER (WHERE low <> high) AS undated
            FROM (
                SELECT patient, standing, start_lo // 86400000 AS low, start_hi // 86400000 AS high,
                    standing = 0 AND start_hi <= {cutoff} AND start_lo >= {years_2}
                        AND concept NOT IN ({near_glucose})
                        AND unit = {unit_glucose} AND value_lo >= 200 AS sure
                FROM observation
                WHERE concept IN ({glucose}, {near_glucose}) AND value_state <> 0 AND standing <> 2
                    AND start_lo <= {cutoff}
                    AND start_hi >= {years_2} AND NOT (unit = {unit_glucose} AND value_hi < 200)
            )
            GROUP BY patient, xor(standing, standing)
        )
        UNION ALL
        -- E10 readings enough
        SELECT patient, 1::UBIGINT << 51 AS b
        FROM observation
        WHERE concept IN ({glucose}) AND standing = 0 AND value_state <> 0 AND start_lo >= {years_2}
            AND start_hi <= {cutoff}
        GROUP BY patient, xor(standing, standing)
        HAVING max(start_lo) // 86400000 >= min(start_hi) // 86400000 + 7
        UNION ALL
        -- I1 age 18 to 75, by day of birth; death
        SELECT patient, ((birth_hi < {born_18} AND birth_lo >= {born_76})::UTINYINT
            | ((birth_lo >= {born_18} OR birth_hi < {born_76})
                AND birth_lo > {beginning})::UTINYINT * 2::UTINYINT
            | (deceased = 1 AND (death_hi >= {end_of_time} OR death_lo <= {cutoff}))::UTINYINT * 4::UTINYINT
            | (deceased = 1
                AND (death_hi >= {end_of_time} OR death_hi <= {cutoff}))::UTINYINT
                * 8::UTINYINT)::UBIGINT << 54 AS b
        FROM demographic
        UNION ALL
        -- coverage: two days of contact, the last within two years, the first before the look-back
        SELECT patient, ((first <= {covered_365})::UTINYINT | ((first <= {covered_180})::UTINYINT << 1)
            | ((first <= {covered_90})::UTINYINT << 2) | ((first <= {covered_60})::UTINYINT << 3)
            | ((first <= {covered_30})::UTINYINT << 4)
            | ((first <= {covered_14})::UTINYINT << 5))::UBIGINT << 58 AS b
        FROM (
            SELECT patient, start_lo AS first, coalesce(
                lead(before) OVER (),
                (SELECT max(start_lo) FROM contact WHERE patient = (SELECT max(patient) FROM contact)
                    AND start_lo <= {cutoff})
            ) AS last
            FROM (
                SELECT patient, start_lo, lag(start_lo) OVER () AS before, lag(patient) OVER () AS previous
                FROM contact WHERE start_lo <= {cutoff}
            )
            WHERE previous IS DISTINCT FROM patient
        )
        WHERE first < last AND last >= {in_care}
),
bits AS (
    -- The second reference keeps `parts` from being inlined, which would set up a hash table per branch.
    SELECT patient, bit_or(b) AS b
    FROM parts WHERE (SELECT count(*) FROM (FROM parts LIMIT 1)) >= 0
    GROUP BY patient
),
bytes AS (
    -- Fails and passes by masks: results and age that count by themselves, exclusions' sure rows
    -- (and with those in doubt), the inclusion I2 with its coverage, death.
    SELECT patient,
        (b & 255)::UTINYINT AS b0, ((b >> 8) & 255)::UTINYINT AS b1,
        ((b >> 16) & 255)::UTINYINT AS b2, ((b >> 24) & 255)::UTINYINT AS b3,
        ((b >> 32) & 255)::UTINYINT AS b4, ((b >> 40) & 255)::UTINYINT AS b5,
        ((b >> 48) & 255)::UTINYINT AS b6, ((b >> 56) & 255)::UTINYINT AS b7,
        (b >> 1) & ~b & 18032356841488384 <> 0 OR b & 176163496 <> 0
            OR b & 288230376151711745 = 288230376151711744
            OR b & 144115188075855872 <> 0 AS failed,
        b & 264245244 = 0 AND b & 216172782113783808 = 0 AND b & 288230376151711747 = 288230376151711747
            AND b & ~(b >> 1) & 18032356841488384 = 18032356841488384 AS passed
    FROM bits
),
-- From here 0, 1, 3 stand for false, unknown, true until they are told.
leaves AS (
    SELECT *,
        1::UTINYINT - ((b7 >> 2) & 1) AS u365,
        1::UTINYINT - ((b7 >> 3) & 1) AS u180,
        1::UTINYINT - ((b7 >> 4) & 1) AS u90,
        1::UTINYINT - ((b7 >> 5) & 1) AS u60,
        1::UTINYINT - ((b7 >> 6) & 1) AS u30,
        1::UTINYINT - ((b7 >> 7) & 1) AS u14,
        ((b5 & 1) << 1) | (1::UTINYINT - ((b5 >> 1) & 1)) AS ldl,
        (((b5 >> 2) & 1) << 1) | (1::UTINYINT - ((b5 >> 3) & 1)) AS bnp,
        ((b5 >> 6) & 1) | ((b5 >> 5) & 2) | (b5 >> 7) | (1::UTINYINT - (b6 & 1)) AS pressures,
        ((b6 >> 1) & 1) | (b6 & 2) | ((b6 >> 2) & 1)
            | (1::UTINYINT - ((b6 >> 3) & 1)) AS glucoses
    FROM bytes
),
counted AS (
    -- Possible ones in the low half of the byte, sure ones in the high half.
    SELECT *,
        (((((b1 >> 4) & 3) | u365) | ((((b1 >> 4) & 3) | u365) << 3)) & 17)
            + (((((b1 >> 6) & 3) | u365) | ((((b1 >> 6) & 3) | u365) << 3)) & 17)
            + ((ldl | (ldl << 3)) & 17)
            + ((((b2 & 3) | u365) | (((b2 & 3) | u365) << 3)) & 17) AS risks,
        (((((b2 >> 2) & 3) | u365) | ((((b2 >> 2) & 3) | u365) << 3)) & 17)
            + (((((b3 >> 4) & 3) | u180) | ((((b3 >> 4) & 3) | u180) << 3)) & 17)
            + ((bnp | (bnp << 3)) & 17)
            + (((((b2 >> 4) & 3) | u365) | ((((b2 >> 4) & 3) | u365) << 3)) & 17) AS signs
    FROM leaves
),
told AS (
    SELECT patient, failed, passed,
        1::UTINYINT + ((b6 >> 6) & 1) - ((b6 >> 7) & 1) AS i1,
        (((b0 & 3) | u365) + 1::UTINYINT) >> 1 AS i2,
        1::UTINYINT + ((b3 >> 6) & 1) - ((b3 >> 7) & 1) AS i3,
        1::UTINYINT + (b4 & 1) - ((b4 >> 1) & 1) AS i4,
        1::UTINYINT + ((b4 >> 2) & 1) - ((b4 >> 3) & 1) AS i5,
        1::UTINYINT + ((b4 >> 4) & 1) - ((b4 >> 5) & 1) AS i6,
        (pressures + 1::UTINYINT) >> 1 AS i7,
        (risks >= 32)::UTINYINT + ((risks & 15) >= 2)::UTINYINT AS i8,
        2::UTINYINT - (((((b0 >> 2) & 3) | u365) + 1::UTINYINT) >> 1) AS e1,
        2::UTINYINT - (((((b0 >> 4) & 3) | u180) + 1::UTINYINT) >> 1) AS e2,
        2::UTINYINT - (((((b0 >> 6) & 3) | u60) + 1::UTINYINT) >> 1) AS e3,
        2::UTINYINT - ((((b1 & 3) | u365) + 1::UTINYINT) >> 1) AS e4,
        2::UTINYINT - (((((b1 >> 2) & 3) | u365) + 1::UTINYINT) >> 1) AS e5,
        2::UTINYINT - (((((b2 >> 6) & 3) | u90) + 1::UTINYINT) >> 1) AS e6,
        2::UTINYINT - ((((b3 & 3) | u30) + 1::UTINYINT) >> 1) AS e7,
        2::UTINYINT - (((((b3 >> 2) & 3) | u14) + 1::UTINYINT) >> 1) AS e8,
        1::UTINYINT + ((b4 >> 6) & 1) - ((b4 >> 7) & 1) AS e9,
        2::UTINYINT - ((glucoses + 1::UTINYINT) >> 1) AS e10,
        2::UTINYINT - ((signs >= 32)::UTINYINT + ((signs & 15) >= 2)::UTINYINT) AS e11,
        1::UTINYINT + ((b5 >> 4) & 1) - ((b5 >> 5) & 1) AS e12
    FROM counted
)
SELECT patient, i1, i2, i3, i4, i5, i6, i7, i8, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12,
    (NOT failed AND i7 <> 0 AND i8 <> 0 AND e10 <> 0 AND e11 <> 0)::UTINYINT
        + (passed AND i7 = 2 AND i8 = 2 AND e10 = 2 AND e11 = 2)::UTINYINT AS verdict
FROM told
