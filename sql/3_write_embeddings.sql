-- Like 3_write.sql, but writes kmeans_results in the layout that NeMo Curator's PairwiseStage reads:
-- centroid=<n>/*.parquet, with the embedding and all other columns of the input (and of the metadata, after
-- 1_join_metadata.sql). Reads the input again.
--
--   output      an existing folder
--   overwrite   true to replace results that nearduck wrote there; default false

SET VARIABLE output = required_variable('output');

-- Check that results may be replaced, before anything is written.
SET VARIABLE kmeans_path = output_path('3_write_embeddings', 'kmeans_results');
SET VARIABLE pairwise_path = output_path('3_write_embeddings', 'pairwise_results');

COPY (
    SELECT *
    FROM (
        SELECT COLUMNS(lambda c: c NOT IN ('centroid', 'cosine_dist_to_cent', 'l2_dist_to_cent'))
        FROM query_table(name_of(coalesce(getvariable('relation'), 'embeddings')))
    )
    JOIN kmeans_results USING (id)
)
TO (getvariable('kmeans_path')) (FORMAT parquet, PARTITION_BY (centroid), FILENAME_PATTERN (file_names()));

COPY (FROM pairwise_results)
TO (getvariable('pairwise_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

SET VARIABLE kmeans_path = publish_output(getvariable('kmeans_path'), '3_write_embeddings', json_object('result', 'kmeans_results'));
SET VARIABLE pairwise_path = publish_output(
    getvariable('pairwise_path'),
    '3_write_embeddings',
    json_object('result', 'pairwise_results', 'rows', (SELECT count(*) FROM pairwise_results))
);
