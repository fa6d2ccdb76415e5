-- Third step, one task per bucket of clusters. Writes `pairs.parquet(id, max_id, cosine_sim_score,
-- checked_score, max_in_against)`: for each row of the bucket, the most similar row ranked before it. The
-- bucket includes guests, the rows of clusters in other buckets.
--
--   bucket          number of the bucket
--   row_files       files of the rows, by bucket
--   earlier_files   files of the earlier rows; NULL if there are none
--   checked_files   files of the rows that are compared with all rows
--   check_rows      number of these rows to check
--   folder, keep, rank_by, protect, seed

CREATE OR REPLACE TEMP VIEW bucket_own AS
SELECT * EXCLUDE (bucket)
FROM read_parquet(getvariable('row_files'), hive_partitioning := false)
WHERE bucket = getvariable('bucket')::INTEGER;

CREATE OR REPLACE TEMP VIEW bucket_rows AS
FROM bucket_own
UNION ALL BY NAME
SELECT *, []::INTEGER[] AS clusters
FROM read_parquet(getvariable('checked_files'), hive_partitioning := false)
ANTI JOIN (SELECT id FROM bucket_own) USING (id);

CREATE OR REPLACE TEMP VIEW bucket_earlier AS
SELECT * EXCLUDE (bucket)
FROM read_parquet(coalesce(getvariable('earlier_files'), getvariable('row_files')), hive_partitioning := false)
WHERE bucket = getvariable('bucket')::INTEGER;

SET VARIABLE check_hash = (
    SELECT min(hash)
    FROM (
        SELECT hash(id, getvariable('seed')::BIGINT) AS hash
        FROM read_parquet(getvariable('checked_files'), hive_partitioning := false)
        ORDER BY hash DESC
        LIMIT (coalesce(getvariable('check_rows'), 0)::BIGINT)
    )
);

COPY (
    SELECT id, max_id, cosine_sim_score, checked_score, max_in_against
    FROM (
        FROM pairwise(
            'bucket_rows',
            cluster := 'clusters',
            which_to_keep := coalesce(getvariable('keep'), 'hard'),
            rank_by := getvariable('rank_by'),
            protect := if(getvariable('protect') IS NULL, NULL, 'nearduck_protected'),
            against := if(getvariable('earlier_files') IS NULL, NULL, 'bucket_earlier'),
            check_where := coalesce(
                format('hash(id, {}::BIGINT) >= {}::UBIGINT', getvariable('seed'), getvariable('check_hash')),
                'false'
            ),
            -- Checked rows are not compared with guests here: the task of the guest's own bucket does that.
            check_among := 'list_contains(clusters, centroid)',
            seed := coalesce(getvariable('seed'), 42)
        )
        UNION ALL BY NAME
        SELECT NULL::BOOLEAN AS max_in_against WHERE false
    )
)
TO (getvariable('folder') || '/pairs.parquet') (FORMAT parquet);

SET VARIABLE facts = json_object(
    'rows', (SELECT count(*) FROM read_parquet(getvariable('folder') || '/pairs.parquet', hive_partitioning := false))
);
