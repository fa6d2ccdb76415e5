-- 5. Identify: the table `duplicate_ids(id)`, sorted, and <output>/duplicates/.
--
--   eps         in [0, 1]
--   output      an existing folder; pairwise_results/ is read from it when the table is not in this database
--   overwrite   true to replace the duplicates/ that nearduck wrote for another eps; default false

SET VARIABLE output = required_variable('output');

-- The relation of this database, or else the files of an earlier run; not one of each.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

-- Refused before anything is computed.
SET VARIABLE duplicates_path = output_path('5_identify', 'duplicates');

CREATE OR REPLACE TABLE duplicate_ids AS
FROM duplicates(getvariable('pairs'), getvariable('eps'));

COPY (FROM duplicate_ids ORDER BY id)
TO (getvariable('duplicates_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

SET VARIABLE duplicates_path = publish_output(
    getvariable('duplicates_path'),
    '5_identify',
    json_object(
        'result', 'duplicates',
        'eps', getvariable('eps')::DOUBLE,
        'duplicates', (SELECT count(*) FROM duplicate_ids)
    )
);

SELECT
    (SELECT count(*) FROM duplicate_ids) AS duplicates,
    if(
        count(*) > 0,
        'deduplicated/ is that of an earlier eps until 6_export replaces it (overwrite=true)',
        'written to duplicates/'
    ) AS note
FROM glob(literal_path(getvariable('output')) || '/deduplicated/*');
