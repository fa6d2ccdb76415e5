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

SET VARIABLE metadata_kept = if(
    contains(getvariable('metadata'), getvariable('output') || '/deduplicated/'),
    error(format('6_export: metadata {} would be replaced by what is read from it', getvariable('metadata'))),
    true
);

-- The table of this database, or else the files of an earlier run; not one of each.
SET VARIABLE duplicates = source_of('duplicate_ids', 'duplicates');
SET VARIABLE agreement = agreement_check('duplicate_ids', 'duplicates', 'id');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

CREATE OR REPLACE TEMP VIEW metadata AS
FROM query('FROM ' || from_text(getvariable('metadata')));

CREATE OR REPLACE TEMP VIEW deduplicated AS
FROM query(format(
    'FROM metadata ANTI JOIN {} AS duplicates ON metadata."{}" = duplicates.id',
    from_text(getvariable('duplicates')),
    replace(coalesce(getvariable('id'), 'id'), '"', '""')
));

CREATE OR REPLACE TEMP VIEW unknown_duplicates AS
FROM query(format(
    'FROM {} AS duplicates ANTI JOIN metadata ON metadata."{}" = duplicates.id',
    from_text(getvariable('duplicates')),
    replace(coalesce(getvariable('id'), 'id'), '"', '""')
));

-- Before what is there is replaced: ids that cannot be compared are an error here.
SET VARIABLE rows_kept = (SELECT count(*) FROM deduplicated);

COPY (FROM deduplicated)
TO (getvariable('output') || '/deduplicated') (
    FORMAT parquet,
    FILE_SIZE_BYTES '1GB',
    OVERWRITE (coalesce(getvariable('overwrite')::BOOLEAN, false))
);

SELECT rows_in, rows_in - rows_kept AS rows_dropped, rows_kept, duplicates_not_in_metadata
FROM (SELECT count(*) AS rows_in FROM metadata)
CROSS JOIN (SELECT getvariable('rows_kept') AS rows_kept)
CROSS JOIN (SELECT count(*) AS duplicates_not_in_metadata FROM unknown_duplicates);
