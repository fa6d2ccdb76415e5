-- Second step, one task per group of input files, or of files of earlier rows. Writes `labels.parquet`;
-- `rows/bucket=<n>/`, with each row in the buckets of all clusters in which it is compared;
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
--   folder, seed, on_invalid

-- Columns of the input to keep, by id.
SET VARIABLE kept = if(
    getvariable('columns_kept') = 'all' OR getvariable('protect') IS NOT NULL,
    format(
        'SELECT COLUMNS(lambda c:
             c = ''id''
             OR (
                 getvariable(''columns_kept'') = ''all''
                 AND c NOT IN (
                     ''embedding'', ''centroid'', ''cosine_dist_to_cent'', ''l2_dist_to_cent'', ''bucket'', ''bucket_of'', ''clusters''
                 )
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

-- By default, DuckDB would keep all rows in memory until the last one. Each flush writes one row group per
-- bucket.
SET partitioned_write_flush_threshold = greatest(8192, 256 * getvariable('buckets'))::UBIGINT;

CREATE OR REPLACE TEMP VIEW assigned AS
SELECT
    * EXCLUDE (bucket_of) REPLACE (
        list_filter(clusters, lambda c: bucket_of[c + 1] = bucket) AS clusters,
        coalesce(nearduck_protected, false) AS nearduck_protected
    )
FROM (
    SELECT *, unnest(list_distinct(list_transform(clusters, lambda c: bucket_of[c + 1]))) AS bucket
    FROM kmeans_assign(
        coalesce(getvariable('relation'), 'embeddings'),
        getvariable('model'),
        overlap := coalesce(getvariable('overlap'), 0),
        memberships := coalesce(getvariable('memberships'), 4),
        with_embeddings := true,
        on_invalid := coalesce(getvariable('on_invalid'), 'error')
    )
    LEFT JOIN query(getvariable('kept')) USING (id)
    CROSS JOIN (SELECT list(bucket ORDER BY centroid) AS bucket_of FROM query_table(name_of(getvariable('model'))))
);

-- kmeans_assign returns the embeddings, so that the files are read once. Compression and dictionaries would
-- not make them smaller, and pairwise reads uncompressed pages without copying them.
COPY (FROM assigned)
TO (getvariable('folder') || '/rows') (FORMAT parquet, PARTITION_BY (bucket), COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 0);

-- Read the other results from the files just written. Without rows, DuckDB writes no file.
SET VARIABLE written = if(
    (SELECT count(*) > 0 FROM glob(getvariable('folder') || '/rows/*/*.parquet')),
    'FROM read_parquet(getvariable(''folder'') || ''/rows/*/*.parquet'', hive_partitioning = false)',
    'SELECT * EXCLUDE (bucket) FROM assigned'
);

CREATE OR REPLACE TEMP TABLE placed AS SELECT * EXCLUDE (embedding) FROM query(getvariable('written'));

COPY (SELECT * EXCLUDE (clusters) FROM placed WHERE list_contains(clusters, centroid))
TO (getvariable('folder') || '/labels.parquet') (FORMAT parquet);

COPY (
    SELECT * EXCLUDE (clusters)
    FROM query(getvariable('written'))
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
