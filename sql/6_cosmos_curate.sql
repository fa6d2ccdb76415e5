-- 6. Needed only for cosmos-curate: writes <output>/extraction/, which its shard pipeline reads with
-- --input-semantic-dedup-path <output> and the same --semantic-dedup-epsilon. unique_ids_<eps>.parquet/
-- contains the ids to remove, semdedup_pruning_tables/ the score of every row. The ids in these files are
-- VARCHAR.
--
--   eps         the eps of 5_identify.sql
--   output      an existing folder; pairwise_results/ and duplicates/ are read from it when the tables are
--               not in this database
--   overwrite   true to replace the extraction/ that nearduck wrote for another eps; default false

SET VARIABLE output = required_variable('output');
SET VARIABLE eps = required_variable('eps')::DOUBLE;

-- Both relations come from this database, or both from the files of an earlier run.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));
SET VARIABLE duplicates = source_of('duplicate_ids', 'duplicates');
SET VARIABLE agreement = agreement_check('duplicate_ids', 'duplicates', 'id');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

-- Rules other than chain also depend on more than the score of a row.
SET VARIABLE agreement = if(
    coalesce(getvariable('rule')::VARCHAR, 'chain') <> 'chain'
        OR (SELECT count(*) FROM query_table(name_of(getvariable('duplicates'))))
        = (SELECT count(*) FROM duplicates(getvariable('pairs'), getvariable('eps'))),
    true,
    error(format('6_cosmos_curate: the duplicates are not those of eps {}; run 5_identify.sql with it first', getvariable('eps')))
);

-- Check that results may be replaced, before anything is written.
SET VARIABLE extraction_path = output_path('6_cosmos_curate', 'extraction');

-- Five decimals without trailing zeros: 0.01, and 0 for 0.
SET VARIABLE unique_ids_path = format(
    '{}/unique_ids_{}.parquet',
    getvariable('extraction_path'),
    regexp_replace(format('{:.5f}', getvariable('eps')), '\.?0+$', '')
);

COPY (SELECT id::VARCHAR AS id FROM query_table(name_of(getvariable('duplicates'))) ORDER BY ALL)
TO (getvariable('unique_ids_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

COPY (SELECT id::VARCHAR AS id, cosine_sim_score FROM query_table(name_of(getvariable('pairs'))))
TO (getvariable('extraction_path') || '/semdedup_pruning_tables')
(FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

SET VARIABLE extraction_path = publish_output(
    getvariable('extraction_path'),
    '6_cosmos_curate',
    json_object('result', 'extraction', 'eps', getvariable('eps'))
);
