-- 6. Export: <output>/deduplicated/, every row of the metadata whose id is not a duplicate; prints what became of the rows.
--
--   metadata   a file, relation or SELECT text to export, such as clips_meta.parquet
--   id         its id column; default id
--   output     an existing folder; duplicates/ is read from it when the table is not in this database
--   overwrite  true to replace the deduplicated/ that nearduck wrote for another eps; default false

SET VARIABLE output = required_variable('output');
SET VARIABLE metadata = required_variable('metadata');

SET VARIABLE metadata_kept = if(
    contains(getvariable('metadata'), getvariable('output') || '/deduplicated/'),
    error(format('6_export: metadata {} would be replaced by what is read from it', getvariable('metadata'))),
    true
);

-- The table of this database, or else the files of an earlier run; not one of each.
SET VARIABLE duplicates = source_of('duplicate_ids', 'duplicates');
SET VARIABLE agreement = agreement_check('duplicate_ids', 'duplicates', 'id');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

-- Refused before anything is computed.
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

-- Before what is there is replaced: ids that cannot be compared are an error here.
SET VARIABLE rows_kept = (SELECT count(*) FROM deduplicated);

COPY (FROM deduplicated)
TO (getvariable('deduplicated_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

-- While the metadata can be read: it may come from the result that is replaced.
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
