-- 6. Export: <output>/deduplicated/, every row of the metadata whose id is not a duplicate; prints what became of the rows.
--
--   metadata   a file, relation or SELECT text to export, such as clips_meta.parquet
--   id         its id column; default id
--   output     an existing folder; duplicates/ is read from it when the table is not in this database
--   overwrite  true to replace the deduplicated/ of another eps; default false

SET VARIABLE output = required_variable('output');
SET VARIABLE metadata = required_variable('metadata');

-- Refused before anything is computed.
SET VARIABLE replaced_files = files_to_replace('6_export', 'deduplicated');

CREATE VIEW IF NOT EXISTS duplicate_ids AS
FROM read_parquet(getvariable('output') || '/duplicates/*.parquet');

CREATE OR REPLACE VIEW metadata AS
FROM query('FROM ' || from_text(getvariable('metadata')));

CREATE OR REPLACE VIEW deduplicated AS
FROM query(format(
    'FROM metadata ANTI JOIN duplicate_ids ON metadata."{}" = duplicate_ids.id',
    replace(coalesce(getvariable('id'), 'id'), '"', '""')
));

CREATE OR REPLACE VIEW unknown_duplicates AS
FROM query(format(
    'FROM duplicate_ids ANTI JOIN metadata ON metadata."{}" = duplicate_ids.id',
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
