-- Last step: creates the tables of 2_3_kmeans_pairwise.sql from the results of the tasks, for the next
-- scripts.
--
--   label_files, pair_files, member_files   files of the tasks
--   clusters, check_rows, keep, rank_by, protect, against, seed

SET VARIABLE rank_order = CASE
    WHEN getvariable('rank_by') IS NOT NULL THEN getvariable('rank_by') || ', id'
    WHEN getvariable('keep') = 'random' THEN format('hash(id, {}::BIGINT), id', getvariable('seed'))
    WHEN getvariable('keep') = 'easy' THEN 'cosine_dist_to_cent, id'
    ELSE 'cosine_dist_to_cent DESC, id DESC'
END;

SET default_null_order = 'nulls_last';

CREATE OR REPLACE TEMP TABLE ranked AS
FROM query(format(
    'SELECT id, centroid, cosine_dist_to_cent, l2_dist_to_cent, row_number() OVER (ORDER BY nearduck_protected DESC, {}) AS rank
     FROM read_parquet(getvariable(''label_files''), hive_partitioning := false)',
    getvariable('rank_order')
));

RESET default_null_order;

-- A row may be compared in several buckets. The best result counts; of equal ones, the row ranked first.
-- Earlier rows rank first, by id.
CREATE OR REPLACE TABLE scored AS
WITH best AS (
    SELECT
        found.id,
        arg_min(
            {'max_id': found.max_id, 'is_earlier': coalesce(found.max_in_against, false)},
            (-found.cosine_sim_score, coalesce(other.rank, 0), if(found.max_in_against, found.max_id, NULL))
        ) AS first,
        max(found.cosine_sim_score) AS cosine_sim_score,
        max(found.checked_score) AS checked_score
    FROM read_parquet(getvariable('pair_files'), hive_partitioning := false) AS found
    -- The join has a single equality: with another condition, DuckDB would compare all rows with each other.
    LEFT JOIN ranked AS other ON if(found.max_in_against, NULL, found.max_id) = other.id
    GROUP BY found.id
)
SELECT
    ranked.* EXCLUDE (rank),
    first.max_id AS max_id,
    cosine_sim_score,
    ranked.rank,
    -- With one cluster, every row was compared with all rows.
    if(getvariable('clusters') = 1, cosine_sim_score, checked_score) AS checked_score,
    first.is_earlier AS max_in_against
FROM ranked JOIN best USING (id);

SELECT if(
    count(*) > (SELECT count(*) FROM scored),
    error(format(
        'finish: {:,} of {:,} rows have no result of a pairwise task; plan the run again in another folder',
        count(*) - (SELECT count(*) FROM scored), count(*)
    )),
    true
)
FROM ranked;

CREATE OR REPLACE VIEW kmeans_results AS
SELECT id, centroid, cosine_dist_to_cent, l2_dist_to_cent
FROM scored;

CREATE OR REPLACE VIEW pairwise_results AS
FROM query(format(
    'SELECT id, max_id, cosine_sim_score, centroid, rank {} {} FROM scored',
    if(getvariable('check_rows') > 0, ', checked_score', ''),
    if(getvariable('against') IS NOT NULL, ', max_in_against', '')
));

-- Number of compared pairs, relative to a run without overlap.
SET VARIABLE pair_ratio = (
    SELECT
        sum(rows * (rows - 1) / 2 + rows * exempt)
        / greatest(1, sum(own_rows * (own_rows - 1) / 2 + own_rows * own_exempt))
    FROM (
        SELECT sum(rows) AS rows, sum(exempt) AS exempt, sum(own_rows) AS own_rows, sum(own_exempt) AS own_exempt
        FROM read_parquet(getvariable('member_files'), hive_partitioning := false)
        GROUP BY cluster
    )
);
