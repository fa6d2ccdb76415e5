-- As 3_write.sql, with kmeans_results in NeMo Curator's own layout: centroid=<n>/*.parquet, with the embedding and all
-- other columns of the input (and of the metadata, after 1_join_metadata.sql), for its PairwiseStage to read. Reads the
-- input once more.
--
--   output   an existing folder

SET VARIABLE output = required_variable('output');

COPY (
    SELECT *
    FROM (
        SELECT COLUMNS(lambda c: c NOT IN ('centroid', 'cosine_dist_to_cent', 'l2_dist_to_cent'))
        FROM query_table(coalesce(getvariable('relation'), 'embeddings'))
    )
    JOIN kmeans_results USING (id)
)
TO (getvariable('output') || '/kmeans_results') (FORMAT parquet, PARTITION_BY (centroid));

COPY (FROM pairwise_results)
TO (getvariable('output') || '/pairwise_results') (FORMAT parquet, FILE_SIZE_BYTES '1GB');
