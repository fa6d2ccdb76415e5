-- 6. Only for cosmos-curate: <output>/extraction/, which its shard pipeline reads with --input-semantic-dedup-path <output> and
-- the same --semantic-dedup-epsilon. unique_ids_<eps>.parquet/ has the ids to remove, semdedup_pruning_tables/ the score of
-- every row. Ids are VARCHAR there.
--
--   eps         the one that 5_identify.sql was run with
--   output      an existing folder; pairwise_results/ and duplicates/ are read from it when the tables are not in this database
--   overwrite   true to replace the extraction/ that nearduck wrote for another eps; default false

SET VARIABLE output = required_variable('output');
SET VARIABLE eps = required_variable('eps')::DOUBLE;

-- The relations of this database, or else the files of an earlier run; not one of each.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));
SET VARIABLE duplicates = source_of('duplicate_ids', 'duplicates');
SET VARIABLE agreement = agreement_check('duplicate_ids', 'duplicates', 'id');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

-- Other rules drop other rows than those with a score close enough.
SET VARIABLE agreement = if(
    coalesce(getvariable('rule')::VARCHAR, 'chain') <> 'chain'
        OR (SELECT count(*) FROM query_table(name_of(getvariable('duplicates'))))
        = (SELECT count(*) FROM duplicates(getvariable('pairs'), getvariable('eps'))),
    true,
    error(format('6_cosmos_curate: the duplicates are not those of eps {}; run 5_identify.sql with it first', getvariable('eps')))
);

-- Refused before anything is written.
SET VARIABLE extraction_path = output_path('6_cosmos_curate', 'extraction');

-- Five decimals, without the zeros at the end: 0.01, and 0 for 0.
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
