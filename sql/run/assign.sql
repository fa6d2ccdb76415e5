-- Second step, one task per group of input files, or of files of earlier rows. Writes `rows.parquet`, each row
-- once per bucket of the clusters in which it is compared, roughly in the order of buckets; `labels.parquet`;
-- `checked.parquet`, with the rows to compare with all others; and `members.parquet`, with the number of rows
-- per cluster.
--
--   model                  fit.parquet
--   overlap, memberships   as in 3_pairwise.sql, or as the fit chose them; its earlier_overlap for earlier
--                          rows
--   protect                as in 3_pairwise.sql; fills the column nearduck_protected
--   check_hash             the lowest hash of a row to check
--   columns_kept           columns of the input to keep beside id and embedding: 'all' to rank by them, or
--                          'none'
--   task_columns           names of the columns that kmeans_assign returns: those of the input are not kept
--   folder, seed, on_invalid

-- Columns of the input to keep, by id.
SET VARIABLE kept = if(
    getvariable('columns_kept') = 'all' OR getvariable('protect') IS NOT NULL,
    format(
        'SELECT COLUMNS(lambda c:
             c = ''id''
             OR (
                 getvariable(''columns_kept'') = ''all''
                 AND lower(c) <> ''embedding''
                 AND NOT list_contains(getvariable(''task_columns''), lower(c))
             )
         ),
         coalesce(({}), false) AS nearduck_protected
         FROM query_table(coalesce(getvariable(''relation''), ''embeddings''))',
        coalesce(getvariable('protect')::VARCHAR, 'false') || chr(10)
    ),
    'SELECT id, false AS nearduck_protected
     FROM query_table(coalesce(getvariable(''relation''), ''embeddings''))
     LIMIT 0'
);

-- kmeans_assign returns the embeddings, so that the files are read once. Compression and dictionaries would
-- not make them smaller, and pairwise reads uncompressed pages without copying them. Row groups are small, so
-- that few of them have rows of two buckets.
COPY (
    SELECT * REPLACE (coalesce(nearduck_protected, false) AS nearduck_protected)
    FROM kmeans_assign(
        coalesce(getvariable('relation'), 'embeddings'),
        'FROM read_parquet(getvariable(''model''), hive_partitioning := false)',
        overlap := coalesce(getvariable('overlap'), 0),
        memberships := coalesce(getvariable('memberships'), 4),
        with_embeddings := true,
        with_buckets := true,
        on_invalid := coalesce(getvariable('on_invalid'), 'error')
    )
    LEFT JOIN query(getvariable('kept')) USING (id)
)
TO (getvariable('folder') || '/rows.parquet')
(FORMAT parquet, COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 0, ROW_GROUP_SIZE 2048);

CREATE OR REPLACE TEMP TABLE placed AS
SELECT * EXCLUDE (embedding, bucket)
FROM read_parquet(getvariable('folder') || '/rows.parquet', hive_partitioning := false);

COPY (SELECT * EXCLUDE (clusters) FROM placed WHERE list_contains(clusters, centroid))
TO (getvariable('folder') || '/labels.parquet') (FORMAT parquet);

COPY (
    SELECT * EXCLUDE (clusters, bucket)
    FROM read_parquet(getvariable('folder') || '/rows.parquet', hive_partitioning := false)
    WHERE
        hash(id, getvariable('seed')::BIGINT) >= getvariable('check_hash')::UBIGINT
        AND getvariable('check_rows') > 0
        AND list_contains(clusters, centroid)
)
TO (getvariable('folder') || '/checked.parquet') (FORMAT parquet);

-- Exempt rows, which are earlier or protected, are not compared with each other.
COPY (
    SELECT
        cluster,
        count(*) FILTER (NOT is_exempt) AS rows,
        count(*) FILTER (is_exempt) AS exempt,
        count(*) FILTER (NOT is_exempt AND cluster = centroid) AS own_rows,
        count(*) FILTER (is_exempt AND cluster = centroid) AS own_exempt
    FROM (
        SELECT
            unnest(clusters) AS cluster,
            centroid,
            nearduck_protected OR coalesce(getvariable('relation'), 'embeddings') = 'earlier' AS is_exempt
        FROM placed
    )
    GROUP BY cluster
)
TO (getvariable('folder') || '/members.parquet') (FORMAT parquet);

SET VARIABLE facts = json_object(
    'rows', (SELECT count(*) FROM placed WHERE list_contains(clusters, centroid)),
    'members', (SELECT sum(len(clusters)) FROM placed)
);
