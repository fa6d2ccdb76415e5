-- Last step: the tables of 2_3_kmeans_pairwise.sql from what the tasks have found, for the scripts after it.
--
--   label_files, pair_files, member_files   files of the tasks
--   keep, rank_by, seed

SET VARIABLE rank_order = CASE
    WHEN getvariable('rank_by') IS NOT NULL THEN getvariable('rank_by') || ', id'
    WHEN getvariable('keep') = 'random' THEN format('hash(id, {}::BIGINT), id', getvariable('seed'))
    WHEN getvariable('keep') = 'easy' THEN 'cosine_dist_to_cent, id'
    ELSE 'cosine_dist_to_cent DESC, id DESC'
END;

SET default_null_order = 'nulls_last';

CREATE OR REPLACE TEMP TABLE ranked AS
FROM query(format(
    'SELECT id, centroid, cosine_dist_to_cent, l2_dist_to_cent, row_number() OVER (ORDER BY {}) AS rank
     FROM read_parquet(getvariable(''label_files''))',
    getvariable('rank_order')
));

RESET default_null_order;

-- A row was compared in several buckets: the best counts, and of equals the one ranked first.
CREATE OR REPLACE TABLE scored AS
SELECT
    ranked.* EXCLUDE (rank),
    best.* EXCLUDE (id),
    ranked.rank
FROM ranked
JOIN (
    SELECT
        found.id,
        arg_min(found.max_id, (-found.cosine_sim_score, other.rank)) AS max_id,
        max(found.cosine_sim_score) AS cosine_sim_score,
        max(found.checked_score) AS checked_score
    FROM read_parquet(getvariable('pair_files')) AS found
    JOIN ranked AS other ON found.max_id = other.id
    GROUP BY found.id
) AS best USING (id);

CREATE OR REPLACE VIEW kmeans_results AS
SELECT id, centroid, cosine_dist_to_cent, l2_dist_to_cent
FROM scored;

CREATE OR REPLACE VIEW pairwise_results AS
FROM query(format(
    'SELECT id, max_id, cosine_sim_score, centroid, rank {} FROM scored',
    if(getvariable('check_rows') > 0, ', checked_score', '')
));

-- Pairs compared, as a multiple of those without overlap.
SET VARIABLE pair_ratio = (
    SELECT sum(rows * (rows - 1)) / greatest(1, (
        SELECT sum(own * (own - 1)) FROM (SELECT count(*) AS own FROM ranked GROUP BY centroid)
    ))
    FROM (SELECT sum(rows) AS rows FROM read_parquet(getvariable('member_files')) GROUP BY cluster)
);
