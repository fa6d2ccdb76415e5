-- Second step, one task per group of input files, or of files of earlier rows: `labels.parquet`, and `rows/bucket=<n>/`, each row
-- in the buckets of all clusters that it is compared in. Rows to compare with all others are in `checked.parquet` as well, rows
-- per cluster in `members.parquet`.
--
--   model                  fit.parquet
--   overlap, memberships   as in 3_pairwise.sql; those that the fit chose, of earlier rows its earlier_overlap
--   protect                as in 3_pairwise.sql: the column nearduck_protected
--   check_hash             hash from which on rows are checked
--   columns_kept           columns of the input to keep beside id and embedding: 'all' to rank by them, or 'none'
--   folder, seed, on_invalid

CREATE OR REPLACE TEMP TABLE labels AS
FROM kmeans_assign(
    coalesce(getvariable('relation'), 'embeddings'),
    getvariable('model'),
    overlap := coalesce(getvariable('overlap'), 0),
    memberships := coalesce(getvariable('memberships'), 4),
    on_invalid := coalesce(getvariable('on_invalid'), 'error')
);

CREATE OR REPLACE TEMP TABLE places AS
SELECT id, bucket, list(cluster) AS clusters
FROM (SELECT id, unnest(clusters) AS cluster FROM labels)
JOIN (SELECT centroid AS cluster, bucket FROM query_table(name_of(getvariable('model')))) USING (cluster)
GROUP BY id, bucket;

-- As bytes where they are float32: Parquet writes a list element by element.
SET VARIABLE embedding_kept = (
    SELECT if(starts_with(column_type, 'FLOAT['), 'pack_floats(embedding::FLOAT[])', 'embedding')
    FROM (DESCRIBE FROM query_table(coalesce(getvariable('relation'), 'embeddings')))
    WHERE column_name = 'embedding'
);

CREATE OR REPLACE TEMP VIEW kept_rows AS
FROM query(format(
    'SELECT kept.* REPLACE ({} AS embedding), labels.* EXCLUDE (id, clusters)
     FROM (
         SELECT COLUMNS(lambda c:
             c IN (''id'', ''embedding'')
             OR (
                 getvariable(''columns_kept'') = ''all''
                 AND c NOT IN (''centroid'', ''cosine_dist_to_cent'', ''l2_dist_to_cent'', ''bucket'', ''clusters'')
             )
         ),
         coalesce(({}), false) AS nearduck_protected
         FROM query_table(coalesce(getvariable(''relation''), ''embeddings''))
     ) AS kept
     JOIN labels USING (id)',
    getvariable('embedding_kept'),
    coalesce(getvariable('protect')::VARCHAR, 'false') || chr(10)
));

-- Without this all rows would be held until the last. The rows of a bucket that are written at once make a row group.
SET partitioned_write_flush_threshold = greatest(8192, 256 * getvariable('buckets'))::UBIGINT;

-- Embeddings do not get smaller, and pages that are as they were in memory are read where they lie.
COPY (SELECT kept_rows.*, places.clusters, places.bucket FROM kept_rows JOIN places USING (id))
TO (getvariable('folder') || '/rows') (FORMAT parquet, PARTITION_BY (bucket), COMPRESSION uncompressed);

-- From what was just written: reading that is faster than reading the input again.
COPY (
    SELECT DISTINCT ON (id) * EXCLUDE (clusters)
    FROM read_parquet(getvariable('folder') || '/rows/*/*.parquet', hive_partitioning = false)
    WHERE hash(id, getvariable('seed')::BIGINT) >= getvariable('check_hash')::UBIGINT AND getvariable('check_rows') > 0
)
TO (getvariable('folder') || '/checked.parquet') (FORMAT parquet);

COPY (SELECT * EXCLUDE (embedding) FROM kept_rows)
TO (getvariable('folder') || '/labels.parquet') (FORMAT parquet);

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
        FROM labels JOIN (SELECT id, nearduck_protected FROM read_parquet(getvariable('folder') || '/labels.parquet')) USING (id)
    )
    GROUP BY cluster
)
TO (getvariable('folder') || '/members.parquet') (FORMAT parquet);

SET VARIABLE facts = json_object(
    'rows', (SELECT count(*) FROM labels),
    'members', (SELECT sum(len(clusters)) FROM labels)
);
