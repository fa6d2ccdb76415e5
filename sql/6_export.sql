-- 6. Export: writes every row of the metadata whose id is not a duplicate to <output>/deduplicated/, and
-- prints the number of rows kept and dropped.
--
--   metadata   a file, relation or SELECT text to export, such as clips_meta.parquet
--   id         its id column; default id
--   output     an existing folder; duplicates/ is read from it if the table is not in this database
--   overwrite  true to replace the deduplicated/ that nearduck wrote for another eps; default false

SET VARIABLE output = required_variable('output');
SET VARIABLE metadata = required_variable('metadata');

SET VARIABLE metadata_kept = if(
    contains(getvariable('metadata'), getvariable('output') || '/deduplicated/'),
    error(format('6_export: metadata {} would be replaced by what is read from it', getvariable('metadata'))),
    true
);

-- Read the table of this database if it exists, otherwise the files of an earlier run. Different results in
-- both are an error.
SET VARIABLE duplicates = source_of('duplicate_ids', 'duplicates');
SET VARIABLE agreement = agreement_check('duplicate_ids', 'duplicates', 'id');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

-- Check that results may be replaced, before anything is computed.
SET VARIABLE deduplicated_path = output_path('6_export', 'deduplicated');

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

-- Fail here if ids cannot be compared, before existing results are replaced.
SET VARIABLE rows_kept = (SELECT count(*) FROM deduplicated);

COPY (FROM deduplicated)
TO (getvariable('deduplicated_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

-- Count before publishing: the metadata may come from the result that is replaced.
SET VARIABLE export_counts = (
    SELECT {
        'rows_in': (SELECT count(*) FROM metadata),
        'rows_dropped': (SELECT count(*) FROM metadata) - getvariable('rows_kept'),
        'rows_kept': getvariable('rows_kept'),
        'duplicates_not_in_metadata': (SELECT count(*) FROM unknown_duplicates)
    }
);

SET VARIABLE deduplicated_path = publish_output(
    getvariable('deduplicated_path'),
    '6_export',
    json_merge_patch(
        json_object('result', 'deduplicated', 'metadata', getvariable('metadata')),
        to_json(getvariable('export_counts'))
    )
);

SELECT unnest(getvariable('export_counts'));
