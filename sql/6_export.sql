-- 6. Export: <output>/deduplicated/, every row of the metadata whose id is not a duplicate; prints what became of the rows.
--
--   metadata   a file, relation or SELECT text to export, such as clips_meta.parquet
--   id         its id column; default id
--   output     an existing folder; duplicates/ is read from it when the table is not in this database
--   overwrite  true to replace the deduplicated/ of another eps; default false

SET VARIABLE output = required_variable('output');
SET VARIABLE metadata = required_variable('metadata');

-- Refused before anything is computed.
SET VARIABLE replaced_files = (
    SELECT if(
        count(*) > 0 AND NOT coalesce(getvariable('overwrite')::BOOLEAN, false),
        error(format(
            '6_export: {}/deduplicated is not empty; -set overwrite=true or SET VARIABLE overwrite = true replaces it',
            getvariable('output')
        )),
        count(*)
    )
    FROM glob(getvariable('output') || '/deduplicated/*')
);

-- The table of this database, or else the files of an earlier run.
SET VARIABLE duplicate_source = (
    SELECT if(count(*) > 0, 'duplicate_ids', getvariable('output') || '/duplicates/*.parquet')
    FROM duckdb_columns()
    WHERE table_name = 'duplicate_ids' AND database_name IN (current_database(), 'temp')
);

CREATE OR REPLACE TEMP VIEW dropped AS
FROM query_table(getvariable('duplicate_source'));

CREATE OR REPLACE VIEW metadata AS
FROM query('FROM ' || CASE
    WHEN regexp_matches(getvariable('metadata'), '^\s*(FROM|SELECT|WITH)\s', 'i')
        THEN '(' || getvariable('metadata') || ')'
    WHEN regexp_matches(getvariable('metadata'), '/|\.(parquet|csv|tsv|jsonl?|ndjson)$', 'i')
        AND NOT contains(getvariable('metadata'), '(')
        THEN '''' || replace(getvariable('metadata'), '''', '''''') || ''''
    ELSE getvariable('metadata')
END);

CREATE OR REPLACE VIEW deduplicated AS
FROM query(format(
    'FROM metadata ANTI JOIN dropped ON metadata."{}" = dropped.id',
    replace(coalesce(getvariable('id'), 'id'), '"', '""')
));

CREATE OR REPLACE VIEW unknown_duplicates AS
FROM query(format(
    'FROM dropped ANTI JOIN metadata ON metadata."{}" = dropped.id',
    replace(coalesce(getvariable('id'), 'id'), '"', '""')
));

COPY (FROM deduplicated)
TO (getvariable('output') || '/deduplicated') (
    FORMAT parquet,
    FILE_SIZE_BYTES '1GB',
    OVERWRITE (coalesce(getvariable('overwrite')::BOOLEAN, false))
);

SELECT rows_in, rows_in - rows_kept AS rows_dropped, rows_kept, duplicates_not_in_metadata
FROM (SELECT count(*) AS rows_in FROM metadata)
CROSS JOIN (SELECT count(*) AS rows_kept FROM deduplicated)
CROSS JOIN (SELECT count(*) AS duplicates_not_in_metadata FROM unknown_duplicates);
