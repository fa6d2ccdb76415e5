-- First step of a run in tasks. Writes the model `fit.parquet`, as kmeans_centroids returns it, with the
-- bucket of each cluster. Reads the ids of all rows, then the embeddings of a sample. To choose an overlap,
-- it also reads the embeddings of a larger sample.
--
--   clusters, seed, on_invalid   as in 2_kmeans.sql
--   overlap, memberships, recall, eps, keep, rank_by, protect   as in 2_3_kmeans_pairwise.sql
--   check_rows                   number of rows to compare with all others
--   buckets                      number of groups of neighbouring clusters, with about the same number of
--                                rows
--   folder                       where to write
--   earlier                      after 1_load_against.sql

SET VARIABLE seed = coalesce(getvariable('seed'), 42);

CREATE OR REPLACE TEMP TABLE ids AS
SELECT id, hash(id, getvariable('seed')::BIGINT) AS hash
FROM embeddings;

-- Check ids here: a task sees only its own files, so it cannot find an id that another task's files repeat.
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT id
FROM ids
WHERE hash IN (SELECT hash FROM ids GROUP BY hash HAVING count(*) > 1)
GROUP BY id
HAVING count(*) > 1;

SELECT if(
    count(*) > 0,
    error(format(
        'fit: ids must be unique, but {} occur more than once: {}; removing rows by id would drop the kept one too',
        count(*), array_to_string(list(id::VARCHAR ORDER BY id)[:5], ', ')
    )),
    true
)
FROM repeated;

SET VARIABLE repeated_earlier = if(
    getvariable('earlier') IS NULL,
    'SELECT NULL AS id WHERE false',
    'SELECT id FROM earlier GROUP BY id HAVING count(*) > 1'
);
SELECT if(
    count(*) > 0,
    error(format(
        'fit: ids of --against must be unique, but {} occur more than once: {}',
        count(*), array_to_string(list(id::VARCHAR ORDER BY id)[:5], ', ')
    )),
    true
)
FROM query(getvariable('repeated_earlier'));

SET VARIABLE rows_in = (SELECT count(*) FROM ids);
SET VARIABLE clusters = coalesce(getvariable('clusters'), default_clusters(
    getvariable('rows_in'),
    earlier_rows := coalesce(getvariable('earlier_rows'), 0)
))::BIGINT;
SET VARIABLE fit_rows = least(256 * getvariable('clusters'), getvariable('rows_in'))::BIGINT;

-- Hashes are distributed evenly, so a little more than the sample's share of them contains the sample. With
-- invalid rows, more is needed.
SET VARIABLE fit_share = if(coalesce(getvariable('on_invalid'), 'error') = 'skip', 2, 1.02)
    * getvariable('fit_rows') / getvariable('rows_in') + 6 * sqrt(getvariable('fit_rows')) / getvariable('rows_in');
SET VARIABLE fit_hash = least(getvariable('fit_share') * 18446744073709551615, 18446744073709551615::DOUBLE);

-- The rows with the highest hashes are compared with all others, as in dedup; twice as many if some may be
-- invalid.
SET VARIABLE check_hash = (
    SELECT coalesce(min(hash), 18446744073709551615)
    FROM (FROM ids ORDER BY hash DESC LIMIT (
        coalesce(getvariable('check_rows'), 0)::BIGINT * if(coalesce(getvariable('on_invalid'), 'error') = 'skip', 2, 1)
    ))
);

CREATE OR REPLACE TEMP TABLE model AS
FROM kmeans_centroids(
    'SELECT id, embedding FROM embeddings WHERE hash(id, getvariable(''seed'')::BIGINT)::DOUBLE <= getvariable(''fit_hash'')',
    getvariable('clusters'),
    fit_rows := getvariable('fit_rows'),
    total_rows := getvariable('rows_in'),
    with_branches := true,
    seed := getvariable('seed'),
    on_invalid := coalesce(getvariable('on_invalid'), 'error')
);

SELECT if(
    getvariable('fit_share') < 1 AND sum(rows) < getvariable('fit_rows'),
    error('fit: more than half of the rows are invalid'),
    true
)
FROM model;

COPY (
    SELECT
        *,
        floor(
            getvariable('buckets') * (sum(rows) OVER (ORDER BY centroid) - rows / 2) / greatest(sum(rows) OVER (), 1)
        )::INTEGER AS bucket
    FROM model
    ORDER BY centroid
)
TO (getvariable('folder') || '/fit.parquet') (FORMAT parquet);

-- Choose the overlap like kmeans_pairwise, from the same number of rows, and from as many earlier rows.
SET VARIABLE choice_rows = greatest(256 * getvariable('clusters'), 1000000);
SET VARIABLE spare = if(coalesce(getvariable('on_invalid'), 'error') = 'skip', 2, 1.02);
SET VARIABLE choice_hash = least(1, getvariable('spare') * getvariable('choice_rows') / getvariable('rows_in')) * 18446744073709551615;
SET VARIABLE earlier_hash = least(1, getvariable('spare') * getvariable('choice_rows') / greatest(coalesce(getvariable('earlier_rows'), 0), 1))
    * 18446744073709551615;
SET VARIABLE id_type = (SELECT column_type FROM (DESCRIBE FROM embeddings) WHERE column_name = 'id');

CREATE OR REPLACE TEMP TABLE chosen AS
FROM query(if(
    getvariable('recall') IS NULL OR getvariable('clusters') = 1,
    'SELECT
        if(getvariable(''clusters'') = 1, 0, coalesce(getvariable(''overlap''), 0))::DOUBLE AS overlap,
        coalesce(getvariable(''memberships''), 4)::BIGINT AS memberships,
        overlap AS earlier_overlap',
    'FROM overlap_for_recall(
        format(
            ''FROM {} WHERE hash(id, {}::BIGINT)::DOUBLE <= {}'',
            coalesce(getvariable(''relation''), ''embeddings''), getvariable(''seed''), getvariable(''choice_hash'')
        ),
        ''model'',
        getvariable(''recall''),
        eps := getvariable(''eps''),
        sample_rows := getvariable(''choice_rows''),
        check_rows := getvariable(''check_rows''),
        total_rows := getvariable(''rows_in''),
        earlier_rows := coalesce(getvariable(''earlier_rows''), 0),
        which_to_keep := coalesce(getvariable(''keep''), ''hard''),
        rank_by := getvariable(''rank_by''),
        protect := getvariable(''protect''),
        against := if(
            getvariable(''earlier'') IS NULL,
            NULL,
            format(
                ''FROM earlier WHERE hash(id::{}, {}::BIGINT)::DOUBLE <= {}'',
                getvariable(''id_type''), getvariable(''seed''), getvariable(''earlier_hash'')
            )
        ),
        seed := getvariable(''seed''),
        on_invalid := coalesce(getvariable(''on_invalid''), ''error'')
    )'
));

SET VARIABLE facts = json_object(
    'rows', getvariable('rows_in'),
    'overlap', (SELECT overlap FROM chosen),
    'memberships', (SELECT memberships FROM chosen),
    'earlier_overlap', (SELECT earlier_overlap FROM chosen),
    'earlier_rows', getvariable('earlier_rows'),
    'clusters', getvariable('clusters'),
    'check_hash', getvariable('check_hash')::VARCHAR
);
