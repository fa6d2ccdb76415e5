-- Third step, one task per bucket of clusters: `pairs.parquet(id, max_id, cosine_sim_score, checked_score)`, for each row of
-- the bucket, its guests too, the most similar one ranked before it.
--
--   bucket_files    files of the bucket's rows
--   checked_files   files of the rows that are compared with all rows
--   check_hash, folder, keep, rank_by, seed

CREATE OR REPLACE TEMP VIEW bucket_rows AS
FROM read_parquet(getvariable('bucket_files'), hive_partitioning = false)
UNION ALL BY NAME
SELECT *, []::INTEGER[] AS clusters
FROM read_parquet(getvariable('checked_files'))
ANTI JOIN (SELECT id FROM read_parquet(getvariable('bucket_files'), hive_partitioning = false)) USING (id);

COPY (
    SELECT id, max_id, cosine_sim_score, checked_score
    FROM pairwise(
        'bucket_rows',
        cluster := 'clusters',
        which_to_keep := coalesce(getvariable('keep'), 'hard'),
        rank_by := getvariable('rank_by'),
        check_where := if(
            getvariable('check_rows') > 0,
            format('hash(id, {}::BIGINT) >= {}::UBIGINT', getvariable('seed'), getvariable('check_hash')),
            'false'
        ),
        -- A guest is at home in another bucket, whose task compares with it.
        check_among := 'list_contains(clusters, centroid)',
        seed := coalesce(getvariable('seed'), 42)
    )
)
TO (getvariable('folder') || '/pairs.parquet') (FORMAT parquet);

SET VARIABLE facts = json_object('rows', (SELECT count(*) FROM read_parquet(getvariable('folder') || '/pairs.parquet')));
